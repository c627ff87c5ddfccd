// Builds the frame of a new thread, and the frame of a reply. A reply may change the model and the effort, and may narrow the sandbox but never
// widen it.
import type { BackendCapabilities, CheckedConfig } from "../../agents/agent-backend.ts";
import { BridgeError } from "../../domain/errors.ts";
import { mergeArgument } from "../../domain/merge-argument.ts";
import {
  describeWidening,
  intersectPolicies,
  isWiderMode,
  READ_ONLY,
  type SandboxMode,
  type SandboxPolicy,
} from "../../domain/sandbox.ts";
import type { ThreadFrame } from "../../domain/thread.ts";
import { isRealPath } from "../../files/real-path.ts";
import type { ReplyRequest, StartRequest } from "../requests.ts";
import { narrowToCaller } from "./caller-limit.ts";
import { checkRoots, checkStoredDirectory, checkStoredRoot, isInsideRoots, resolveDirectory } from "./directories.ts";
import { checkSandbox, findCap, narrowPolicy, toNarrower, toPolicy } from "./frame-sandbox.ts";
import { type FrameScope, toDirectoryScope } from "./frame-scope.ts";
import {
  type FramePermissions,
  holdLater,
  holdProfile,
  holdReadOnly,
  narrowHeld,
  refuseBesideProfile,
  refuseExposed,
  refuseOtherProfile,
} from "./permissions.ts";
import { guardAreas, refuseWideDefault } from "./writable-areas.ts";

/** Builds the frame of a new thread. `config` is the request's part for the backend, already checked. Throws INVALID_ARGUMENT or SANDBOX_DENIED. */
export function buildFrame(request: StartRequest, config: CheckedConfig, scope: FrameScope): ThreadFrame {
  const asked = mergeArgument("sandbox", request.sandbox, config.sandboxMode);
  const cwd = resolveDirectory("cwd", request.cwd ?? ".", toDirectoryScope(scope));
  const held =
    request.readsOnly === true
      ? toReadOnlyPermissions(undefined, scope)
      : toPermissions({ asked, wish: request.sandboxWish }, config, cwd, scope);
  const policy = checkSandbox(holdWithin(held, request.within), scope);
  const isWish = asked === undefined && request.sandboxWish !== undefined;
  const guard = isWish && held.permissions === undefined ? guardWish : guardStart;
  return {
    cwd,
    ...keepWhole(held, narrowToCaller(guard(request, cwd, policy, scope), scope.caller)),
    approvalPolicy:
      mergeArgument("approval-policy", request.approvalPolicy, config.approvalPolicy) ?? scope.usualApproval ?? "never",
    model: mergeArgument("model", request.model, config.model),
    reasoningEffort: mergeArgument("reasoningEffort", request.reasoningEffort, config.reasoningEffort),
    developerInstructions: mergeArgument(
      "developer-instructions",
      request.developerInstructions,
      config.developerInstructions,
    ),
    own: config.own,
    backend: scope.backend,
  };
}

/**
 * Builds the frame for a thread's next turns. Pass another `cwd` for a new thread that replaces this one: it keeps the writable roots that
 * still exist. Throws SANDBOX_WIDENING, SANDBOX_DENIED, or INVALID_ARGUMENT if the directory is gone.
 */
export function narrowFrame(
  stored: ThreadFrame,
  request: ReplyRequest,
  scope: FrameScope,
  cwd = stored.cwd,
): ThreadFrame {
  const frame = cwd === stored.cwd ? stored : moveFrame(stored, cwd, scope);
  checkStoredDirectory("The thread's directory", cwd);
  checkRoots("The thread's directory", cwd, scope.limits.roots);
  const asked = request.sandbox ?? toNarrower(request.sandboxWish, frame.sandbox.mode) ?? findLower(frame, scope);
  const held =
    request.readsOnly === true ? toReadOnlyPermissions(frame, scope) : narrowPermissions(frame, asked, scope);
  const policy = checkSandbox(held.sandbox, scope);
  if (policy.mode === "workspace-write") policy.writableRoots.forEach(checkStoredRoot);
  if (cwd !== stored.cwd && request.cwd === undefined) refuseWideDefault(cwd, policy, scope);
  return {
    ...frame,
    ...keepWhole(held, narrowToCaller(guardAreas(cwd, policy, scope), scope.caller)),
    model: request.model ?? frame.model,
    reasoningEffort: request.reasoningEffort ?? frame.reasoningEffort,
    backend: scope.backend,
  };
}

// A thread that has more than the agent that calls now is narrowed.
function findLower({ sandbox }: ThreadFrame, { caller }: FrameScope): SandboxMode | undefined {
  const { mode = "danger-full-access" } = caller?.policy ?? {};
  return isWiderMode(sandbox.mode, mode) ? mode : undefined;
}

function moveFrame(frame: ThreadFrame, cwd: string, { limits }: FrameScope): ThreadFrame {
  const roots = frame.sandbox.writableRoots.filter((root) => isRealPath(root) && isInsideRoots(root, limits.roots));
  return { ...frame, cwd, sandbox: { ...frame.sandbox, writableRoots: roots } };
}

function toPermissions(
  { asked, wish }: { readonly asked: SandboxMode | undefined; readonly wish: SandboxMode | undefined },
  config: CheckedConfig,
  cwd: string,
  scope: FrameScope,
): FramePermissions {
  const { profile, sandboxMode, ownProfile } = scope.defaults;
  if (ownProfile !== undefined && ownProfile !== profile?.name) throw refuseOtherProfile(ownProfile);
  const narrowed = toNarrower(wish, findCap(scope));
  if (profile === undefined) {
    // What the user usually allows is lowered for a calling agent, not refused.
    const usual = toNarrower(sandboxMode, scope.caller?.policy.mode ?? "danger-full-access");
    return { sandbox: toPolicy(asked ?? narrowed ?? usual ?? "read-only", config, cwd, scope) };
  }
  const { networkAccess, writableRoots, excludeSlashTmp, excludeTmpdir } = config;
  const settings = [networkAccess, writableRoots, excludeSlashTmp, excludeTmpdir];
  if (settings.some((value) => value !== undefined)) throw refuseBesideProfile(profile.name);
  // A wish for more than the profile gives is lowered, not refused.
  return holdProfile(profile, asked ?? (narrowed === "read-only" ? narrowed : undefined));
}

function narrowPermissions(frame: ThreadFrame, asked: SandboxMode | undefined, scope: FrameScope): FramePermissions {
  const { profile } = scope.defaults;
  if (frame.permissions?.name !== undefined) return narrowHeld(frame, asked);
  const { permissions } = frame;
  const sandbox = narrowPolicy(frame.sandbox, asked, scope);
  if (profile === undefined) return { sandbox, permissions };
  const held = holdLater({ ...frame, sandbox }, profile);
  return { ...held, permissions: { isReadOnly: false, ...held.permissions, rules: permissions?.rules } };
}

function toReadOnlyPermissions(frame: ThreadFrame | undefined, { defaults }: FrameScope): FramePermissions {
  const { profile, ownProfile } = defaults;
  const isOther = frame === undefined && ownProfile !== undefined && ownProfile !== profile?.name;
  if (isOther) throw refuseOtherProfile(ownProfile);
  return holdReadOnly(frame?.permissions, profile);
}

// The guard may have to take a temporary folder away. A sandbox mode allows that, a profile does not.
function keepWhole({ sandbox, permissions }: FramePermissions, guarded: SandboxPolicy): FramePermissions {
  if (permissions?.name !== undefined && describeWidening(sandbox, guarded).length > 0)
    throw refuseExposed(permissions.name);
  return { sandbox: guarded, permissions };
}

// A profile cannot be narrowed by its parts.
function holdWithin({ sandbox, permissions }: FramePermissions, limit: SandboxPolicy | undefined): SandboxPolicy {
  if (limit === undefined || describeWidening(sandbox, limit).length === 0) return sandbox;
  if (permissions?.name === undefined) return intersectPolicies(sandbox, limit);
  throw new BridgeError(
    "SANDBOX_DENIED",
    `The permission profile ${permissions.name} allows more than the sandbox of the agent whose task this is.`,
  );
}

function guardStart(request: StartRequest, cwd: string, policy: SandboxPolicy, scope: FrameScope): SandboxPolicy {
  if (request.cwd === undefined) refuseWideDefault(cwd, policy, scope);
  return guardAreas(cwd, policy, scope);
}

// The sandbox that a rule wishes for is lowered if it is not possible, never refused.
function guardWish(request: StartRequest, cwd: string, policy: SandboxPolicy, scope: FrameScope): SandboxPolicy {
  try {
    return guardStart(request, cwd, policy, scope);
  } catch (error) {
    if (error instanceof BridgeError) return READ_ONLY;
    throw error;
  }
}

/**
 * Refuses full access with an approval policy that would have everything run unasked: any that asks, if the backend cannot ask, and all but
 * `untrusted` anyway, since the others ask only once a sandbox is in the way. Throws `code`.
 */
export function refuseAskingFullAccess(
  frame: ThreadFrame,
  code: "INVALID_ARGUMENT" | "SANDBOX_DENIED",
  capabilities: BackendCapabilities,
): void {
  if (frame.sandbox.mode !== "danger-full-access" || frame.approvalPolicy === "never") return;
  if (capabilities.canAsk && frame.approvalPolicy === "untrusted") return;
  throw new BridgeError(
    code,
    `danger-full-access with approval-policy ${frame.approvalPolicy} would run every command without asking.`,
    {
      nextStep:
        "Use a narrower sandbox. Use approval-policy never only if the user wants unlimited access without questions.",
    },
  );
}
