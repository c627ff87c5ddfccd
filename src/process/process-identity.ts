// Who a process is, for good: its pid comes again, its pid with its start time and boot does not. What is on record for a bridge names it by this.
import type { ProcessTable } from "./process-table.ts";

/** One process among all that ever ran on this machine. */
export interface ProcessIdentity {
  readonly pid: number;
  /** As ProcessEntry.start; 0 where it could not be read. */
  readonly start: number;
  /** Boot that pid and start belong to. */
  readonly bootId: string;
}

/** This process. */
export function readOwnIdentity(table: ProcessTable): ProcessIdentity {
  return { pid: process.pid, start: table.find(process.pid)?.start ?? 0, bootId: table.bootId() };
}

/** Whether that process lives. In doubt it does: what is taken for dead loses its runs and its locks. */
export function isAlive(table: ProcessTable, { pid, start, bootId }: ProcessIdentity): boolean {
  if (bootId !== table.bootId()) return false;
  const entry = table.find(pid);
  if (entry === undefined) return !table.isGone(pid);
  return start === 0 || entry.start === start;
}
