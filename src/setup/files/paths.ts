// Looks up what a path is, and lists files.
import { lstatSync, readdirSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";

/** Whether the path exists. A broken link counts as existing, so that it is reported later. */
export function isThere(path: string): boolean {
  return look(() => lstatSync(path)) !== undefined;
}

/** Whether the path is a folder, or a link to one. */
export function isFolder(path: string): boolean {
  return look(() => statSync(path))?.isDirectory() === true;
}

/** Lists a file itself, or at most `limit` files in and below a folder. Links to folders are not followed. */
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
