// The processes that this one descends from. What one of them has in its environment, a program between may not have passed on.
import type { ProcessTable } from "./process-table.ts";

/** An ancestor. */
export interface Ancestor {
  readonly pid: number;
  /** As `NAME=value` texts; undefined where it cannot be read. */
  readonly environment: readonly string[] | undefined;
}

/** Number of ancestors to look at; also ends a loop, since the table changes while it is read. */
const MAX_ANCESTORS = 64;

/** The ancestors of a process, from its parent up. */
export function readAncestors(table: ProcessTable, pid: number): Ancestor[] {
  const found: Ancestor[] = [];
  for (let entry = table.find(pid); entry !== undefined && found.length < MAX_ANCESTORS; ) {
    entry = table.find(entry.ppid);
    if (entry !== undefined) found.push({ pid: entry.pid, environment: table.environment(entry.pid) });
  }
  return found;
}

/** The value of a variable in an environment of `NAME=value` texts. */
export function findVariable(environment: readonly string[] | undefined, name: string): string | undefined {
  return environment?.find((text) => text.startsWith(`${name}=`))?.slice(name.length + 1);
}
