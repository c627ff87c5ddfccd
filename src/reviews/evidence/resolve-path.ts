// The reviewed file that a model means by a path.
import { posix } from "node:path";
import { toShownName } from "../shown-path.ts";

/** The path of a reviewed file, or undefined. */
export function resolvePath(told: string, paths: readonly string[], top: string): string | undefined {
  const known = new Set(paths);
  const plain = posix.normalize(told.trim().replaceAll("\\", "/")).replace(/^\.\//, "");
  const below = plain.startsWith(`${top}/`) ? plain.slice(top.length + 1) : plain;
  // The prefixes of a diff: `a/`, `b/`, and those of `diff.mnemonicPrefix`.
  const without = below.replace(/^[abciow]\//, "");
  // In JSON a shown `\u200b` is the character itself.
  const tries = [told, below, without, ...[told.trim(), below, without].map(toShownName)];
  const exact = tries.find((path) => known.has(path));
  if (exact !== undefined) return exact;
  // The end of a path, or a path that begins at another folder: only where one file fits.
  const fits = paths.filter((path) => path.endsWith(`/${below}`) || below.endsWith(`/${path}`));
  return fits.length === 1 ? fits[0] : undefined;
}
