// Runs one turn for a thread: the record kept at every step, the outcome as an answer or an error.
import type { AgentBackend } from "../../agents/agent-backend.ts";
import { BridgeError, toBridgeError } from "../../domain/errors.ts";
import { assertNever } from "../../domain/guards.ts";
import type { Redact } from "../../domain/redact.ts";
import type { TurnOutcome } from "../../domain/turn.ts";
import type { CallContext, TurnAnswer, TurnOptions } from "../requests.ts";
import { RecordKeeper, type RecordKeeperOptions, type TurnThread } from "../threads/record-keeper.ts";
import { toTitle } from "../threads/thread-titles.ts";
import { resolveImages } from "./images.ts";
import { createTurnProgress, describeRefused } from "./progress.ts";
import { markWork } from "./rebuild.ts";
import { redactAnswer } from "./redact-answer.ts";

/** What a runner is built from. */
export interface TurnRunnerOptions extends RecordKeeperOptions {
  readonly backend: AgentBackend;
  readonly turnTimeoutMs: number;
  readonly silenceMs: number;
  readonly quietMs: number;
  /** Takes secrets out of what the agent says. */
  readonly redact: Redact;
}

/** Runs turns. */
export interface TurnRunner {
  /** Throws a BridgeError where the turn did not complete. */
  run(request: TurnOptions, thread: TurnThread, call: CallContext): Promise<TurnAnswer>;
}

/** Makes a runner. Whoever calls it has a free place for the turn, and the thread's own where it is known. */
export function createTurnRunner(options: TurnRunnerOptions): TurnRunner {
  return {
    run: async (request, thread, call) => {
      const images = resolveImages(request, thread.frame);
      const keeper = new RecordKeeper(options, { title: toTitle(request.prompt, options.redact), ...thread });
      try {
        const outcome = await runOn(options, { request, images, thread, call, keeper });
        keeper.settle(outcome);
        const { threadId, durationMs } = outcome.report;
        const code = outcome.kind === "failed" ? outcome.error.code : undefined;
        options.logger.info({ threadId, durationMs, outcome: outcome.kind, code }, "turn ended");
        return redactAnswer(
          toAnswer(options, outcome, thread, keeper.warnings),
          request.outputSchema !== undefined,
          options.redact,
        );
      } catch (error) {
        // Whatever went wrong after the thread was known: it can be continued.
        const { threadId } = keeper;
        const own = toBridgeError(error);
        throw own.report.threadId === undefined && own.code !== "THREAD_NOT_FOUND" ? own.with({ threadId }) : own;
      } finally {
        await keeper.close();
      }
    },
  };
}

interface TurnRun {
  readonly request: TurnOptions;
  readonly images: readonly string[];
  readonly thread: TurnThread;
  readonly call: CallContext;
  readonly keeper: RecordKeeper;
}

async function runOn(options: TurnRunnerOptions, run: TurnRun): Promise<TurnOutcome> {
  const { request, thread, call, keeper } = run;
  const { redact, backend } = options;
  call.onTurnStart?.();
  const progress = createTurnProgress({ agent: backend.agent, frame: thread.frame, redact, report: call.report });
  if (thread.record !== undefined) keeper.begin(thread.record);
  const outcome = await backend.runTurn({
    prompt: request.prompt,
    frame: thread.frame,
    threadId: thread.record?.threadId,
    images: run.images,
    outputSchema: request.outputSchema,
    deadlineMs: request.timeoutMs ?? options.turnTimeoutMs,
    silenceMs: request.silenceMs ?? options.silenceMs,
    quietMs: options.quietMs,
    signal: call.signal,
    onEvent: (event) => {
      if (event.kind === "thread") keeper.keep(event.threadId);
      else if (event.kind === "rules") keeper.keepRules(event.rules);
      progress.tell(event);
    },
  });
  return progress.addLastSeen(outcome);
}

const NO_THREAD_ID = "THREAD_ID_MISSING: Codex named no thread, so this one cannot be continued.";

function toAnswer(
  { backend, redact }: TurnRunnerOptions,
  outcome: TurnOutcome,
  thread: TurnThread,
  warnings: readonly string[],
): TurnAnswer {
  const { refusedCommands, ...report } = outcome.report;
  switch (outcome.kind) {
    case "completed": {
      const missing = report.threadId === undefined ? [NO_THREAD_ID] : [];
      const refused = describeRefused(refusedCommands, { agent: backend.agent, frame: thread.frame, redact });
      return {
        ...report,
        threadId: report.threadId ?? "",
        sessionId: thread.sessionId,
        cwd: thread.frame.cwd,
        sandbox: report.sandbox ?? thread.frame.sandbox,
        profile: thread.frame.permissions?.name,
        warnings: [...toPolicyWarnings(thread), ...report.warnings, ...refused, ...warnings, ...missing],
      };
    }
    case "failed":
      throw markWork(
        new BridgeError(outcome.error.code, outcome.error.message, { ...outcome.error, cause: outcome.cause }),
        report.hasWorked,
      );
    case "interrupted":
      throw new BridgeError("CANCELLED", "The turn was cancelled and ended.", { threadId: report.threadId });
    default:
      return assertNever(outcome);
  }
}

// Said once, where the thread starts.
function toPolicyWarnings({ frame, record }: TurnThread): string[] {
  if (frame.approvalPolicy === "never" || (record !== undefined && record.turns > 0)) return [];
  return [
    `approval-policy ${frame.approvalPolicy} ran as never: Codex asked nobody, and what the sandbox forbids was refused to it.`,
  ];
}
