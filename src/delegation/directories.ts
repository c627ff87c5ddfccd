// Directories and files that a caller names: they must be there, and inside the user's roots once links are resolved.
import { realpathSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { BridgeError } from "../domain/errors.ts";
import { isInside } from "../domain/sandbox.ts";

/** An existing directory as an absolute path without links. Throws INVALID_ARGUMENT, or SANDBOX_DENIED outside `roots`. */
export function resolveDirectory(name: string, path: string, base: string, roots: readonly string[]): string {
  const real = resolveReal(name, path, base);
  if (!statSync(real).isDirectory())
    throw new BridgeError("INVALID_ARGUMENT", `${name} ${quote(path)} is a file, not a directory.`);
  checkRoots(name, real, roots);
  return real;
}

/** Refuses a path without links that lies outside every root. Throws SANDBOX_DENIED. */
export function checkRoots(name: string, real: string, roots: readonly string[]): void {
  if (isInsideRoots(real, roots)) return;
  const message = `${name} ${quote(real)} is outside the directories that the user allows (BRIDGE_ROOTS).`;
  throw new BridgeError("SANDBOX_DENIED", message, { details: { roots } });
}

/** Whether a path without links lies in one of the roots; no roots mean no limit. */
export function isInsideRoots(real: string, roots: readonly string[]): boolean {
  return roots.length === 0 || roots.some((root) => isInside(real, toRealRoot(root)));
}

/** An existing file as an absolute path. Throws INVALID_ARGUMENT. */
export function resolveFile(name: string, path: string, base: string): string {
  const real = resolveReal(name, path, base);
  if (!statSync(real).isFile()) throw new BridgeError("INVALID_ARGUMENT", `${name} ${quote(path)} is not a file.`);
  return real;
}

function resolveReal(name: string, path: string, base: string): string {
  if (path === "" || path.includes("\0")) throw new BridgeError("INVALID_ARGUMENT", `${name} must be a path.`);
  try {
    return realpathSync(resolve(base, path));
  } catch (error) {
    throw new BridgeError("INVALID_ARGUMENT", `${name} ${quote(path)} does not exist.`, {
      nextStep: `Pass an existing path; relative ones start at ${base}.`,
      cause: error,
    });
  }
}

function toRealRoot(root: string): string {
  try {
    return realpathSync(root);
  } catch {
    return root;
  }
}

function quote(path: string): string {
  return JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path);
}
