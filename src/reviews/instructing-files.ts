// Files of a change that Codex reads as instructions of its user: whoever wrote the change would tell the reviewer what to find.
import type { LeftOut, ReviewedFile } from "./target.ts";

/** What is among the files of a review. */
export interface InstructingFiles {
  /** Whether AGENTS.md is, by any of its names. It can be switched off. */
  readonly hasDocs: boolean;
  /** Paths of skills and of Codex's own settings, which cannot. */
  readonly others: readonly string[];
}

/** CLAUDE.md is one where the user's config names it. */
const DOCS = /(?:^|\/)(?:agents(?:\.override)?|claude)\.md$/i;
const OTHERS = /(?:^|\/)(?:\.codex|\.agents)\//i;

/** Finds them; what is left out of the review is no less an instruction. */
export function findInstructing(files: readonly ReviewedFile[], leftOut: readonly LeftOut[]): InstructingFiles {
  const paths = [...files.filter(({ kind }) => kind !== "delete"), ...leftOut].map(({ path }) => path);
  return { hasDocs: paths.some((path) => DOCS.test(path)), others: paths.filter((path) => OTHERS.test(path)) };
}

/** Says what it means for the review. */
export function tellInstructing({ hasDocs, others }: InstructingFiles): string[] {
  const shown = `${others.slice(0, 3).join(", ")}${others.length > 3 ? ", …" : ""}`;
  return [
    ...(hasDocs ? ["AGENTS.md is part of what is reviewed, so it was not given to Codex as instructions."] : []),
    ...(others.length > 0 ? [`Codex reads ${shown} as its own instructions: read them yourself.`] : []),
  ];
}
