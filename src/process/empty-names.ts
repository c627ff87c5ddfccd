// Removes the empty files and folders that a sandbox has put where nothing was, to mount over them, and that stay if its processes are killed.
import { lstatSync, readdirSync, readFileSync, rmdirSync, type Stats, unlinkSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** How often a name that is in use is tried again, and how long it is waited between. */
const TRIES = 15;
const PAUSE_MS = 20;

/**
 * Removes those of `paths` that are empty, and no mount point of any process: another sandbox may use a name in a mount namespace of its own.
 * A name that is in use is tried again, and stays after 0.3 s: a process that is ending is not found any more, but keeps its mounts for a
 * moment. Call it when no process of their run is alive. Rejects where it cannot be known whether a name is in use.
 */
export async function removeOnceFree(paths: readonly string[]): Promise<void> {
  let left = paths;
  for (let tries = 1; left.length > 0; tries += 1) {
    left = removeFree(left);
    if (left.length === 0 || tries === TRIES) return;
    await delay(PAUSE_MS);
  }
}

// Returns those that had to stay.
function removeFree(paths: readonly string[]): string[] {
  const left = listEmpty(paths);
  if (left.length === 0) return [];
  const mounts = readMountPoints();
  return left.filter((path) => mounts.has(path) || !remove(path));
}

/** Those that are there and empty. */
export function listEmpty(paths: readonly string[]): string[] {
  return paths.filter(isEmpty);
}

/** Whether nothing is there. What cannot be looked at is not known to be absent. */
export function isAbsent(path: string): boolean {
  return lookAt(path) === "absent";
}

function lookAt(path: string): Stats | "absent" | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
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

// Throws where the processes cannot be looked at just now: a name that may be in use stays.
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
  } catch (error) {
    // Of a process that is gone, or of another user's. Without a free file nothing is known of it.
    if (error instanceof Error && "code" in error && (error.code === "EMFILE" || error.code === "ENFILE")) throw error;
    return "";
  }
}
