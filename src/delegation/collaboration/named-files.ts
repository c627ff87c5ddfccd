// The files of a project that a text names.
import { lstatSync } from "node:fs";
import { relative, resolve } from "node:path";
import { isInside } from "../../domain/sandbox.ts";

const MOST_FILES = 40;
const MOST_PATH = 300;

/** Those that are there, relative to the project, in the order in which they are named first. A file outside of it is left out, and so is a link. */
export function findNamedFiles(text: string, project: string): string[] {
  const found = new Set<string>();
  for (const run of text.match(/[\w.@~/-]+/g) ?? []) {
    if (found.size === MOST_FILES) break;
    const name = run.replace(/^\.\/|[.-]+$/g, "");
    if (name.length > MOST_PATH || !/\w[./]\w/.test(name)) continue;
    const path = resolve(project, name);
    if (isInside(path, project) && path !== project && isPlainFile(path)) found.add(relative(project, path));
  }
  return [...found];
}

/** Whether a path is a regular file, and no link. */
export function isPlainFile(path: string): boolean {
  try {
    return lstatSync(path).isFile();
  } catch {
    return false;
  }
}
