// Drafts of files that lie beside them while they are written. One that stays belongs to a process that was killed.
import { readdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isRecord } from "../../domain/guards.ts";

/** Path of this process's draft of a file. */
export function toDraftPath(path: string): string {
  return `${path}.${process.pid}.codex-bridge.tmp`;
}

/** Removes the drafts of a file whose process is gone; returns their paths. Call it only under the lock of set-ups and migrations. */
export function removeStaleDrafts(path: string): string[] {
  const lead = `${basename(path)}.`;
  const folder = dirname(path);
  return listNames(folder)
    .filter((name) => name.startsWith(lead) && isStale(name.slice(lead.length)))
    .map((name) => join(folder, name))
    .filter(remove);
}

function isStale(rest: string): boolean {
  const pid = /^(\d+)\.codex-bridge\.tmp$/.exec(rest)?.[1];
  // A draft of this process's number is of an earlier one, since nothing is being written yet.
  return pid !== undefined && (Number(pid) === process.pid || !isAlive(Number(pid)));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isRecord(error) && error["code"] === "EPERM";
  }
}

function listNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function remove(path: string): boolean {
  try {
    rmSync(path);
    return true;
  } catch {
    return false;
  }
}
