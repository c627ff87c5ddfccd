// Who a process is, for good: its pid comes again, its pid with its start time, boot and pid namespace does not. What is on record for a
// bridge names it by this. A container and its host may share a state folder, and each of them sees other processes under the same pids.
import type { ProcessTable } from "./process-table.ts";

/** One process among all that ever ran on this machine. */
export interface ProcessIdentity {
  readonly pid: number;
  /** As ProcessEntry.start; 0 where it could not be read. */
  readonly start: number;
  /** Boot that pid and start belong to. */
  readonly bootId: string;
  /** Pid namespace that the pid belongs to; undefined where there are none (macOS), and in records of older bridges: then it counts as our own. */
  readonly namespace?: string | undefined;
  /** Epoch ms when it certainly lived, where that is known. */
  readonly since?: number | undefined;
}

/** Whether a process lives; `unknown` where it cannot be looked up from here (another pid namespace, another machine). */
export type Liveness = "alive" | "dead" | "unknown";

/** Judges what is on record. */
export interface LivenessJudge {
  /** In doubt a process lives, or is unknown: what is taken for dead loses its runs and its locks. */
  judge(identity: ProcessIdentity): Liveness;
  /** For a process that was unknown and has been found dead in another way. */
  bury(identity: ProcessIdentity): void;
}

/** Clocks are set now and then; a boot of ours is not mistaken for another machine's by less than this. */
const CLOCK_SLACK_MS = 600_000;

/** This process. */
export function readOwnIdentity(table: ProcessTable): ProcessIdentity {
  const namespace = table.pidNamespace();
  return {
    pid: process.pid,
    start: table.find(process.pid)?.start ?? 0,
    bootId: table.bootId(),
    ...(namespace === undefined ? {} : { namespace }),
  };
}

/** Makes a judge. */
export function createLivenessJudge(table: ProcessTable): LivenessJudge {
  const buried = new Set<string>();
  return {
    judge: (identity) => (buried.has(toText(identity)) ? "dead" : judgeByTable(table, identity)),
    bury: (identity) => void buried.add(toText(identity)),
  };
}

function judgeByTable(table: ProcessTable, { pid, start, bootId, namespace, since }: ProcessIdentity): Liveness {
  if (bootId !== table.bootId()) {
    // Before our boot it was an earlier boot of this machine. After it, it is another machine or a container with a kernel of its own.
    return since !== undefined && since > table.bootedAt() + CLOCK_SLACK_MS ? "unknown" : "dead";
  }
  if (namespace !== undefined && namespace !== table.pidNamespace()) return "unknown";
  const entry = table.find(pid);
  if (entry === undefined) return table.isGone(pid) ? "dead" : "alive";
  return start === 0 || entry.start === start ? "alive" : "dead";
}

function toText({ pid, start, bootId, namespace = "" }: ProcessIdentity): string {
  return [pid, start, bootId, namespace].join(" ");
}
