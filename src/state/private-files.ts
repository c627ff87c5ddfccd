// Writing the bridge's own files: mode 0600 in folders of mode 0700, whole or not at all.
import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Writes a file atomically: a reader sees the old text or the new one. Throws what the file system throws. */
export function writePrivateFile(path: string, text: string | Buffer): void {
  makePrivateFolder(dirname(path));
  const draft = `${path}.${process.pid}.tmp`;
  writeFileSync(draft, text, { mode: 0o600 });
  renameSync(draft, path);
}

/** Makes a folder, and those above it that are missing, for this user alone. */
export function makePrivateFolder(path: string): void {
  const made = mkdirSync(path, { recursive: true, mode: 0o700 });
  // mkdir's mode is cut by the umask, never widened; an odd umask could leave us without access.
  if (made !== undefined) chmodSync(path, 0o700);
}

/** Removes the files of a folder that were last written before `before` (epoch ms); missing ones do not matter. */
export function sweepFolder(folder: string, before: number): void {
  for (const name of listFolder(folder)) {
    const path = join(folder, name);
    try {
      const stat = statSync(path);
      if (stat.isFile() && stat.mtimeMs < before) rmSync(path, { force: true });
    } catch {
      // Another bridge was faster.
    }
  }
}

/** Names in a folder; empty where it is missing. */
export function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
