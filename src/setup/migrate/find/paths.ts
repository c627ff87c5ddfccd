// What is at a path.
import { lstatSync, readdirSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";

/** Whether there is anything. A link to nowhere is there: it is told as what it is. */
export function isThere(path: string): boolean {
  return look(() => lstatSync(path)) !== undefined;
}

/** Whether it is a folder, or a link to one. */
export function isFolder(path: string): boolean {
  return look(() => statSync(path))?.isDirectory() === true;
}

/** The file itself, or the files in and below a folder, at most `limit`; links to folders are not followed. */
export function listFiles(path: string, limit: number): string[] {
  if (!isFolder(path)) return isThere(path) ? [path] : [];
  const found: string[] = [];
  const open = [path];
  for (let folder = open.pop(); folder !== undefined && found.length < limit; folder = open.pop()) {
    for (const entry of listFolder(folder)) {
      const inner = join(folder, entry.name);
      if (entry.isDirectory()) open.push(inner);
      else if (found.length < limit && look(() => statSync(inner))?.isFile() === true) found.push(inner);
    }
  }
  return found.sort();
}

function listFolder(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function look(act: () => Stats): Stats | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
