// Which results of jobs have been read, and which a session was told of: an empty file for each. The record itself belongs to the job's bridge.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makePrivateFolder } from "./private-files.ts";

/** Form of a job's id. */
export const JOB_ID = /^cx-[\w-]{8}$/;
/** Of Claude Code's session ids; whatever else comes counts as one session. */
const SESSION_ID = /^[\w-]{1,64}$/;

/** Folder of these files below a state folder. */
export function toReadJobsFolder(stateDir: string): string {
  return join(stateDir, "read-jobs");
}

/** Notes that a client has the job's result. Never throws: at worst the result is told of once more. */
export function noteRead(stateDir: string, id: string): void {
  create(stateDir, id);
}

/** Whether the result has been read, or the session was told of the job. */
export function isKnown(stateDir: string, id: string, session: string | undefined): boolean {
  return [id, toToldName(id, session)].some((name) => existsSync(join(toReadJobsFolder(stateDir), name)));
}

/** Notes that a session was told of the job. False where it was before, and where nothing can be written. */
export function noteTold(stateDir: string, id: string, session: string | undefined): boolean {
  return create(stateDir, toToldName(id, session));
}

function toToldName(id: string, session: string | undefined): string {
  return `${id}.${session !== undefined && SESSION_ID.test(session) ? session : "any"}`;
}

function create(stateDir: string, name: string): boolean {
  const folder = toReadJobsFolder(stateDir);
  try {
    makePrivateFolder(folder);
    writeFileSync(join(folder, name), "", { flag: "wx", mode: 0o600 });
    return true;
  } catch {
    // It is there, or the folder cannot be written.
    return false;
  }
}
