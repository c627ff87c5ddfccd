// Whether this process runs below an agent that a bridge has started: for programs that are no bridge, such as hooks.
import { DEPTH_VARIABLE, parseDepth } from "../domain/chain.ts";
import { findVariable, readAncestors } from "./ancestors.ts";
import { createProcessTable, type ProcessTable } from "./process-table.ts";

/** What is looked at. */
export interface NestedSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly table: ProcessTable;
  readonly pid: number;
}

/**
 * By the environment, which programs between may have dropped or changed, and by the processes above: 2 ms with nine of them on Linux, and a `ps`
 * for each on macOS, so ask late. Never throws: where
 * processes cannot be read just now (too many open files), it may be so.
 */
export function isBelowAgent(sources: Partial<NestedSources> = {}): boolean {
  const { env = process.env, pid = process.pid, table = createProcessTable(process.platform) } = sources;
  if (parseDepth(env[DEPTH_VARIABLE]) > 0) return true;
  try {
    return readAncestors(table, pid).some(
      ({ environment }) => parseDepth(findVariable(environment, DEPTH_VARIABLE)) > 0,
    );
  } catch {
    return true;
  }
}
