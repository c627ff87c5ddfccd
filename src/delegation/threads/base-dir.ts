// Where a call starts that names no directory of its own: the client may have moved since it started the bridge (a work tree).
import { statSync } from "node:fs";
import { isAbsolute } from "node:path";
import type { CallContext } from "../requests.ts";

/** A directory to start from. */
export interface BaseDir {
  readonly path: string;
  /** What the caller should know of it. */
  readonly warnings: readonly string[];
}

/**
 * The client's first root that is a directory; `own`, the bridge's directory, where the client names none, and where `cwd` is absolute
 * and nothing has to be asked.
 */
export async function findBaseDir(cwd: string | undefined, call: CallContext, own: string): Promise<BaseDir> {
  const needsNone = cwd !== undefined && (isAbsolute(cwd) || cwd === "~" || cwd.startsWith("~/"));
  if (needsNone || call.listRoots === undefined) return { path: own, warnings: [] };
  const roots = await call.listRoots();
  const found = roots?.find(isDirectory);
  if (found !== undefined) return { path: found, warnings: [] };
  const reason = roots === undefined ? "did not say in time where it works" : "named no directory that exists";
  const isAsked = roots === undefined || roots.length > 0;
  return { path: own, warnings: isAsked ? [`The client ${reason}, so relative paths start at ${own}.`] : [] };
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
