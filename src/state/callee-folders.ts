// The folders of agents that the bridge calls: one for each thread, for what the agent itself writes, its sessions among it. No thread can
// write into that of another, and none into the user's own settings of the agent.
import { chmodSync, lstatSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { forEachInSlices } from "../domain/slices.ts";
import { makePrivateFolder } from "./private-files.ts";

/** Folder of everything that callees write, in the state folder. */
export const CALLEES = "callees";

/** The folder of an agent's thread. `agent` and `threadId` are safe as file names. */
export function toCalleeFolder(stateDir: string, agent: string, threadId: string): string {
  return join(stateDir, CALLEES, agent, threadId);
}

/** Makes it with subfolders of these names, and notes that it is used. Throws what the file system throws. */
export function openCalleeFolder(folder: string, names: readonly string[], now: number): void {
  makePrivateFolder(folder);
  // A callee that takes the rights to its folder away would have its next launch fail.
  if ((statSync(folder).mode & 0o777) !== 0o700) chmodSync(folder, 0o700);
  for (const name of names) makeCalleeFolder(folder, [name]);
  utimesSync(folder, now / 1_000, now / 1_000);
}

/**
 * Makes folders within one that a callee writes, each in the one before, and returns the last one's path. The bridge acts outside of the
 * callee's sandbox, so it follows no link there: what the callee has put in the place of a folder is removed. Call it while no process of the
 * callee runs. Throws what the file system throws.
 */
export function makeCalleeFolder(folder: string, names: readonly string[]): string {
  return names.reduce((parent, name) => {
    const path = join(parent, name);
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found !== undefined && !found.isDirectory()) rmSync(path, { force: true });
    if (found?.isDirectory() !== true) mkdirSync(path, { mode: 0o700 });
    if (found === undefined || (found.mode & 0o777) !== 0o700) chmodSync(path, 0o700);
    return path;
  }, folder);
}

/** Removes everything in a folder but the names that `isKept`. Links are removed, never followed. Throws what the file system throws. */
export function clearCalleeFolder(folder: string, isKept: (name: string) => boolean = () => false): void {
  for (const name of readdirSync(folder)) {
    if (!isKept(name)) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

/** Ids of an agent's threads that have one. */
export function listCalleeThreads(stateDir: string, agent: string): string[] {
  return listNames(join(stateDir, CALLEES, agent));
}

/** Removes those that were last used before `before` (epoch ms). */
export async function sweepCalleeFolders(stateDir: string, before: number, signal?: AbortSignal): Promise<void> {
  const folder = join(stateDir, CALLEES);
  const threads = listNames(folder)
    .filter((name) => name !== CODEX_HOME)
    .flatMap((agent) => listNames(join(folder, agent)).map((threadId) => join(folder, agent, threadId)));
  await forEachInSlices(
    threads,
    (path) => {
      // Links in it are removed, never followed.
      const usedAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? before;
      if (usedAt < before) removeAsFarAsPossible(path);
    },
    signal,
  );
}

// One that cannot be removed must not keep the others.
function removeAsFarAsPossible(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // The next sweep tries again.
  }
}

/** Name of the home that Codex has while it holds a callee. */
export const CODEX_HOME = "codex-home";

/** Name of the folder with Claude Code's threads. */
export const CLAUDE_CODE = "claude-code";

/** Names in the folder of all callees that no agent of the user's may have. */
export const OWN_NAMES: readonly string[] = [CODEX_HOME, CLAUDE_CODE];

function listNames(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return [];
  }
}
