// The step that gives a turn its place in a chain of agents. At the beginning of a chain without a budget it writes nothing of its own: the link
// goes into the record of the thread, which is written anyway. The record of the chain is begun by the first call from below.
import type { ChainLink } from "../../../domain/chain.ts";
import type { Clock } from "../../../domain/clock.ts";
import { BridgeError, toBridgeError } from "../../../domain/errors.ts";
import type { Logger } from "../../../domain/logger.ts";
import { findMachineLimit } from "../../../domain/machine-limits.ts";
import type { TurnOutcome } from "../../../domain/turn.ts";
import type { ChainFiles } from "../../../state/chain-files.ts";
import type { CallChain } from "../../requests.ts";
import { checkDepth, type Depth, type ReadDepth } from "../depth.ts";
import { timeQuestions } from "../questions/time-questions.ts";
import { addWarnings, type Turn, type TurnStep } from "../turn-steps.ts";
import { type ChainBudget, type ChainNeeds, checkTime, countTurn, toPromptKey } from "./count-turn.ts";

/** Options of the step. */
export interface ChainOptions {
  readonly files: Pick<ChainFiles, "change">;
  /** Limits of this bridge. */
  readonly budget: ChainBudget;
  /** Makes the id of a chain. */
  readonly newId: () => string;
}

interface StepOptions extends ChainOptions {
  /** Id of the agent that the turns are of. */
  readonly agent: string;
  /** As CountedTurn.needs. */
  readonly needs?: ChainNeeds | undefined;
  readonly readDepth: ReadDepth;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Place {
  readonly link: ChainLink;
  /** Time limit of the turn, ms. */
  readonly deadlineMs: number;
  readonly isCounted: boolean;
}

/** The agent at the beginning, where it does not say its name: Claude Code. */
const FIRST = "claude";

/** Makes the step. It throws DEPTH_EXCEEDED, CHAIN_UNKNOWN, CHAIN_ENDED, BUDGET_EXCEEDED or PROMPT_REPEATED for a turn that must not begin. */
export function followChain(options: StepOptions): TurnStep {
  return (next) => async (turn) => {
    const { link, deadlineMs, isCounted } = await enter(turn, options);
    const { request, thread } = turn;
    let { deadline } = link;
    // The clocks of the turn stand still while a person is asked. Its link in the record of the thread ends later too (`RecordKeeper.addTime`).
    const call = timeQuestions(turn.call, options.clock, (ms) => {
      deadline += ms;
      void addTime(link.id, deadline, options);
    });
    const outcome = await next({
      ...turn,
      call,
      request: { ...request, deadlineMs, chain: link },
      thread: { ...thread, chain: link },
    });
    if (isCounted) await addTokens(link.id, outcome, options);
    return deadlineMs < request.deadlineMs ? tellCut(outcome, deadlineMs) : outcome;
  };
}

async function enter(turn: Turn, options: StepOptions): Promise<Place> {
  const { request, call, thread } = turn;
  const { budget, clock } = options;
  const shared = call.chain ?? { id: undefined, prompts: new Set() };
  const now = clock();
  const place = options.readDepth(call);
  checkDepth(place);
  const parent = place.link;
  const hasOwn = budget.calls !== undefined || budget.tokens !== undefined;
  if (place.depth > 0 && parent === undefined && hasOwn) throw toUncounted(place);
  const timeLeft = parent === undefined ? request.deadlineMs : checkTime(parent.deadline, now);
  const above = parent?.hops ?? [{ agent: call.caller?.agent ?? FIRST, thread: call.caller?.threadId }];
  const key = toPromptKey(above.at(-1)?.agent ?? FIRST, options.agent, request.prompt);
  // What the bridge itself asks for is the same in each call, and no circle of the agents.
  const prompt = thread.isCorrection === true ? undefined : key;
  const link: ChainLink = {
    id: parent?.id ?? takeId(shared, options),
    depth: place.depth + 1,
    hops: [...above, { agent: options.agent, thread: request.threadId, prompt }],
    deadline: now + Math.min(request.deadlineMs, timeLeft),
    hasBudget: hasOwn || parent?.hasBudget === true,
  };
  const isCounted = place.depth > 0 || hasOwn;
  const counted = { link, parent, now, prompt: shared.prompts.has(key) ? undefined : prompt };
  // The record may know an earlier end than what the calling agent has brought along.
  const latest = isCounted ? await count(counted, options) : link.deadline;
  shared.prompts.add(key);
  const deadline = parent === undefined ? link.deadline : Math.min(link.deadline, now + checkTime(latest, now));
  return { link: { ...link, deadline }, deadlineMs: deadline - now, isCounted };
}

function takeId(shared: CallChain, { newId }: StepOptions): string {
  shared.id ??= newId();
  return shared.id;
}

// Gives the latest end of the chain, epoch ms.
async function count(
  turn: Omit<Parameters<typeof countTurn>[1], "budget" | "needs">,
  { files, budget, needs }: StepOptions,
): Promise<number> {
  try {
    let deadline = turn.link.deadline;
    await files.change(turn.link.id, (found) => {
      const chain = countTurn(found, { ...turn, budget, needs });
      deadline = chain.deadline;
      return chain;
    });
    return deadline;
  } catch (error) {
    if (error instanceof BridgeError || findMachineLimit(error) !== undefined) throw toBridgeError(error);
    const message = "The record of this chain of agents cannot be read or written, so its turns cannot be counted.";
    const nextStep = "Ask the user to make the state folder writable (`codex-bridge doctor` checks it).";
    throw new BridgeError("CHAIN_UNKNOWN", message, { nextStep, cause: error });
  }
}

// The budget of an agent whose chain is not known cannot be kept. Its depth is known, so without a budget it may go on.
function toUncounted({ depth }: Depth): BridgeError {
  return new BridgeError(
    "CHAIN_UNKNOWN",
    `This call belongs to a chain of agents (depth ${depth}), but it is not known to which one. So what is left of its budget is not known either.`,
  );
}

async function addTokens(
  id: string,
  { report: { usage } }: TurnOutcome,
  { files, logger }: StepOptions,
): Promise<void> {
  if (usage === undefined) return;
  const tokens = usage.inputTokens + usage.outputTokens;
  try {
    await files.change(id, (found) =>
      found.kind === "record" ? { ...found.chain, tokens: found.chain.tokens + tokens } : undefined,
    );
  } catch (error) {
    logger.error({ err: error, chain: id }, "the tokens of a turn were not counted");
  }
}

// The record is there once something was counted.
async function addTime(id: string, deadline: number, { files, logger }: StepOptions): Promise<void> {
  try {
    await files.change(id, (found) =>
      found.kind === "record" ? { ...found.chain, deadline: Math.max(found.chain.deadline, deadline) } : undefined,
    );
  } catch (error) {
    logger.error({ err: error, chain: id }, "the time that a person took was not added");
  }
}

function tellCut(outcome: TurnOutcome, deadlineMs: number): TurnOutcome {
  if (outcome.kind !== "failed" || outcome.isTimeUp !== true) return outcome;
  const seconds = Math.round(deadlineMs / 1_000);
  return addWarnings(outcome, { after: [`The turn had ${seconds} s: what was left of the call that it belongs to.`] });
}
