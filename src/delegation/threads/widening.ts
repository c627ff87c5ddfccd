// A wider sandbox for a thread that has begun. Only a person can allow it, within the user's limit, and never under a permission profile.
import type { BackendCapabilities } from "../../agents/agent-backend.ts";
import { BridgeError } from "../../domain/errors.ts";
import { describeWidening, isWiderMode, type SandboxPolicy } from "../../domain/sandbox.ts";
import type { ThreadFrame } from "../../domain/thread.ts";
import type { ReplyRequest } from "../requests.ts";
import { narrowToCaller } from "./caller-limit.ts";
import { checkStoredRoot } from "./directories.ts";
import { narrowFrame, refuseAskingFullAccess } from "./frame.ts";
import { checkSandbox, toPolicy } from "./frame-sandbox.ts";
import type { FrameScope } from "./frame-scope.ts";
import { guardAreas, refuseWideDefault } from "./writable-areas.ts";

/** What a reply asks for beyond its thread's sandbox. */
export interface Widening {
  readonly from: SandboxPolicy;
  readonly to: SandboxPolicy;
}

/** A person's yes. It holds for this widening alone: from exactly this sandbox, to no more than that one. */
export interface Consent extends Widening {
  /** `turn`: the thread keeps its sandbox. */
  readonly scope: "turn" | "thread";
}

/** The frames of a turn that a person has allowed to be wider. */
export interface WideFrames {
  readonly frame: ThreadFrame;
  /** The frame that the thread keeps; undefined if that is the turn's own. */
  readonly kept: ThreadFrame | undefined;
}

/** Whether a reply asks for more than its thread has. */
export function isWidening({ sandbox }: ReplyRequest, { sandbox: held }: ThreadFrame): boolean {
  return sandbox !== undefined && isWiderMode(sandbox, held.mode);
}

/** The widening that a person could be asked for; undefined if the reply asks for none, or for one that nobody may allow. */
export function findWidening(
  frame: ThreadFrame,
  request: ReplyRequest,
  scope: FrameScope,
  capabilities: BackendCapabilities,
): Widening | undefined {
  // A new thread that replaces this one is another thread; a turn that changes nothing needs nothing.
  if (!isWidening(request, frame) || request.resetSession === true || request.readsOnly === true) return undefined;
  try {
    const wide = buildWide(frame, request, scope);
    refuseAskingFullAccess(wide, "SANDBOX_DENIED", capabilities);
    return { from: frame.sandbox, to: wide.sandbox };
  } catch (error) {
    if (error instanceof BridgeError) return undefined;
    throw error;
  }
}

/**
 * The frames of the turn. Everything is judged again, since the thread, the user's config and the limits may have changed while the person
 * was asked. Throws SANDBOX_WIDENING if the consent does not cover what would run now, and what `narrowFrame` throws.
 */
export function widenFrame(
  stored: ThreadFrame,
  request: ReplyRequest,
  scope: FrameScope,
  { from, to, scope: until }: Consent,
): WideFrames {
  const frame = buildWide(stored, request, scope);
  const isSame = isAtMost(stored.sandbox, from) && isAtMost(from, stored.sandbox) && isAtMost(frame.sandbox, to);
  if (!isSame) {
    const message = "The thread's sandbox or the user's limits have changed since the user was asked.";
    throw new BridgeError("SANDBOX_WIDENING", message, { nextStep: "Call again; the user is then asked anew." });
  }
  return { frame, kept: until === "turn" ? narrowFrame(stored, withoutSandbox(request), scope) : undefined };
}

function isAtMost(policy: SandboxPolicy, limit: SandboxPolicy): boolean {
  return describeWidening(policy, limit).length === 0;
}

function withoutSandbox(request: ReplyRequest): ReplyRequest {
  return { ...request, sandbox: undefined };
}

function buildWide(stored: ThreadFrame, request: ReplyRequest, scope: FrameScope): ThreadFrame {
  const { sandbox: mode } = request;
  const { profile, ownProfile } = scope.defaults;
  const isProfiled = stored.permissions?.name !== undefined || profile !== undefined || ownProfile !== undefined;
  // It refuses a wider mode.
  if (mode === undefined || isProfiled) return narrowFrame(stored, request, scope);
  const frame = narrowFrame(stored, withoutSandbox(request), scope);
  const { cwd } = frame;
  const policy = checkSandbox(toPolicy(mode, {}, cwd, scope), scope);
  policy.writableRoots.forEach(checkStoredRoot);
  refuseWideDefault(cwd, policy, scope);
  return { ...frame, sandbox: narrowToCaller(guardAreas(cwd, policy, scope), scope.caller) };
}
