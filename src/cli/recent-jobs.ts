// The jobs of the last day, by the names of their records alone: most prompts have none, and then nothing more is loaded.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parseStateDir } from "../settings/parse-settings.ts";
import { type Environment, readVariable } from "../settings/read-variable.ts";

/** Records of jobs. */
export interface RecentJobs {
  readonly stateDir: string;
  /** File names, oldest first: `TIME.PROJECT.ID.json`. */
  readonly names: readonly string[];
}

/** An older job is none of the work that a session is at. */
const RECENT_MS = 86_400_000;
/** Letters of the time at the beginning of a name, in base 36. */
const TIME_DIGITS = 9;

/** Finds them; `now` is epoch ms. Throws what the file system throws, and VariableError. */
export function findRecentJobs(env: Environment, now: number): RecentJobs {
  const stateDir = parseStateDir(readVariable(env, "BRIDGE_STATE_DIR"), { env, cwd: process.cwd() });
  const least = Math.max(0, now - RECENT_MS)
    .toString(36)
    .padStart(TIME_DIGITS, "0");
  const names = readdirSync(join(stateDir, "jobs")).filter((name) => name >= least);
  return { stateDir, names: names.sort() };
}
