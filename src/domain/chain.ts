// A chain: a call that a person's agent made, and all calls of agents that come of it. Each agent in it has a link, which says where it stands.

/** One agent of a chain. */
export interface Hop {
  /** Name of the agent. */
  readonly agent: string;
  /** Thread (or session) that it works in, where it is known. */
  readonly thread?: string | undefined;
  /** Names the prompt with which it was called, and by whom (`toPromptKey`); the agent at the beginning was called by a person. */
  readonly prompt?: string | undefined;
}

/** What an agent in a chain hands on to everything that it starts. */
export interface ChainLink {
  /** `ch-` and letters, digits, `_` or `-`. */
  readonly id: string;
  /** 1 for an agent that was called by the one at the beginning. */
  readonly depth: number;
  /** From the agent at the beginning to this one. Shorter than the depth where a part of the chain could not be found out. */
  readonly hops: readonly Hop[];
  /** When the call that the agent works on must have ended, epoch ms. */
  readonly deadline: number;
  /** Whether the chain has a budget, so that its record must exist. */
  readonly hasBudget: boolean;
}

/** Name of the variable with the depth. Bridges of every version read it. */
export const DEPTH_VARIABLE = "BRIDGE_DEPTH";
/** Name of the variable with the link, for programs that run for one turn only. */
export const CHAIN_VARIABLE = "BRIDGE_CHAIN";

/** Name of the variable with the thread, for agents that have none of their own for that: a process works in one thread. */
export const THREAD_VARIABLE = "BRIDGE_THREAD";

/** Form of an id. */
export const CHAIN_ID = /^ch-[\w-]{6,32}$/;
/** Form of an agent's name, of a thread's id and of a prompt's key. */
export const HOP_WORD = /^[\w.-]{1,64}$/;
/** A chain has at most BRIDGE_MAX_DEPTH agents, and that is at most 10. */
export const MOST_HOPS = 12;

/** No chain is deeper. A number above it is no reason to begin anew. */
const MOST_DEPTH = 999;

/** A depth from the environment's text; anything but a whole number counts as 0. */
export function parseDepth(text: string | undefined): number {
  return text !== undefined && /^\d+$/.test(text.trim()) ? Math.min(Number(text.trim()), MOST_DEPTH) : 0;
}

/** The variables that tell a program of its place. */
export function toChainVariables(link: ChainLink | undefined): Record<string, string> {
  return link === undefined ? {} : { [DEPTH_VARIABLE]: String(link.depth), [CHAIN_VARIABLE]: formatLink(link) };
}

/** The link as the text of a variable, without spaces: `id,deadline,b or -,agent:thread:prompt>…`. */
export function formatLink({ id, deadline, hasBudget, hops }: ChainLink): string {
  const words = hops.map(({ agent, thread = "", prompt = "" }) => [agent, thread, prompt].map(toWord).join(":"));
  return [id, Math.floor(deadline), hasBudget ? "b" : "-", words.join(">")].join(",");
}

/** Reads such a text; undefined for one that no bridge wrote. The depth is at least the number of calls that it names. */
export function parseLink(text: string, depth: number): ChainLink | undefined {
  const [id = "", deadline = "", budget = "", words = "", ...more] = text.split(",");
  const hops = words.split(">").map(parseHop);
  const isGood =
    more.length === 0 &&
    CHAIN_ID.test(id) &&
    /^\d{1,15}$/.test(deadline) &&
    /^[b-]$/.test(budget) &&
    hops.length <= MOST_HOPS;
  if (!isGood) return undefined;
  const known = hops.filter((hop) => hop !== undefined);
  if (known.length !== hops.length) return undefined;
  const least = Math.max(depth, hops.length - 1);
  return { id, depth: least, hops: known, deadline: Number(deadline), hasBudget: budget === "b" };
}

/** The link of an agent whose thread has become known. */
export function nameThread(link: ChainLink, threadId: string): ChainLink {
  const last = link.hops.at(-1);
  if (last === undefined || !HOP_WORD.test(threadId)) return link;
  return { ...link, hops: [...link.hops.slice(0, -1), { ...last, thread: threadId }] };
}

/** The link of an agent that has more time. */
export function toLater(link: ChainLink, ms: number): ChainLink {
  return { ...link, deadline: link.deadline + ms };
}

/** The chain in words, from its beginning. */
export function describeHops(hops: readonly Hop[]): string {
  return hops.map(({ agent, thread }) => (thread === undefined ? agent : `${agent} (thread ${thread})`)).join(" → ");
}

function parseHop(text: string): Hop | undefined {
  const words = text.split(":");
  const [agent = "", thread = "", prompt = ""] = words;
  const isGood =
    words.length === 3 && HOP_WORD.test(agent) && [thread, prompt].every((word) => word === "" || HOP_WORD.test(word));
  if (!isGood) return undefined;
  return { agent, ...(thread === "" ? {} : { thread }), ...(prompt === "" ? {} : { prompt }) };
}

// Names and ids come from programs: whatever would not be read back is left out.
function toWord(word: string): string {
  return HOP_WORD.test(word) ? word : word.replace(/[^\w.-]/g, "_").slice(0, 64);
}
