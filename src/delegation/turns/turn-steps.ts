// The steps of a turn. Each wraps the next one: it sees the turn before it goes to the backend, and its outcome afterwards.
import type { Clock } from "../../domain/clock.ts";
import type { Logger } from "../../domain/logger.ts";
import type { Redact } from "../../domain/redact.ts";
import type { HeldChanges, TurnOutcome, TurnReport, TurnRequest } from "../../domain/turn.ts";
import type { TurnEvent } from "../../domain/turn-events.ts";
import type { CallContext } from "../requests.ts";
import { RecordKeeper, type RecordKeeperOptions, type TurnThread } from "../threads/record-keeper.ts";
import { redactReport } from "./answers/redact-report.ts";
import { createTurnProgress, describeRefused } from "./progress/progress.ts";
import { timeQuestions } from "./questions/time-questions.ts";

/** A turn on its way to the backend. */
export interface Turn {
  readonly request: TurnRequest;
  readonly thread: TurnThread;
  readonly call: CallContext;
  /** Whether what it changed is committed: with this message, or with true one of the agent's. */
  readonly commit?: string | true | undefined;
  /** Shell command to run once it has completed. */
  readonly check?: string | undefined;
  /** Whether the final message is asked for as JSON. */
  readonly isJson: boolean;
  /** Where the call judges the final message. */
  readonly answer?: AnswerJudge | undefined;
  /** Warnings of others that wrote in the same folders since the turn began. */
  readonly readNeighbours?: (() => readonly string[]) | undefined;
}

/** How a call judges the final message of its turns. */
export interface AnswerJudge {
  /** Gets the whole final message of a completed turn, secrets included, before anything is committed. Never rejects. */
  readonly judge: (content: string) => Promise<void>;
  /** Whether the message that was judged fits. */
  readonly isFit: () => boolean;
  /** What the turns of the call before this one left for its commit, oldest first. */
  readonly held: readonly HeldChanges[];
}

/** Runs a turn. An exception means that the turn did not begin. */
export type RunTurn = (turn: Turn) => Promise<TurnOutcome>;

/** Wraps the running of turns. */
export type TurnStep = (next: RunTurn) => RunTurn;

/** Keeps the thread's record up to date, from before the turn to after its end. `agent` is the agent's name. */
export function keepRecord(agent: string, options: RecordKeeperOptions): TurnStep {
  return (next) => async (turn) => {
    const { thread } = turn;
    const keeper = new RecordKeeper(options, thread);
    const call = timeQuestions(turn.call, options.clock, (ms) => keeper.addTime(ms));
    try {
      if (thread.record !== undefined) keeper.begin(thread.record);
      const outcome = await next(
        listen({ ...turn, call }, (event) => {
          if (event.kind === "thread") {
            keeper.keep(event.threadId);
            turn.call.onThread?.(event.threadId);
          } else if (event.kind === "rules") keeper.keepRules(event.rules);
        }),
      );
      keeper.settle(outcome);
      const missing =
        outcome.kind === "completed" && outcome.report.threadId === undefined ? [describeMissingId(agent)] : [];
      return addWarnings(outcome, { after: [...keeper.warnings, ...missing] });
    } finally {
      await keeper.close();
    }
  };
}

function describeMissingId(agent: string): string {
  return `THREAD_ID_MISSING: ${agent} named no thread, so this one cannot be continued.`;
}

/** Reports to the caller how the turn goes on, and at its end what the sandbox refused. `agent` is the agent's name. */
export function tellProgress(agent: string, redact: Redact, clock: Clock): TurnStep {
  return (next) => async (turn) => {
    const { frame } = turn.thread;
    const canWiden = turn.call.askUser !== undefined && turn.request.readsOnly !== true;
    const words = { agent, redact, frame, canWiden };
    const progress = createTurnProgress({ ...words, clock, report: turn.call.report });
    const outcome = progress.addLastSeen(await next(listen(turn, progress.tell)));
    const { refusedCommands, commands } = outcome.report;
    return addWarnings(outcome, { after: describeRefused(refusedCommands, words, commands.refused) });
  };
}

/** The turn, for an agent that is to leave the commit to the bridge. */
export function toCommitted(turn: Turn): Turn {
  return { ...turn, request: { ...turn.request, isCommitted: true } };
}

/** Gives the final message to whoever judges it, before anything is taken out of it. */
export const giveAnswer: TurnStep = (next) => async (turn) => {
  const outcome = await next(turn);
  if (outcome.kind === "completed") await turn.answer?.judge(outcome.report.content);
  return outcome;
};

/** Removes secrets from the outcome before anything is made of it: a file, a retry's prompt, the result. */
export function redactOutcome(redact: Redact): TurnStep {
  return (next) => async (turn) => {
    const outcome = await next(turn);
    return { ...outcome, report: redactReport(outcome.report, turn.isJson, redact) };
  };
}

/** Writes the end of the turn to the log. */
export function logEnd(logger: Logger): TurnStep {
  return (next) => async (turn) => {
    const outcome = await next(turn);
    const { threadId, durationMs } = outcome.report;
    // The error itself is logged with the call's answer.
    const code = outcome.kind === "failed" ? outcome.error.code : undefined;
    logger.info({ threadId, durationMs, outcome: outcome.kind, code }, "turn ended");
    return outcome;
  };
}

/** The outcome with warnings before and after its own. */
export function addWarnings<Report extends Pick<TurnReport, "warnings">>(
  outcome: TurnOutcome<Report>,
  { before = [], after = [] }: { readonly before?: readonly string[]; readonly after?: readonly string[] },
): TurnOutcome<Report> {
  const { report } = outcome;
  return { ...outcome, report: { ...report, warnings: [...before, ...report.warnings, ...after] } };
}

function listen(turn: Turn, hear: (event: TurnEvent) => void): Turn {
  const onEvent = (event: TurnEvent): void => {
    hear(event);
    turn.request.onEvent(event);
  };
  return { ...turn, request: { ...turn.request, onEvent } };
}
