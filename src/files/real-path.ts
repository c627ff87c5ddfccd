import { realpathSync } from "node:fs";

/** The absolute path without links; undefined where it does not exist or cannot be resolved. */
export function findRealPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
