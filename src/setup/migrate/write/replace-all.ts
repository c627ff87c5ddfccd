// Replaces several files: all of them, or none.
import { toReason } from "../../files/report.ts";
import { FileRefusal, readWholeFile, replaceWholeFile, type WholeFile } from "../../files/whole-file.ts";

/** A file as it was read, and its new text. */
export interface Replacement {
  readonly file: WholeFile;
  readonly text: string;
}

/** Why nothing was replaced. */
export interface ReplaceFailure {
  /** Index of the file that could not be replaced. */
  readonly at: number;
  /** Worded to follow its path. */
  readonly reason: string;
  /** Files before it that could not be restored, each with the reason. */
  readonly stuck: ReadonlyMap<WholeFile, string>;
}

/** Replaces files in this order. If one cannot be replaced, it restores those before it and returns the failure. */
export function replaceAll(replacements: readonly Replacement[]): ReplaceFailure | undefined {
  for (const [at, { file, text }] of replacements.entries()) {
    try {
      replaceWholeFile(file, text);
    } catch (error) {
      // Restore before toReason: it rethrows unexpected errors.
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
