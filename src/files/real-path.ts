import { lstatSync, readlinkSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

/** The absolute path without links; undefined where it does not exist or cannot be resolved. */
export function findRealPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** More links in a row than this are a loop; Linux gives up at 40. */
const MOST_LINKS = 40;

/**
 * The absolute path without links, as far as it exists: names below the last folder that exists are kept as they are, and a link
 * to nowhere is followed to what it names.
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

/** Whether an absolute path, as far as it exists, leads through no link: what was stored as a real path still names the same place. */
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
