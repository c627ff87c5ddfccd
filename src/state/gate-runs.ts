// How often the review gate has run: for a state of the working tree an empty file a run, for a turn of Claude Code a file with the count.
import { createHash } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readSmallText } from "../files/small-file.ts";
import { makePrivateFolder, removeFile, sweepFolder, toFileErrorCode, writePrivateFile } from "./private-files.ts";

/** The gate reviews one state, and runs in one turn, at most this often. */
export const MOST_GATE_RUNS = 2;

/** Access to the counts. */
export interface GateRuns {
  /** Forgets the runs of the session's last turn. Throws what the file system throws. */
  beginTurn(session: string): void;
  /** Whether one more run in this turn and for this state may begin; it is counted before it does. False where it cannot be counted. */
  claim(session: string, state: string): boolean;
  /** Notes that the state was reviewed whole, so that it is not reviewed again. Never throws. */
  settle(state: string): void;
  /** Removes counts last written before `before` (epoch ms). */
  sweep(before: number, signal?: AbortSignal): Promise<void>;
}

/** Creates access; nothing is created on disk before the first claim. `state` may be any word that names one. */
export function createGateRuns(stateDir: string): GateRuns {
  const folder = join(stateDir, GATE_FOLDER);
  const toTurnPath = (session: string): string => join(folder, `turn-${toName(session)}`);
  const toRunPath = (state: string, run: number): string => join(folder, `state-${toName(state)}.${run}`);
  const claimState = (state: string): boolean => RUNS.some((run) => create(toRunPath(state, run)));
  return {
    beginTurn: (session) => removeFile(toTurnPath(session)),
    claim: (session, state) => {
      try {
        const runs = countRuns(toTurnPath(session));
        makePrivateFolder(folder);
        if (runs >= MOST_GATE_RUNS || !claimState(state)) return false;
        writePrivateFile(toTurnPath(session), String(runs + 1));
        return true;
      } catch {
        return false;
      }
    },
    settle: (state) => {
      try {
        for (const run of RUNS) create(toRunPath(state, run));
      } catch {
        // At worst it is reviewed once more.
      }
    },
    sweep: (before, signal) => sweepFolder(folder, before, { signal }),
  };
}

/** Folder of these files below a state folder. */
export const GATE_FOLDER = "gate-runs";
const RUNS = Array.from({ length: MOST_GATE_RUNS }, (_, at) => at + 1);
const NAME_LENGTH = 32;

// Claude Code's ids may hold any character.
const toName = (word: string): string => createHash("sha256").update(word).digest("hex").slice(0, NAME_LENGTH);

// A count that cannot be read is none that may be begun anew.
function countRuns(path: string): number {
  if (!existsSync(path)) return 0;
  const runs = Number(readSmallText(path));
  return Number.isInteger(runs) && runs > 0 ? runs : MOST_GATE_RUNS;
}

// Of several programs at once only one succeeds.
function create(path: string): boolean {
  try {
    writeFileSync(path, "", { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if (toFileErrorCode(error) === "EEXIST") return false;
    throw error;
  }
}
