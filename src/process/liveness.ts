// Identifies a process for good. Pids are reused, but a pid with its start time, boot and pid namespace is unique. Records name a bridge by
// these. The namespace matters because a container and its host may share a state folder, and the same pid means another process in each.
import type { ProcessTable } from "./process-table.ts";

/** One process among all that ever ran on this machine. */
export interface ProcessIdentity {
  readonly pid: number;
  /** As ProcessEntry.start; 0 where it could not be read. */
  readonly start: number;
  /** The boot in which pid and start are valid. */
  readonly bootId: string;
  /** The namespace in which the pid is valid. Undefined where there are none (macOS) and in records of older bridges: then it counts as our own. */
  readonly namespace?: string | undefined;
  /** A time at which the process certainly lived (epoch ms), where one is known. */
  readonly since?: number | undefined;
}

/** Whether a process lives. `unknown` where it cannot be looked up from here: in another pid namespace or on another machine. */
export type Liveness = "alive" | "dead" | "unknown";

/** Judges whether recorded processes live. */
export interface LivenessJudge {
  /** In doubt the answer is `alive` or `unknown`: the runs of a dead process are killed and its locks are taken. */
  judge(identity: ProcessIdentity): Liveness;
  /** Declares a process dead that was `unknown` here and was found dead in another way. */
  bury(identity: ProcessIdentity): void;
}

/** Clocks are corrected now and then: a difference below this does not make an earlier boot of this machine look like another machine. */
const CLOCK_SLACK_MS = 600_000;

/** The identity of this process. */
export function readOwnIdentity(table: ProcessTable): ProcessIdentity {
  const namespace = table.pidNamespace();
  return {
    pid: process.pid,
    start: table.find(process.pid)?.start ?? 0,
    bootId: table.bootId(),
    ...(namespace === undefined ? {} : { namespace }),
  };
}

/** Creates a judge. */
export function createLivenessJudge(table: ProcessTable): LivenessJudge {
  const buried = new Set<string>();
  return {
    judge: (identity) => (buried.has(toText(identity)) ? "dead" : judgeByTable(table, identity)),
    bury: (identity) => void buried.add(toText(identity)),
  };
}

function judgeByTable(table: ProcessTable, { pid, start, bootId, namespace, since }: ProcessIdentity): Liveness {
  if (bootId !== table.bootId()) {
    // A time before our boot means an earlier boot of this machine; a later one means another machine, or a container with its own kernel.
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
