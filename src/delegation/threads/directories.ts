// Checks directories and files that a caller names: they must exist, and lie inside the user's roots after links are resolved.
import { realpathSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { BridgeError } from "../../domain/errors.ts";
import { isInside } from "../../domain/sandbox.ts";
import { findRealPath, isRealPath } from "../../files/real-path.ts";

/** What a directory is resolved and checked with. */
export interface DirectoryScope {
  /** Relative paths start here. */
  readonly base: string;
  /** The home folder, for `~`. */
  readonly home: string;
  /** Allowed directories, as real paths: every directory must lie in one of them. Empty means no limit. */
  readonly roots: readonly string[];
}

/** Returns the real path of an existing directory. Throws INVALID_ARGUMENT, or SANDBOX_DENIED outside the roots. */
export function resolveDirectory(name: string, path: string, { base, home, roots }: DirectoryScope): string {
  const isHome = path === "~" || path.startsWith("~/");
  const real = resolveReal(name, isHome ? join(home, path.slice(1)) : path, base);
  if (!statSync(real).isDirectory())
    throw new BridgeError("INVALID_ARGUMENT", `${name} ${quote(path)} is a file, not a directory.`);
  checkRoots(name, real, roots);
  return real;
}

/**
 * Checks that a stored real path still names the same directory. If a link has replaced it or a folder above it, a turn would work
 * wherever the link leads. Throws INVALID_ARGUMENT or SANDBOX_DENIED.
 */
export function checkStoredDirectory(name: string, path: string): void {
  const real = findRealPath(path);
  if (real === undefined) throw new BridgeError("INVALID_ARGUMENT", `${name} ${quote(path)} does not exist any more.`);
  if (real !== path) throw new BridgeError("SANDBOX_DENIED", `${name} ${quote(path)} leads elsewhere now: ${real}.`);
  if (!statSync(real).isDirectory()) throw new BridgeError("INVALID_ARGUMENT", `${name} ${quote(path)} is a file now.`);
}

/** Makes the same check for a writable root, which does not have to exist. Throws SANDBOX_DENIED. */
export function checkStoredRoot(path: string): void {
  if (isRealPath(path)) return;
  throw new BridgeError("SANDBOX_DENIED", `The writable root ${quote(path)} of the thread leads elsewhere now.`, {
    nextStep: "Continue the thread with sandbox read-only, or start a new one with codex.",
  });
}

/** Refuses a real path that lies outside every root. Throws SANDBOX_DENIED. */
export function checkRoots(name: string, real: string, roots: readonly string[]): void {
  if (isInsideRoots(real, roots)) return;
  const message = `${name} ${quote(real)} is outside the directories that the user allows (BRIDGE_ROOTS).`;
  throw new BridgeError("SANDBOX_DENIED", message, { details: { roots } });
}

/** Whether a real path lies in one of the roots, which are real paths too. Without roots every path is allowed. */
export function isInsideRoots(real: string, roots: readonly string[]): boolean {
  return roots.length === 0 || roots.some((root) => isInside(real, root));
}

/** Returns the real path of an existing file. Throws INVALID_ARGUMENT. */
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
      nextStep: `Pass an existing path. Relative paths start at ${base}.`,
      cause: error,
    });
  }
}

function quote(path: string): string {
  return JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path);
}
