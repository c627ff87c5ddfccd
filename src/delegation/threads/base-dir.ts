// Finds the directory in which a call starts if it names none. The client may have moved since it started the bridge, to a work tree for
// example, so it is asked for its roots.
import { statSync } from "node:fs";
import { isAbsolute } from "node:path";
import type { CallContext } from "../requests.ts";

/** A directory to start from. */
export interface BaseDir {
  readonly path: string;
  /** Warnings for the caller about the choice. */
  readonly warnings: readonly string[];
}

/**
 * Returns the client's first root that is a directory. Returns `own`, the bridge's directory, if the client names none. An absolute `cwd`
 * needs no starting directory, so the client is not asked.
 */
export async function findBaseDir(cwd: string | undefined, call: CallContext, own: string): Promise<BaseDir> {
  const isAbsoluteCwd = cwd !== undefined && (isAbsolute(cwd) || cwd === "~" || cwd.startsWith("~/"));
  if (isAbsoluteCwd || call.listRoots === undefined) return { path: own, warnings: [] };
  const roots = await call.listRoots();
  const found = roots?.find(isDirectory);
  if (found !== undefined) return { path: found, warnings: [] };
  const reason = roots === undefined ? "did not name its directories in time" : "named no directory that exists";
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
