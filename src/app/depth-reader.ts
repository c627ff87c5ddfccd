// How deep this bridge is nested: a Codex that a bridge started may start a bridge in turn, through a program that filters environments.
import { basename } from "node:path";
import { type Depth, parseDepth } from "../delegation/turns/depth.ts";
import { findAncestorVariable } from "../process/ancestors.ts";
import type { ProcessTable } from "../process/process-table.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** Makes a reader. The depth is looked up at the first call and kept: the ancestors of a process say nothing new later. */
export function createDepthReader(table: ProcessTable, env: Env, maxDepth: number): () => Depth {
  let kept: Depth | undefined;
  return () => {
    kept ??= readDepth(table, env, maxDepth);
    return kept;
  };
}

function readDepth(table: ProcessTable, env: Env, maxDepth: number): Depth {
  if (env["BRIDGE_DEPTH"] !== undefined) return { depth: parseDepth(env["BRIDGE_DEPTH"]), maxDepth, chain: [] };
  const found = findAncestorVariable(table, process.pid, "BRIDGE_DEPTH");
  const chain = found?.chain.map((link) => `${toProgramName(link.command)} (pid ${link.pid})`) ?? [];
  return { depth: parseDepth(found?.value), maxDepth, chain };
}

// A command line holds paths and prompts; the program's name is enough to show a chain.
function toProgramName(command: string): string {
  return basename(command.split(" ", 1)[0] ?? "");
}
