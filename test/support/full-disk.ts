// Disks of a test's own that are small or full. They are mounted, which needs the right to do so.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Whether this user can mount a disk in memory. */
export function canMount(): boolean {
  try {
    execFileSync("unshare", ["--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Mounts a disk of `size` (`64k`) at a folder, which is made; gives the way to take it away. */
export function mountDisk(folder: string, size: string): () => void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size},mode=700`, "tmpfs", folder]);
  return () => void execFileSync("umount", ["--lazy", folder]);
}

/** Writes until a disk has no byte left. */
export function fillDisk(folder: string): void {
  for (const bytes of [4_096, 1]) {
    try {
      for (;;) writeFileSync(join(folder, `fill-${bytes}`), Buffer.alloc(bytes), { flag: "a" });
    } catch {
      // That is what full means.
    }
  }
}
