// Files of a change that an agent reads as instructions of its user: whoever wrote the change would tell the reviewer what to find.
import { dirname, join, resolve } from "node:path";
import { resolveRealPath } from "../files/real-path.ts";
import { followPath, followSettings, listFolders } from "./instructing-links.ts";
import { fromShownPath } from "./shown-path.ts";
import type { ReviewMaterial } from "./target.ts";

/** What is among the files of a review. */
export interface InstructingFiles {
  /** Paths of AGENTS.md by any of its names, and of what it is a link to. It can be switched off. */
  readonly docs: readonly string[];
  /** Paths of skills and of Codex's own settings, which cannot. */
  readonly others: readonly string[];
}

/** What of a review matters here. */
export type InstructingMaterial = Pick<ReviewMaterial, "top" | "files" | "leftOut" | "within">;

/** CLAUDE.md is one where the user's config names it. */
const DOCS = ["AGENTS.override.md", "AGENTS.md", "CLAUDE.md"];
/** The folder itself may be a link or a submodule. */
const OTHERS = /(?:^|\/)(?:\.codex|\.agents)(?:\/|$)/i;

/**
 * Finds them; what is left out of the review is no less an instruction. `cwd` is the absolute directory of the turns, `names` are those that the
 * user's config gives AGENTS.md besides.
 */
export function findInstructing(
  { top, files, leftOut, within }: InstructingMaterial,
  cwd: string,
  names: readonly string[] = [],
): InstructingFiles {
  const all = [...files.filter(({ kind }) => kind !== "delete"), ...leftOut].map(({ path }) => path);
  const paths = [...all, ...within.map((path) => path.replace(/\/$/, ""))];
  const reviewed = new Map(paths.flatMap((path) => toAbsolute(path, top).map((file) => [file, path] as const)));
  const folders = listFolders(resolveRealPath(cwd), resolveRealPath(top));
  const docNames = [...DOCS, ...names];
  const docs = folders.flatMap((folder) => docNames.flatMap((name) => followPath(resolve(folder, name))));
  const settings = folders.map(followSettings);
  const others = settings.flatMap((one) => one.paths);
  const unread = settings.some(({ isWhole }) => !isWhole) ? [".codex and .agents (too many files)"] : [];
  const isDoc = (path: string): boolean => docNames.some((name) => isNamed(path, name));
  return {
    docs: unite(paths.filter(isDoc), findReviewed(docs, reviewed)),
    others: [
      ...unite(
        paths.filter((path) => OTHERS.test(path)),
        findReviewed(others, reviewed),
      ),
      ...unread,
    ],
  };
}

const isNamed = (path: string, name: string): boolean =>
  `/${path}`.toLowerCase().endsWith(`/${name.replace(/^(?:\.?\/)+/, "")}`.toLowerCase());

const unite = (one: readonly string[], other: readonly string[]): string[] => [...new Set([...one, ...other])];

// As it is named, and where it is if it was named by a link.
function toAbsolute(path: string, top: string): string[] {
  const file = join(resolveRealPath(top), Buffer.from(fromShownPath(path), "latin1").toString());
  return [file, resolveRealPath(file)];
}

// A file in a submodule is part of the submodule.
function findReviewed(followed: readonly string[], reviewed: ReadonlyMap<string, string>): string[] {
  return followed.flatMap((path) => {
    for (let at = path; ; at = dirname(at)) {
      const found = reviewed.get(at);
      if (found !== undefined || at === dirname(at)) return found ?? [];
    }
  });
}

/** Says what it means for the review of an agent. */
export function tellInstructing({ docs, others }: InstructingFiles, agent: string): string[] {
  const areGiven =
    docs.length > 1 ? "are part of what is reviewed, so they were" : "is part of what is reviewed, so it was";
  return [
    ...(docs.length > 0 ? [`${show(docs)} ${areGiven} not given to ${agent} as instructions.`] : []),
    ...(others.length > 0 ? [`${agent} reads ${show(others)} as its own instructions: read them yourself.`] : []),
  ];
}

const show = (paths: readonly string[]): string => `${paths.slice(0, 3).join(", ")}${paths.length > 3 ? ", …" : ""}`;
