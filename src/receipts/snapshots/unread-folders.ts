// Folders that git passes over with a warning, since it may not look into them: what is in them is not known.
import { lstatSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { type BytePath, toFilePath } from "./byte-path.ts";

/**
 * Finds the folders below `top` whose names cannot be listed, or whose files cannot be looked at. A path ends with `/`; that of `top` itself is `./`.
 * Links are not followed, and git folders are left out. It reads every folder, so it is only for when git has warned.
 */
export async function findUnreadFolders(top: string): Promise<BytePath[]> {
  const unread: BytePath[] = [];
  const open: BytePath[] = [""];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const folders = await listFolders(toFilePath(top, path));
    if (folders === undefined) unread.push(path === "" ? "./" : path);
    else open.push(...folders.filter((name) => name !== ".git").map((name) => `${path}${name}/`));
  }
  return unread.sort();
}

// undefined for one that cannot be read, be it for its permissions or the length of its path. One that has gone meanwhile has nothing in it.
async function listFolders(folder: Buffer): Promise<BytePath[] | undefined> {
  try {
    // The right to list the names is not the right to look at the files.
    lstatSync(Buffer.concat([folder, Buffer.from("/.")]));
    const entries = await readdir(folder, { withFileTypes: true, encoding: "latin1" });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    return isGone(error) ? [] : undefined;
  }
}

function isGone(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ENOENT" || code === "ENOTDIR";
}
