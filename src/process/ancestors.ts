// Looks for a variable in the environments of this process's ancestors: some programs start others with a filtered environment.
import type { ProcessTable } from "./process-table.ts";

/** A variable of an ancestor, and the chain of processes up to it. */
export interface AncestorVariable {
  readonly value: string;
  /** From the parent up to the process that has it. */
  readonly chain: readonly { readonly pid: number; readonly command: string }[];
}

/** Number of ancestors to look at; also ends a loop, since the table changes while it is read. */
const MAX_ANCESTORS = 64;

/** The nearest ancestor's value of an environment variable, or undefined. */
export function findAncestorVariable(table: ProcessTable, pid: number, name: string): AncestorVariable | undefined {
  const chain: { pid: number; command: string }[] = [];
  for (let entry = table.find(pid); entry !== undefined && chain.length < MAX_ANCESTORS; ) {
    const parent = table.find(entry.ppid);
    if (parent === undefined) return undefined;
    chain.push({ pid: parent.pid, command: table.commandLine(parent.pid) });
    const found = table.environment(parent.pid)?.find((text) => text.startsWith(`${name}=`));
    if (found !== undefined) return { value: found.slice(name.length + 1), chain };
    entry = parent;
  }
  return undefined;
}
