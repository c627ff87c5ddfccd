// Replaces several files, all or none.
import { toReason } from "../report.ts";
import { FileRefusal, readWholeFile, replaceWholeFile, type WholeFile } from "./whole-file.ts";

/** A file as it was read, and the text that it gets. */
export interface Replacement {
  readonly file: WholeFile;
  readonly text: string;
}

/** Why nothing was replaced. */
export interface ReplaceFailure {
  /** Place in the list of the file that could not be replaced. */
  readonly at: number;
  /** In words that follow its path. */
  readonly reason: string;
  /** Files before it that could not be put back, with the reason. */
  readonly stuck: ReadonlyMap<WholeFile, string>;
}

/** Replaces files in this order. Where one cannot be replaced, those before it are put back. */
export function replaceAll(replacements: readonly Replacement[]): ReplaceFailure | undefined {
  for (const [at, { file, text }] of replacements.entries()) {
    try {
      replaceWholeFile(file, text);
    } catch (error) {
      // Put back first: an unexpected error is thrown on.
      const stuck = putBack(replacements.slice(0, at));
      return { at, reason: toReason(error), stuck };
    }
  }
  return undefined;
}

function putBack(replaced: readonly Replacement[]): Map<WholeFile, string> {
  const stuck = new Map<WholeFile, string>();
  for (const { file, text } of replaced.toReversed()) {
    try {
      const now = readWholeFile(file.path);
      if (now?.text !== text) throw new FileRefusal("was changed by another program meanwhile");
      replaceWholeFile(now, file.text);
    } catch (error) {
      stuck.set(file, toReason(error));
    }
  }
  return stuck;
}
