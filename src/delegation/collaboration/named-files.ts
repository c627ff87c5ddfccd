// The files of a project that a text or an entry names.
import { lstatSync } from "node:fs";
import { relative, resolve } from "node:path";
import { isInside } from "../../domain/sandbox.ts";
import { isGitName } from "../../files/git-name.ts";
import { findRealPath, resolveRealPath } from "../../files/real-path.ts";
import { findOwnRepository } from "../../receipts/snapshots/repository.ts";
import { isSecretName } from "../../reviews/secret-names.ts";

const MOST_FILES = 40;
const MOST_PATH = 300;

/** Those that are there, relative to the project, in the order in which they are named first. A file outside of it is left out, and so is a link, or what may hold secrets. */
export function findNamedFiles(text: string, project: string): string[] {
  const root = resolveRealPath(project);
  const found = new Set<string>();
  for (const run of text.match(/[\w.@~/-]+/g) ?? []) {
    if (found.size === MOST_FILES) break;
    const name = run.replace(/^\.\/|[.-]+$/g, "");
    if (name.length > MOST_PATH || !/\w[./]\w/.test(name)) continue;
    const path = resolve(root, name);
    if (isInside(path, root) && isPlainFile(path, root)) found.add(relative(root, path));
  }
  return [...found];
}

/**
 * Paths relative to a project, by whether they can be read: regular files of its repository. What a path leads to outside of it, also by a link, is not,
 * nor what may hold secrets. `home` is the user's home folder.
 */
export function splitByReadable(
  paths: readonly string[],
  project: string,
  home: string,
): { readonly there: string[]; readonly missing: string[] } {
  const real = resolveRealPath(project);
  const root = findOwnRepository(real, resolveRealPath(home))?.top ?? real;
  const there = paths.filter((path) => isPlainFile(resolve(real, path), root));
  return { there, missing: paths.filter((path) => !there.includes(path)) };
}

// A folder on the way may be a link, too. The configuration of git may hold the token of a remote.
function isPlainFile(path: string, root: string): boolean {
  try {
    const real = lstatSync(path).isFile() ? findRealPath(path) : undefined;
    return real !== undefined && isInside(real, root) && !isSecretName(real) && !isGitName(relative(root, real));
  } catch {
    return false;
  }
}
