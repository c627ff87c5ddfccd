// Codex's workspace-write sandbox protects names that are not there by mounting on empty folders that it makes (0.120: an empty file
// `.codex`), in every directory that the turn may write. It removes them when a command ends by itself; a command that is killed leaves
// them (0.120 to 0.169), and an empty `.git` changes what other programs take for a repository.
import { lstatSync, readdirSync, readFileSync, rmdirSync, type Stats, unlinkSync } from "node:fs";
import { join } from "node:path";
import type { CodexFrame } from "../../codex/codex-frame.ts";

/** Names that some version protects. */
const NAMES = [".git", ".codex", ".agents", ".aws"];

/** Directories that a turn of a frame may write, where Codex protects names. */
export function listWritableAreas({ cwd, sandbox }: CodexFrame, tmpdir: string | undefined): string[] {
  if (sandbox.mode !== "workspace-write") return [];
  return [
    ...new Set([
      cwd,
      ...sandbox.writableRoots,
      ...(sandbox.excludeSlashTmp ? [] : ["/tmp"]),
      ...(sandbox.excludeTmpdir || tmpdir === undefined || tmpdir === "" ? [] : [tmpdir]),
    ]),
  ];
}

/** What a turn may leave of these names. */
export interface ProtectedNames {
  /**
   * Removes what the turn has left, once nothing of it is alive: what was absent before it, is empty, and is no mount point of any
   * process. `isShared` says whether another turn works in a directory: what is there is left. Gives the paths of what had to stay.
   */
  clear(isShared: (area: string) => boolean): string[];
}

/** Looks before the turn which names are absent. On Linux only: elsewhere Codex's sandbox makes nothing. */
export function watchProtectedNames(writable: readonly string[]): ProtectedNames {
  const areas = process.platform === "linux" ? writable : [];
  const absent = areas.flatMap((area) =>
    NAMES.map((name) => ({ area, path: join(area, name) })).filter(({ path }) => lookAt(path) === "absent"),
  );
  return {
    clear: (isShared) => {
      const left = absent.filter(({ path }) => isEmpty(path));
      if (left.length === 0) return [];
      const mounts = readMountPoints();
      return left
        .filter(({ area, path }) => isShared(area) || mounts.has(path) || !remove(path))
        .map(({ path }) => path);
    },
  };
}

function lookAt(path: string): Stats | "absent" | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    // What cannot be looked at is not known to be absent.
    return error instanceof Error && "code" in error && error.code === "ENOENT" ? "absent" : undefined;
  }
}

function isEmpty(path: string): boolean {
  const stat = lookAt(path);
  if (stat === undefined || stat === "absent") return false;
  try {
    return stat.isDirectory() ? readdirSync(path).length === 0 : stat.isFile() && stat.size === 0;
  } catch {
    return false;
  }
}

// A folder that is no longer empty is refused by the system; a file is looked at once more.
function remove(path: string): boolean {
  try {
    const stat = lstatSync(path);
    if (stat.isDirectory()) rmdirSync(path);
    else if (stat.isFile() && stat.size === 0) unlinkSync(path);
    else return false;
    return true;
  } catch {
    return false;
  }
}

// Of every process: another sandbox may stand on one of these names in a mount namespace of its own.
function readMountPoints(): Set<string> {
  const points = new Set<string>();
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    for (const line of readMounts(pid).split("\n")) {
      const point = line.split(" ", 5)[4];
      if (point !== undefined)
        points.add(point.replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))));
    }
  }
  return points;
}

function readMounts(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/mountinfo`, "utf8");
  } catch {
    return "";
  }
}
