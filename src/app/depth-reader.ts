// Where a call stands in a chain of agents. Three carriers tell: the environment, which programs between may have emptied or changed; the
// ancestors of this process; and the thread of the calling agent, if a bridge runs a turn of it now.
import { basename } from "node:path";
import { type Carried, joinPlaces } from "../delegation/turns/chain/join-places.ts";
import type { FindRunningLinks, FindThreadPlace } from "../delegation/turns/chain/thread-links.ts";
import type { ReadDepth } from "../delegation/turns/depth.ts";
import {
  CHAIN_VARIABLE,
  type ChainLink,
  DEPTH_VARIABLE,
  parseDepth,
  parseLink,
  THREAD_VARIABLE,
} from "../domain/chain.ts";
import { type Ancestor, findVariable, readAncestors } from "../process/ancestors.ts";
import type { ProcessTable } from "../process/process-table.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** What a reader looks at. */
export interface DepthSources {
  readonly table: ProcessTable;
  readonly env: Env;
  readonly maxDepth: number;
  readonly findThread: FindThreadPlace;
  readonly findRunning: FindRunningLinks;
}

/** Variables in which agents tell their thread to what they start (docs/codex-cli.md#environment-of-commands, docs/claude-code.md#environment-and-end). */
const THREAD_VARIABLES = ["CODEX_THREAD_ID", "CLAUDE_CODE_SESSION_ID", THREAD_VARIABLE];

/** What does not change while this process lives. */
interface Own extends Carried {
  readonly chain: readonly string[];
  readonly threads: readonly string[];
  /** Of the ancestors. */
  readonly pids: ReadonlySet<number>;
}

/** Makes a reader. The ancestors are looked up at the first call and kept: they say nothing new later. */
export function createDepthReader({ table, env, maxDepth, findThread, findRunning }: DepthSources): ReadDepth {
  let kept: Own | undefined;
  return (call) => {
    kept ??= readOwn(table, env);
    const calling = call?.caller?.threadId;
    const threads = new Set(calling === undefined ? kept.threads : [...kept.threads, calling]);
    const places = [...threads].flatMap((id) => findThread(id) ?? []);
    const carried = {
      // A thread of which a bridge runs a turn is at least below that bridge's caller.
      depths: [...kept.depths, ...places.map(() => 1)],
      links: [...kept.links, ...places.flatMap(({ link }) => link ?? [])],
      faults: kept.faults,
    };
    // A shell that starts one command becomes it: then no process above has the thread in its environment, but the bridge is there.
    const isBelow = Math.max(0, ...carried.depths) > 0;
    const joined = joinPlaces({ ...carried, above: isBelow ? findRunning(kept.pids) : [] });
    return { ...joined, maxDepth, chain: kept.chain };
  };
}

function readOwn(table: ProcessTable, env: Env): Own {
  const ancestors = readAncestors(table, process.pid);
  const own = Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
  const environments = [
    own,
    ...ancestors.flatMap(({ environment }) => (environment === undefined ? [] : [environment])),
  ];
  const read = (name: string): string[] => environments.flatMap((texts) => findVariable(texts, name) ?? []);
  const links = environments.flatMap(readLink);
  return {
    depths: read(DEPTH_VARIABLE).map(parseDepth),
    links,
    faults: [
      ...(links.length < read(CHAIN_VARIABLE).filter((text) => text !== "").length ? [MADE_UP] : []),
      ...ancestors.flatMap((ancestor) => describeForeign(table, ancestor)),
    ],
    threads: [...new Set(THREAD_VARIABLES.flatMap(read))],
    pids: new Set(ancestors.map(({ pid }) => pid)),
    chain: describeAncestors(table, ancestors),
  };
}

function readLink(texts: readonly string[]): ChainLink[] {
  const text = findVariable(texts, CHAIN_VARIABLE);
  const link = text === undefined ? undefined : parseLink(text, parseDepth(findVariable(texts, DEPTH_VARIABLE)));
  return link === undefined ? [] : [link];
}

const MADE_UP = `${CHAIN_VARIABLE} has a value that no bridge has written, so the place in a chain of agents is not known.`;

// Another user's environment cannot be read, but its command line can. Whatever runs below a bridge belongs to a chain.
function describeForeign(table: ProcessTable, { pid, environment }: Ancestor): string[] {
  if (environment !== undefined || !/\bcodex-bridge\b/.test(table.commandLine(pid))) return [];
  return [`This bridge runs below a codex-bridge of another user (pid ${pid}), whose chain of agents cannot be read.`];
}

// Up to the nearest one that has the depth.
function describeAncestors(table: ProcessTable, ancestors: readonly Ancestor[]): string[] {
  const last = ancestors.findIndex(({ environment }) => findVariable(environment, DEPTH_VARIABLE) !== undefined);
  return ancestors.slice(0, last + 1).map(({ pid }) => `${toProgramName(table.commandLine(pid))} (pid ${pid})`);
}

// A command line holds paths and prompts; the program's name is enough to show a chain.
function toProgramName(command: string): string {
  return basename(command.split(" ", 1)[0] ?? "");
}
