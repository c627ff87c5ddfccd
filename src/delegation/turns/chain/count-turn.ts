// Counts a turn in the record of its chain, and refuses it where the chain may not go on.
import { createHash } from "node:crypto";
import type { ChainLink } from "../../../domain/chain.ts";
import { BridgeError } from "../../../domain/errors.ts";
import type { FoundChain, StoredChain } from "../../../state/chain-files.ts";

/** What a chain may use up; undefined means no limit. */
export interface ChainBudget {
  readonly calls: number | undefined;
  readonly tokens: number | undefined;
}

/** What must be left of a budget for a turn to begin. */
export interface ChainNeeds {
  readonly calls: number;
  readonly tokens: number;
}

/** A turn that is to be counted. */
export interface CountedTurn {
  /** Link of the agent that is called. */
  readonly link: ChainLink;
  /** Link of the calling agent; undefined at the beginning of a chain. */
  readonly parent: ChainLink | undefined;
  readonly budget: ChainBudget;
  /** Default: one turn, and any tokens. */
  readonly needs?: ChainNeeds | undefined;
  /** Key of the prompt; undefined where the call has sent it before, or the prompt is the bridge's own. */
  readonly prompt: string | undefined;
  /** Epoch ms. */
  readonly now: number;
}

const USUAL_NEEDS: ChainNeeds = { calls: 1, tokens: 1 };
/** What an answer takes to be read and used. */
const ANSWER_MS = 2_000;
/** With less than this no agent gets anywhere. */
const LEAST_MS = 5_000;
/** A prompt that was sent as often as this before is not sent again. */
const MOST_SENT = 2;
/** Of more prompts, the oldest are forgotten. A chain has other limits long before. */
const MOST_PROMPTS = 500;

/**
 * Names a prompt between two agents. White space, case and characters that nobody sees make no other prompt; numbers do, since parts of a task are
 * numbered.
 */
export function toPromptKey(from: string, to: string, prompt: string): string {
  const text = prompt
    .normalize("NFKC")
    .replace(/\p{Cf}/gu, "")
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim()
    .toLowerCase();
  return createHash("sha256").update(`${from}\0${to}\0${text}`).digest("hex").slice(0, 16);
}

/** The record with the turn counted. Throws CHAIN_UNKNOWN, CHAIN_ENDED, BUDGET_EXCEEDED or PROMPT_REPEATED. */
export function countTurn(found: FoundChain, turn: CountedTurn): StoredChain {
  const chain = openRecord(found, turn);
  const { link, now, prompt, parent } = turn;
  if (parent !== undefined) checkTime(chain.deadline, now);
  const budget = {
    calls: least(chain.budget.calls, turn.budget.calls),
    tokens: least(chain.budget.tokens, turn.budget.tokens),
  };
  refuseSpent(chain, budget, turn.needs);
  return {
    ...chain,
    ...(link.depth >= chain.depth ? { depth: link.depth, hops: [...link.hops] } : {}),
    deadline: parent === undefined ? Math.max(chain.deadline, link.deadline) : chain.deadline,
    calls: chain.calls + 1,
    budget,
    prompts: prompt === undefined ? chain.prompts : addPrompt(chain.prompts, prompt),
  };
}

/**
 * Ms that a call from below may take: it ends before the call that it belongs to, so that its answer can be used. `deadline` and `now` in epoch
 * ms. Throws CHAIN_ENDED where that is nothing, or too little.
 */
export function checkTime(deadline: number, now: number): number {
  const leftMs = deadline - now - ANSWER_MS;
  if (leftMs < LEAST_MS) throw toEnded(deadline, now);
  return leftMs;
}

function toEnded(deadline: number, now: number): BridgeError {
  const left = Math.round((deadline - now) / 1_000);
  const message =
    left > 0
      ? `The call that this one belongs to has ${left} s left. That is too little for another agent.`
      : `The call that this one belongs to had to end ${-left} s ago.`;
  return new BridgeError("CHAIN_ENDED", message, { details: { deadline: new Date(deadline).toISOString() } });
}

function openRecord(found: FoundChain, { link, parent }: CountedTurn): StoredChain {
  if (found.kind === "record") return found.chain;
  if (found.kind === "unusable") {
    throw new BridgeError("CHAIN_UNKNOWN", `The record of this chain of agents ${found.reason}: ${found.path}.`, {
      nextStep: `End with what you have so far. The user can remove that file once no agent works any more.`,
    });
  }
  if (parent?.hasBudget === true) throw toMissing(parent.id);
  const above = parent?.hops ?? [];
  const prompts = above.flatMap(({ prompt }) => prompt ?? []).reduce(addPrompt, []);
  const begun = { id: link.id, depth: link.depth, hops: [], deadline: parent?.deadline ?? link.deadline };
  // The calls above were made before anything was counted.
  return { ...begun, calls: parent?.depth ?? 0, tokens: 0, budget: {}, prompts };
}

function toMissing(id: string): BridgeError {
  return new BridgeError(
    "CHAIN_UNKNOWN",
    `There is no record of the chain of agents ${id} in this state folder, so what it has used of its budget is not known.`,
    {
      nextStep:
        "End with what you have so far. The user can give all registrations of codex-bridge the same BRIDGE_STATE_DIR.",
    },
  );
}

function refuseSpent({ calls, tokens }: StoredChain, budget: ChainBudget, needs: ChainNeeds = USUAL_NEEDS): void {
  const left = {
    calls: (budget.calls ?? Number.POSITIVE_INFINITY) - calls,
    tokens: (budget.tokens ?? Number.POSITIVE_INFINITY) - tokens,
  };
  if (left.calls >= needs.calls && left.tokens >= needs.tokens) return;
  const state = left.calls > 0 && left.tokens > 0 ? "has too little left" : "is used up";
  const used = [describeUse(calls, budget.calls, "turns"), describeUse(tokens, budget.tokens, "tokens")].join(" and ");
  const details = { used: { calls, tokens }, budget };
  throw new BridgeError("BUDGET_EXCEEDED", `The budget of this chain of agents ${state}: ${used}.`, { details });
}

function describeUse(used: number, most: number | undefined, what: string): string {
  return most === undefined ? `${used} ${what}` : `${used} of ${most} ${what}`;
}

type Prompts = StoredChain["prompts"];

function addPrompt(prompts: Prompts, key: string): Prompts {
  const count = prompts.find((known) => known.key === key)?.count ?? 0;
  if (count >= MOST_SENT) {
    throw new BridgeError(
      "PROMPT_REPEATED",
      `The same prompt was sent between the same agents ${count} times in this chain. They go round in a circle.`,
    );
  }
  return [...prompts.filter((known) => known.key !== key), { key, count: count + 1 }].slice(-MOST_PROMPTS);
}

function least(one: number | undefined, two: number | undefined): number | undefined {
  if (one === undefined || two === undefined) return one ?? two;
  return Math.min(one, two);
}
