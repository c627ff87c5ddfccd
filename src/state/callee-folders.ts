// The folders of agents that the bridge calls: one for each thread, for what the agent itself writes, its sessions among it. No thread can
// write into that of another, and none into the user's own settings of the agent.
import { readdirSync, rmSync, statSync, utimesSync } from "node:fs";
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
  for (const name of names) makePrivateFolder(join(folder, name));
  utimesSync(folder, now / 1_000, now / 1_000);
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
      if (usedAt < before) rmSync(path, { recursive: true, force: true });
    },
    signal,
  );
}

/** Name of the home that Codex has while it holds a callee. */
export const CODEX_HOME = "codex-home";

function listNames(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return [];
  }
}
