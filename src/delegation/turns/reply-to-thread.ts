// Runs another turn of a thread, or the first turn of a thread that replaces it.
import { countOf } from "../../domain/count-of.ts";
import { BridgeError, type ErrorReport } from "../../domain/errors.ts";
import { describeWidening, isInside } from "../../domain/sandbox.ts";
import type { ThreadFrame, ThreadRecord } from "../../domain/thread.ts";
import type { TurnOutcome } from "../../domain/turn.ts";
import type { CallContext, ReplyRequest, TurnAnswer } from "../requests.ts";
import { findBaseDir } from "../threads/base-dir.ts";
import { type CallerLimit, holdToCaller } from "../threads/caller-limit.ts";
import { type FoundThread, narrowByLastTurn } from "../threads/find-thread.ts";
import { refuseAskingFullAccess } from "../threads/frame.ts";
import { requireOpen } from "../threads/isolation.ts";
import { findReplyFrames, type ReplyFrames } from "../threads/reply-frames.ts";
import type { TurnPermit } from "../threads/turn-permits.ts";
import { type Consent, findWidening, isWidening } from "../threads/widening.ts";
import { checkOutputFile, findOutputBase, type OutputScope, writeOutputFile } from "./answers/output-file.ts";
import { toCheckFrame } from "./checks/check-sandbox.ts";
import { type DelegationParts, readScope } from "./delegation-parts.ts";
import { checkDepth } from "./depth.ts";
import { checkHandoff } from "./handoff/hand-files.ts";
import { resolveImages } from "./images.ts";
import { askForWidening } from "./questions/ask-for-widening.ts";
import { composeRebuilt, describeRebuilt, isLost, offerRebuild, RETOLD_CHARACTERS } from "./rebuild.ts";
import type { CallState } from "./turn-end.ts";
import { addWarnings } from "./turn-steps.ts";

/** A reply on its way. */
interface Reply {
  readonly parts: DelegationParts;
  /** What the agent that calls may write in the thread's directory. */
  readonly limit?: CallerLimit | undefined;
  readonly request: ReplyRequest;
  readonly call: CallContext;
}

/** Continues a thread, and notes it in `state` once it is found. Throws a BridgeError if the call is refused before a turn. */
export async function replyToThread(
  parts: DelegationParts,
  request: ReplyRequest,
  call: CallContext,
  state: CallState,
): Promise<TurnOutcome<TurnAnswer>> {
  checkDepth(parts.options.readDepth(call));
  const known = await parts.find(request);
  state.threadId = known.record.threadId;
  const reply = await holdReply({ parts, request, call }, known.record);
  // Asked before the thread is taken: a person may be long, and others may want it.
  const consent = await askConsent(reply, known);
  // A call that is wrong already is refused before the wait.
  await findFrames(reply, known.record, consent);
  const { permit, found } = await takePermit(reply, state, known.record.threadId);
  try {
    const taken = await holdReply({ parts, request, call }, found.record);
    const frames = await findFrames(taken, found.record, consent);
    const run = request.resetSession === true ? restart : goOn;
    const outcome = await run(taken, found.record, frames);
    const { cwd, profile } = outcome.report;
    const kept = await writeOutputFile(outcome, request, () => readOutputScope(taken, found.record, { cwd, profile }));
    const held = isHeld(taken, found.record, frames.frame) ? [`${taken.limit?.why}, so this turn had no more.`] : [];
    return addWarnings(kept, { before: [...found.warnings, ...held], after: permit.warnings });
  } finally {
    await permit.release();
  }
}

// The reply as the agent that calls may make it in a directory: the thread's, or that of a new thread that replaces it.
async function holdReply(reply: Reply, { frame }: ThreadRecord, cwd = frame.cwd): Promise<Reply> {
  if (reply.call.caller === undefined) return reply;
  const { caller: limit } = await readScope(reply.parts, frame.own, cwd, reply.call);
  return { ...reply, limit, request: holdToCaller(reply.request, limit) };
}

// The thread is looked up again once the permit is taken: an earlier turn, here or in another bridge, may have narrowed it meanwhile, or
// given its name to another thread.
async function takePermit(
  { parts, request, call }: Reply,
  state: CallState,
  first: string,
): Promise<{ permit: TurnPermit; found: FoundThread }> {
  for (let threadId = first; ; ) {
    state.threadId = threadId;
    const permit = await parts.permits.acquire(threadId, {
      signal: call.signal,
      onWait: (ahead) => call.report(`Waiting for ${countOf(ahead, "earlier turn")} of this thread`),
      takeSlot: () => parts.takeSlot(call),
    });
    try {
      const found = await narrowByLastTurn(parts.options, await parts.find(request));
      if (found.record.threadId === threadId) return { permit, found };
      threadId = found.record.threadId;
    } catch (error) {
      await permit.release();
      throw error;
    }
    await permit.release();
  }
}

// What the thread's last turn says counts here too, or the person would be asked about another sandbox than the thread has.
async function askConsent({ parts, request, call }: Reply, found: FoundThread): Promise<Consent | undefined> {
  if (request.sandbox === undefined || call.askUser === undefined) return undefined;
  const { record } = await narrowByLastTurn(parts.options, found);
  if (!isWidening(request, record.frame)) return undefined;
  const { backend } = parts.options;
  const scope = await readScope(parts, record.frame.own, record.frame.cwd, call);
  const widening = findWidening(record.frame, request, scope, backend.capabilities);
  return widening && askForWidening({ widening, record, prompt: request.prompt }, call, parts.options);
}

async function findFrames(reply: Reply, record: ThreadRecord, consent: Consent | undefined): Promise<ReplyFrames> {
  const { parts, request, call } = reply;
  const { backend, baseDir } = parts.options;
  refuseGone(reply, record);
  const frames = await findReplyFrames(request, record, {
    readScope: (cwd) => readScope(parts, record.frame.own, cwd, call),
    findBase: () => findBaseDir(request.cwd, call, baseDir),
    consent,
  });
  refuseAskingFullAccess(frames.frame, "SANDBOX_DENIED", backend.capabilities);
  resolveImages(request, frames.frame, parts.options.proposals?.worktrees);
  checkHandoff(parts, request, request.resetSession === true ? frames.next : frames.frame);
  if (request.check !== undefined) {
    const checked = request.resetSession === true ? frames.next : (frames.kept ?? frames.frame);
    toCheckFrame(checked, await readScope(parts, record.frame.own, checked.cwd, call));
  }
  if (request.outputFile === undefined && request.overwrite !== true) return frames;
  const { cwd, permissions } = request.resetSession === true ? frames.next : frames.frame;
  checkOutputFile(request, await readOutputScope(reply, record, { cwd, profile: permissions?.name }));
  return frames;
}

// Only a call that names another directory goes on elsewhere: the thread may write, and the user's own tree was to be left alone.
function refuseGone({ parts, request }: Reply, { frame }: ThreadRecord): void {
  const worktrees = parts.options.proposals?.worktrees;
  if (worktrees === undefined || request.cwd !== undefined || !isInside(frame.cwd, worktrees.folder)) return;
  requireOpen(worktrees, frame.cwd);
}

async function readOutputScope(
  { parts, request, call }: Reply,
  { frame }: ThreadRecord,
  { cwd: own, profile }: Pick<OutputScope, "cwd" | "profile">,
): Promise<OutputScope> {
  const cwd = findOutputBase(request, own, parts.options);
  return { cwd, profile, scope: await readScope(parts, frame.own, cwd, call), rulesPath: parts.options.rulesPath };
}

async function goOn(
  reply: Reply,
  record: ThreadRecord,
  { frame, next, lost, kept: narrow }: ReplyFrames,
): Promise<TurnOutcome<TurnAnswer>> {
  const { parts, request, call } = reply;
  // Codex would not start in a directory that is gone, so it is not tried there.
  if (lost !== undefined) return rebuild(reply, record, next, lost.report);
  const { sessionId } = record;
  const kept = isForOnce(reply, record, frame) ? keepAll(record.frame, request, parts) : undefined;
  const outcome = await parts.runner.run(request, { frame, sessionId, record, kept, narrow }, call);
  if (outcome.kind !== "failed" || !isLost(outcome.error)) return outcome;
  const { hasWorked } = outcome.report;
  // Nobody has looked at what the turn has done, so its prompt is not sent again at once.
  // A person who allowed more for a thread did not allow it for another one.
  const wasAllowed = request.sandbox !== undefined && isWidening(request, record.frame);
  const mayRebuild = request.onLostThread === "rebuild" && !hasWorked && !wasAllowed;
  if (mayRebuild) return rebuild(reply, record, next, outcome.error);
  return { ...outcome, error: offerRebuild(outcome.error, hasWorked) };
}

// A turn that is narrower without being asked leaves its thread as it is: it changes nothing, or the agent that calls has less than the thread.
function isForOnce(reply: Reply, record: ThreadRecord, frame: ThreadFrame): boolean {
  const { request } = reply;
  // Where the thread has this frame already, there is nothing to keep: its record need not be replaced before the turn and after it.
  const isSame = JSON.stringify(frame) === JSON.stringify(record.frame);
  return !isSame && request.sandbox === undefined && (request.readsOnly === true || isHeld(reply, record, frame));
}

function isHeld({ limit }: Reply, record: ThreadRecord, frame: ThreadFrame): boolean {
  return limit !== undefined && describeWidening(record.frame.sandbox, frame.sandbox).length > 0;
}

function keepAll(frame: ThreadFrame, { timeoutMs }: ReplyRequest, { options }: DelegationParts) {
  return { frame, mostMs: timeoutMs ?? options.turnTimeoutMs };
}

async function rebuild(
  reply: Reply,
  record: ThreadRecord,
  frame: ThreadFrame,
  cause: ErrorReport,
): Promise<TurnOutcome<TurnAnswer>> {
  const { parts, request, call } = await holdReply(reply, record, frame.cwd);
  const { sessionId, threadId, title } = record;
  const messages = await parts.options.backend.readConversation(threadId, RETOLD_CHARACTERS);
  const rebuilt = { ...request, prompt: composeRebuilt(request.prompt, messages) };
  const fresh = { frame, sessionId, record: undefined, title, replaces: record };
  const outcome = await parts.runner.run(rebuilt, fresh, call);
  return addWarnings(outcome, { before: [describeRebuilt(threadId, cause, messages)] });
}

// The old thread keeps its frame; it loses its name once the new thread has it.
async function restart(reply: Reply, record: ThreadRecord, { next }: ReplyFrames): Promise<TurnOutcome<TurnAnswer>> {
  const { parts, request, call } = await holdReply(reply, record, next.cwd);
  const { sessionId } = request;
  if (sessionId === undefined) {
    const message = "resetSession needs a sessionId: it starts a new thread under the same name.";
    throw new BridgeError("INVALID_ARGUMENT", message);
  }
  return parts.runner.run(request, { frame: next, sessionId, record: undefined, replaces: record }, call);
}
