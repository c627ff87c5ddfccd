// Evaluates a turn whose program has ended: its thread, its answer, its error, its report.
import type { BridgeError } from "../../../domain/errors.ts";
import type { TokenUsage } from "../../../domain/thread.ts";
import type { LeftRunning, TurnReport } from "../../../domain/turn.ts";
import type { ProgramEnd } from "../../../process/program.ts";
import { toSpawnError } from "../launch/spawn-errors.ts";
import type { TurnLaunch } from "../launch/turn-launch.ts";
import { withCertificateHint } from "../program/certificates.ts";
import { type FrameInForce, findErrorInfo } from "../rollouts/rollout-records.ts";
import { findStoredLimits } from "../rollouts/stored-limits.ts";
import { findThreadId } from "../rollouts/thread-id.ts";
import type { CodexTurnRequest } from "./codex-turn-request.ts";
import { addStoredCommands, toCommands } from "./count-commands.ts";
import { addPhases, chooseAnswer, type FinalAnswer, readMessages } from "./final-answer.ts";
import { toShown } from "./frame-verdict.ts";
import { describeLostImages } from "./lost-images.ts";
import type { RolloutWindow } from "./rollout-window.ts";
import type { StreamState } from "./stream-state.ts";
import { findMisfit, findUnstarted, toEndError } from "./turn-errors.ts";
import { describeEnd } from "./turn-notes.ts";
import type { TurnParts } from "./turn-parts.ts";

/** How much of what a turn has added to its rollout is read for its messages. */
export const MAX_ADDED_BYTES = 33_554_432;

/** A turn that has ended. The functions here add to its `state`. */
export interface KnownTurn {
  readonly request: CodexTurnRequest;
  readonly parts: TurnParts;
  readonly state: StreamState;
  readonly rollout: RolloutWindow;
  /** When Codex was started, epoch ms. */
  readonly startedAt: number;
}

/** Finds the thread by the rollout that the run made, if the output named none (an old CLI, a lost line). */
export function settleThread({ request, parts, state, rollout, startedAt }: KnownTurn): void {
  const asked = request.threadId;
  if (state.threadId !== undefined) return;
  if (asked !== undefined) {
    if (rollout.hasGrown()) state.threadId = asked;
    return;
  }
  // A CLI that printed nothing has opened no thread. A new rollout is then somebody else's.
  if (!state.hasTold && !state.isCompleted) return;
  state.threadId = findThreadId(undefined, parts.codexHome, {
    cwd: request.frame.cwd,
    startedAt,
    threadSource: parts.threadSource,
  });
}

/**
 * Chooses the answer of a completed turn, since Codex's last message is not always the answer; undefined if the turn did not complete.
 * `wasEnded` says that the bridge ended a CLI that did not exit by itself.
 */
export function settleAnswer(
  { request, parts, state, rollout }: KnownTurn,
  end: ProgramEnd,
  wasEnded: boolean,
): FinalAnswer | undefined {
  if (!state.isCompleted) return undefined;
  // A message's record contains its text; at worst every other character of it is an escape.
  const most = Math.min(MAX_ADDED_BYTES, 1_048_576 + 4 * state.content.length);
  const added = rollout.readAdded(state.threadId, most);
  addStoredCommands(state, added, request);
  if (state.refused.count > 0) request.onEvent({ kind: "refused", commands: [...state.refused.named] });
  // The rollout knows calls that no event told of.
  state.mayHaveCalled = state.commands > 0 || state.openItems.size > 0 || mayHaveCalled(added);
  const stored = readMessages(added);
  if (stored.hasLateWork) state.isMessageLast = false;
  const messages = addPhases(state.messages, stored.messages);
  const answer = chooseAnswer(messages, parts.checkAnswer !== undefined, state.redact);
  state.content = answer.content;
  state.warnings.push(...answer.warnings, ...describeEnd(state, end, wasEnded));
  const limits = findStoredLimits(added);
  if (limits !== undefined) state.warnings.push(...parts.warnOfLimits(limits));
  const { images } = request;
  const lost = images.length === 0 ? undefined : describeLostImages(rollout.readPrompt(state.threadId), images);
  if (lost !== undefined) state.warnings.push(lost);
  return answer;
}

/** Whether the model may have called anything in a turn, by what the turn has added to the rollout. Nothing is known of an empty piece. */
export function mayHaveCalled(added: string): boolean {
  return added === "" || added.includes('_call"');
}

/** The error of a turn that the bridge did not end; undefined if there is none. Can take seconds. */
export async function findEndError(
  { request, parts, state, rollout }: KnownTurn,
  end: ProgramEnd,
  answer: FinalAnswer | undefined,
): Promise<BridgeError | undefined> {
  const { launch, checkAnswer } = parts;
  if (end.spawnError !== undefined) return toSpawnError(end.spawnError, launch.file, request.frame.cwd);
  if (!state.isCompleted || state.hasFailed) {
    const readErrorInfo = () => state.errorInfo ?? findErrorInfo(rollout.readAdded(state.threadId));
    return toEndError({ end, state, request, readErrorInfo });
  }
  return (await findUnstarted(state, request.frame, launch)) ?? findMisfit(state, answer, checkAnswer, request.signal);
}

/** The error with two additions: what may have kept Codex from a connection, and what Codex left behind and could not be removed. */
export function addHints(error: BridgeError, launch: TurnLaunch, leftByCodex: readonly string[]): BridgeError {
  const hinted = error.code === "NETWORK" ? withCertificateHint(error, launch.findCertificateProblem()) : error;
  return leftByCodex.length === 0 ? hinted : hinted.with({ details: { leftByCodex } });
}

/** The report of the turn. */
export function toReport(
  turn: KnownTurn,
  inForce: FrameInForce | undefined,
  leftRunning: readonly LeftRunning[],
): TurnReport {
  const { request, parts, state, startedAt } = turn;
  return {
    threadId: state.threadId ?? request.threadId,
    content: state.content,
    sandbox: toShown(inForce?.sandbox, parts.codexHome),
    model: inForce?.model,
    reasoningEffort: inForce?.reasoningEffort,
    turnId: inForce?.turnId,
    usage: state.isCompleted ? findUsage(turn) : undefined,
    changes: [...state.changes.values()],
    commands: toCommands(state),
    refusedCommands: [...state.refused.named],
    hasWorked: state.hasItems,
    warnings: [...parts.launch.warnings, ...state.warnings],
    leftRunning,
    durationMs: parts.clock() - startedAt,
  };
}

function findUsage({ parts, state, rollout }: KnownTurn): TokenUsage | undefined {
  const { threadId, usage, usageTotal } = state;
  const own = parts.tellsRunningUsage ? rollout.toTurnUsage(threadId, usage) : usage;
  // The app server does not always tell the total before the turn.
  return own ?? rollout.toTurnUsage(threadId, usageTotal);
}
