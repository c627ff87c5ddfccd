// Finds the files of a folder that came into being after a time, or were changed since.
import { readdirSync } from "node:fs";
import { look } from "../receipts/file-state.ts";
import { type BytePath, toFilePath } from "../receipts/snapshots/byte-path.ts";

/** What was found. */
export interface NewerFiles {
  /** Relative to the top folder. A folder in which every file is newer stands for them all, and ends with `/`. */
  readonly paths: readonly BytePath[];
  /** One line for each file, which tells two states of it apart. */
  readonly marks: readonly string[];
}

/** With more files than this the rest counts as newer: nobody has looked. */
const MOST_ENTRIES = 500_000;

/**
 * Looks at the paths and below them. `since` is a time of the same file system, epoch ms. A file counts by its change time (ctime), which no program
 * can set back. What cannot be read counts as newer. Links are not followed.
 */
export function findNewer(top: string, paths: readonly BytePath[], since: number): NewerFiles {
  const marks: string[] = [];
  let left = MOST_ENTRIES;
  const walk = (path: BytePath): { readonly found: BytePath[]; readonly isWhole: boolean } => {
    const stat = look(toFilePath(top, path));
    left -= 1;
    if (stat === undefined) return { found: [], isWhole: true };
    if (!stat.isDirectory()) {
      if (stat.ctimeMs < since) return { found: [], isWhole: false };
      marks.push(`${path}\0${stat.size}\0${stat.ctimeMs}`);
      return { found: [path], isWhole: true };
    }
    const names = left > 0 ? listNames(toFilePath(top, path)) : undefined;
    if (names === undefined) return { found: [`${path}/`], isWhole: true };
    const below = names.map((name) => walk(`${path}/${name}`));
    const found = below.flatMap((one) => one.found);
    const isWhole = below.every((one) => one.isWhole);
    return { found: isWhole && found.length > 0 ? [`${path}/`] : found, isWhole };
  };
  const unique = [...new Set(paths.map((path) => path.replace(/\/$/, "")))].sort();
  return { paths: unique.flatMap((path) => walk(path).found), marks };
}

function listNames(folder: Buffer): BytePath[] | undefined {
  try {
    return readdirSync(folder, { encoding: "latin1" }).sort();
  } catch {
    return undefined;
  }
}
