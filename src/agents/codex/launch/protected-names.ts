// Removes the empty folders that Codex's workspace-write sandbox leaves if a command is killed (docs/codex-cli.md#protected-names). With an
// empty `.git`, other programs would take the folder for a repository.
import { lstatSync, readdirSync, readFileSync, rmdirSync, type Stats, unlinkSync } from "node:fs";
import { join } from "node:path";
import type { CodexFrame } from "../codex-frame.ts";

/** Names that one or more versions of Codex protect. */
const NAMES = [".git", ".codex", ".agents", ".aws"];

/** Directories that a turn of a frame may write. In these Codex protects names. */
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

/** The protected names that a turn may leave behind. */
export interface ProtectedNames {
  /**
   * Removes what the turn has left: names that were absent before it, are empty, and are not a mount point of any process. Call it when no
   * process of the turn is alive. `isShared` says whether another turn works in a directory; nothing is removed there. Returns the paths
   * that had to stay.
   */
  clear(isShared: (area: string) => boolean): string[];
}

/** Notes before the turn which names are absent. On Linux only: elsewhere Codex's sandbox creates nothing. */
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
    // If it cannot be looked at, it is not known to be absent.
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

// The system refuses to remove a folder that is no longer empty. A file is checked once more.
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

// Mounts of every process: another sandbox may use one of these names in a mount namespace of its own.
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
