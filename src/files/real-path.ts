import { lstatSync, readlinkSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

/** The system's own way is quicker. On macOS it gives the letters of a name in another case than they were written in. */
const toReal = process.platform === "linux" ? realpathSync.native : realpathSync;

/** The absolute path with links resolved; undefined if it does not exist or cannot be resolved. */
export function findRealPath(path: string): string | undefined {
  try {
    return toReal(resolve(path));
  } catch {
    return undefined;
  }
}

/** More links in a row count as a loop; Linux gives up at 40. */
const MOST_LINKS = 40;

/**
 * The absolute path with links resolved, as far as it exists. Names below the last existing folder are kept, and a link to something
 * that does not exist is followed to the name it contains.
 */
export function resolveRealPath(path: string, linksLeft = MOST_LINKS): string {
  const absolute = resolve(path);
  const real = findRealPath(absolute);
  if (real !== undefined || dirname(absolute) === absolute) return real ?? absolute;
  const parent = resolveRealPath(dirname(absolute), linksLeft);
  const here = join(parent, basename(absolute));
  const target = linksLeft > 0 ? readLink(here) : undefined;
  return target === undefined ? here : resolveRealPath(resolve(parent, target), linksLeft - 1);
}

/** Whether an absolute path, as far as it exists, contains no link. If so, a path that was stored as real still names the same place. */
export function isRealPath(path: string): boolean {
  return resolveRealPath(path) === path;
}

function readLink(path: string): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined;
  } catch {
    return undefined;
  }
}
