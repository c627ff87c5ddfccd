// Runs one turn of a thread: through the steps to the backend, and back as an outcome.
import type { AgentBackend, RunningTurn } from "../../agents/agent-backend.ts";
import type { AgentNames } from "../../domain/agents.ts";
import { BridgeError } from "../../domain/errors.ts";
import type { Redact } from "../../domain/redact.ts";
import type { FrameChoice, TurnOutcome, TurnRequest } from "../../domain/turn.ts";
import type { CallContext, TurnAnswer, TurnOptions } from "../requests.ts";
import type { RecordKeeperOptions, TurnThread } from "../threads/record-keeper.ts";
import { toTitle } from "../threads/thread-titles.ts";
import { tellExpected } from "./answers/expect-words.ts";
import { findUntold } from "./answers/find-untold.ts";
import { type ChainOptions, followChain } from "./chain/follow-chain.ts";
import { askForMessage } from "./changes/commit-message.ts";
import { commitTurn, toCommit } from "./changes/commit-turn.ts";
import { keepProposal, type ProposalParts } from "./changes/keep-proposal.ts";
import { keepReceipt, type ReceiptParts } from "./changes/keep-receipt.ts";
import { noteWriting, type WritingOptions } from "./changes/note-writing.ts";
import { checkTurn, type RunCheck } from "./checks/check-turn.ts";
import type { ReadDepth } from "./depth.ts";
import { giveMessages, type MessageOptions } from "./give-messages.ts";
import { type HoldBackOptions, holdBack } from "./hold-back.ts";
import { resolveImages } from "./images.ts";
import { askPerson } from "./questions/ask-person.ts";
import {
  giveAnswer,
  keepRecord,
  logEnd,
  type RunTurn,
  redactOutcome,
  type Turn,
  type TurnStep,
  tellProgress,
} from "./turn-steps.ts";

/** Options of a runner. */
export interface TurnRunnerOptions extends RecordKeeperOptions, HoldBackOptions {
  readonly backend: AgentBackend;
  readonly turnTimeoutMs: number;
  readonly silenceMs: number;
  readonly quietMs: number;
  /** Ms that a question of the agent's waits for its answer. */
  readonly questionMs: number;
  /** How deep this bridge runs below other agents. */
  readonly readDepth: ReadDepth;
  /** The agent of the backend. */
  readonly agent: Pick<AgentNames, "id">;
  /** What chains of agents are counted with; undefined counts none. */
  readonly chain?: ChainOptions | undefined;
  /** Removes secrets from what the agent says. */
  readonly redact: Redact;
  readonly runCheck: RunCheck;
  /** Names this session in its receipts. */
  readonly session?: string | undefined;
  /** What receipts are made with; undefined keeps none. */
  readonly receipts?: ReceiptParts | undefined;
  /** Tells turns that write in the same folders of each other; undefined tells none. */
  readonly writing?: WritingOptions | undefined;
  /** What worktrees are made with; undefined makes none. */
  readonly proposals?: ProposalParts | undefined;
  /** Where messages for the threads wait; undefined gives none. */
  readonly messages?: MessageOptions | undefined;
}

/** Runs turns. */
export interface TurnRunner {
  /** Runs a turn. Once it has begun, its end is an outcome. Throws a BridgeError for a turn that cannot begin. */
  run(
    request: TurnOptions,
    thread: TurnThread,
    call: CallContext,
    answer?: Turn["answer"],
  ): Promise<TurnOutcome<TurnAnswer>>;
}

/** Makes a runner. Its caller must hold a slot for the turn; for a known thread it must hold the turn permit, which includes the slot. */
export function createTurnRunner(options: TurnRunnerOptions): TurnRunner {
  const { backend, redact, logger, clock } = options;
  const start: RunTurn = ({ request, call }) => {
    call.onTurnStart?.();
    const turn = backend.startTurn(request);
    call.onSteerable?.(async (text) => (await turn.steer(text)) === "delivered");
    return endWith(call.signal, turn);
  };
  // From the inside out: a later step sees the outcome of the earlier ones.
  const steps: readonly TurnStep[] = [
    ...(options.messages === undefined ? [] : [giveMessages(options.messages)]),
    ...(options.receipts === undefined ? [] : [keepReceipt(backend, { ...options, ...options.receipts })]),
    ...(options.proposals === undefined ? [] : [keepProposal({ ...options, ...options.proposals })]),
    checkTurn({ ...options, files: options.receipts?.files }),
    giveAnswer,
    commitTurn({ ...options, files: options.receipts?.files, worktrees: options.proposals?.worktrees }),
    ...(options.writing === undefined ? [] : [noteWriting(options.writing)]),
    tellProgress(backend.agent, redact, clock),
    askPerson({ ...options, agent: backend.agent, isForPerson: (call) => options.readDepth(call).depth === 0 }),
    keepRecord(backend.agent, options),
    ...(options.chain === undefined ? [] : [followChain({ ...options, ...options.chain, agent: options.agent.id })]),
    redactOutcome(redact),
    logEnd(logger),
  ];
  const run = steps.reduce((next, wrap) => wrap(next), start);
  return {
    run: async (asked, thread, call, answer) => {
      // What comes before a turn takes time. A turn that is not wanted any more must not count as begun.
      if (call.signal.aborted) throw new BridgeError("CANCELLED", "The call was cancelled before the turn began.");
      const held = holdBack(asked, thread, backend.agent, options);
      if (held !== undefined) return toAnswer(held, thread, backend);
      const request = toTurnRequest(options, asked, thread);
      const title = toTitle(asked.prompt, redact);
      const isJson = hasJsonAnswer(asked);
      const turn = {
        request,
        thread: { title, ...thread },
        call,
        check: asked.check,
        commit: toCommit(asked),
        isJson,
        answer,
      };
      const outcome = toAnswer(await run(turn), thread, backend);
      return { ...outcome, report: { ...outcome.report, isJson } };
    },
  };
}

/** The outcome of a turn, which is interrupted if the call is cancelled. */
export async function endWith(signal: AbortSignal, turn: RunningTurn): Promise<TurnOutcome> {
  const interrupt = (): void => turn.interrupt();
  if (signal.aborted) interrupt();
  else signal.addEventListener("abort", interrupt, { once: true });
  try {
    return await turn.outcome;
  } finally {
    signal.removeEventListener("abort", interrupt);
  }
}

function toTurnRequest(options: TurnRunnerOptions, asked: TurnOptions, thread: TurnThread): TurnRequest {
  const { frame, record } = thread;
  const prompt = askForMessage(tellExpected(asked.prompt, asked.expect), asked);
  return {
    prompt: record?.notice === undefined ? prompt : `${record.notice}\n\n${prompt}`,
    frame,
    chosen: CHOICES.filter((name) => isChosen(name, asked, thread)),
    threadId: record?.threadId,
    images: resolveImages(asked, frame, options.proposals?.worktrees),
    readsOnly: asked.readsOnly,
    withoutMemory: asked.withoutMemory,
    checkedIn: asked.check === undefined ? undefined : (thread.narrow ?? frame).sandbox.mode,
    outputSchema: asked.outputSchema,
    deadlineMs: asked.timeoutMs ?? options.turnTimeoutMs,
    silenceMs: asked.silenceMs ?? options.silenceMs,
    quietMs: options.quietMs,
    onEvent: () => {},
    ask: async () => ({ kind: "nobody to ask" }),
  };
}

function hasJsonAnswer({ outputSchema, expect }: TurnOptions): boolean {
  return outputSchema !== undefined || typeof expect === "object";
}

const CHOICES: readonly FrameChoice[] = ["model", "reasoningEffort"];

// A new thread has nothing but what its call chose, as an argument or within `config`.
function isChosen(name: FrameChoice, asked: TurnOptions, { frame, record, replaces }: TurnThread): boolean {
  const isNew = record === undefined && replaces === undefined;
  return asked[name] !== undefined || (isNew && frame[name] !== undefined);
}

function toAnswer(outcome: TurnOutcome, thread: TurnThread, backend: AgentBackend): TurnOutcome<TurnAnswer> {
  const { report } = outcome;
  const { frame, sessionId } = thread;
  return {
    ...outcome,
    report: {
      ...report,
      sessionId,
      cwd: frame.cwd,
      sandbox: report.sandbox ?? frame.sandbox,
      approvalPolicy: frame.approvalPolicy,
      profile: frame.permissions?.name,
      warnings: [...toPolicyWarnings(thread, backend), ...report.warnings],
      untold: findUntold(backend.capabilities.untold, report),
    },
  };
}

// Only at the start of a thread.
function toPolicyWarnings({ frame, record }: TurnThread, { agent, capabilities }: AgentBackend): string[] {
  if (capabilities.canAsk || frame.approvalPolicy === "never" || (record !== undefined && record.turns > 0)) return [];
  return [
    `approval-policy ${frame.approvalPolicy} had the effect of never: ${agent} could ask nobody, so whatever the sandbox forbids was refused.`,
  ];
}
