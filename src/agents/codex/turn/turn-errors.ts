// Why a turn brought no answer, as an error.
import { cutText } from "../../../domain/cut-text.ts";
import { BridgeError } from "../../../domain/errors.ts";
import type { ProgramEnd } from "../../../process/program.ts";
import type { CodexFrame } from "../codex-frame.ts";
import type { ErrorInfo } from "../failures/error-info.ts";
import { readRetryNotice, toTurnError } from "../failures/failure.ts";
import { FOLDER_STEP, FRAME_STEP } from "../failures/sandbox-words.ts";
import type { TurnLaunch } from "../launch/turn-launch.ts";
import { findMissingTmpdir, probeSandbox, probeStart } from "../program/sandbox-probe.ts";
import type { CodexTurnRequest } from "./codex-turn-request.ts";
import type { FinalAnswer } from "./final-answer.ts";
import type { AnswerCheck } from "./output-schema.ts";
import type { StreamState } from "./stream-state.ts";

/** Limit for the agent's words in an error, in characters. */
const EXCERPT_CHARACTERS = 600;

/** A turn that the bridge ended because it took too long. If Codex was trying again meanwhile, the error is what it waited for. */
export function toTimeout(code: "TURN_STALLED" | "TURN_TIMED_OUT", limitMs: number, state: StreamState): BridgeError {
  const seconds = Math.round(limitMs / 1_000);
  const cause = readRetryNotice(state.redact(state.notice));
  if (cause !== undefined) {
    const { nextStep, agentText, details } = cause.report;
    const message = `${cause.message} Codex was still trying again after ${seconds} s and was ended.`;
    return new BridgeError(cause.code, message, { nextStep, agentText, details });
  }
  const what =
    code === "TURN_STALLED" ? `Codex said nothing for ${seconds} s` : `The turn was not done after ${seconds} s`;
  const agentText = state.messages.length > 0 ? excerpt(state) : undefined;
  return new BridgeError(code, `${what} and was ended.`, { agentText });
}

/** The error of a turn for which Codex began another thread than the requested one; undefined if it did not. */
export function findStray(asked: string | undefined, begun: string): BridgeError | undefined {
  if (asked === undefined || asked.toLowerCase() === begun.toLowerCase()) return undefined;
  const message = `Codex does not know the thread ${asked}; it began a new one, which was stopped.`;
  return new BridgeError("THREAD_NOT_FOUND", message, { details: { strayThreadId: begun } });
}

/** The end of a turn that Codex did not complete. */
export interface TurnEnd {
  readonly end: ProgramEnd;
  readonly state: StreamState;
  readonly request: CodexTurnRequest;
  /** Reads the class of the failure from the rollout. */
  readonly readErrorInfo: () => ErrorInfo | undefined;
}

/** The error of a turn that Codex did not complete. */
export function toEndError({ end, state, request, readErrorInfo }: TurnEnd): BridgeError {
  const { frame } = request;
  return toTurnError({
    message: state.redact(state.failure || state.notice),
    errorInfo: readErrorInfo(),
    stderr: state.redact(end.stderr),
    exitCode: end.exitCode,
    signal: end.signal,
    hasGarbage: state.hasGarbage,
    isCutOff: state.isCutOff,
    hasBegun: state.hasBegun,
    asked: {
      isResume: request.threadId !== undefined,
      imageCount: request.images.length,
      hasOutputSchema: request.outputSchema !== undefined,
      reasoningEffort: frame.reasoningEffort,
      configKeys: Object.keys(frame.config),
    },
  });
}

/**
 * A turn that could do nothing because the sandbox does not start for its thread, although Codex calls it completed
 * (docs/codex-cli.md#sandbox-that-does-not-start).
 */
export async function findUnstarted(
  state: StreamState,
  { sandbox: { mode }, cwd }: CodexFrame,
  launch: Pick<TurnLaunch, "runCodex" | "sandboxConfig" | "env">,
): Promise<BridgeError | undefined> {
  const hasDoneNothing = state.unstartedCommands === state.commands && state.changes.size === 0;
  const isSuspect = hasDoneNothing && state.commands + state.failedChanges > 0 && mode !== "danger-full-access";
  if (!isSuspect) return undefined;
  const tmpdir = findMissingTmpdir(launch.env);
  if (tmpdir !== undefined && state.unstartedCommands > 0) {
    // `codex sandbox` would start all the same, since it does not need the folder.
    return toUnavailable(`TMPDIR names ${tmpdir}, which is no directory`, excerpt(state), FOLDER_STEP);
  }
  // A command's output proves nothing. The sandbox itself is tested, the thread's own first.
  const own = await probeStart(launch.runCodex, launch.sandboxConfig);
  const any = own.kind === "cannot start" ? await probeSandbox(launch.runCodex, "/nowhere/probe") : own;
  const words = (reason: string): string => [reason, excerpt(state)].join("\n");
  if (any.kind === "unknown") state.warnings.push(UNSURE_START);
  if (any.kind === "cannot start") return toUnavailable("on this machine", words(any.reason), undefined);
  if (own.kind !== "cannot start") return undefined;
  return toUnavailable(`for sandbox ${mode} in ${cwd}`, words(own.reason), FRAME_STEP);
}

const UNSURE_START =
  "No command of this turn seems to have run, and whether Codex's sandbox starts here could not be found out in time; `codex-bridge doctor` tells.";

function toUnavailable(where: string, agentText: string, nextStep: string | undefined): BridgeError {
  const message = `Codex's sandbox does not start (${where}), so nothing that it tried in this turn was done.`;
  return new BridgeError("SANDBOX_UNAVAILABLE", message, { agentText, nextStep });
}

/** A completed turn whose answer does not fit the requested schema. */
export async function findMisfit(
  state: StreamState,
  answer: FinalAnswer | undefined,
  checkAnswer: AnswerCheck | undefined,
  signal: AbortSignal,
): Promise<BridgeError | undefined> {
  if (checkAnswer !== undefined && answer?.isComment === true) {
    const message = "Codex ended the turn without a final answer, so nothing is there that could fit outputSchema.";
    return new BridgeError("INVALID_OUTPUT", message, { agentText: excerpt(state) });
  }
  return (await checkAnswer?.(state.content, signal))?.with({ agentText: excerpt(state) });
}

// Shortened after the secrets are removed: half a secret would not be recognised.
function excerpt({ content, redact }: StreamState): string {
  return cutText(redact(content.slice(0, 10 * EXCERPT_CHARACTERS)), EXCERPT_CHARACTERS);
}
