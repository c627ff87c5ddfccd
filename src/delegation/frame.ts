// The frame of a new thread, and what a reply may change of it. The frame never widens.
import type { BackendCapabilities, BackendDefaults } from "../agents/agent-backend.ts";
import { splitConfig } from "../agents/codex/config-keys.ts";
import { BridgeError } from "../domain/errors.ts";
import {
  describeWidening,
  FULL_ACCESS,
  isWiderMode,
  READ_ONLY,
  type SandboxMode,
  type SandboxPolicy,
} from "../domain/sandbox.ts";
import type { ThreadFrame, ThreadLimits } from "../domain/thread.ts";
import { isRealPath, resolveRealPath } from "../files/real-path.ts";
import { type ConfigArguments, mergeArgument, readConfigArguments } from "./config-arguments.ts";
import {
  checkRoots,
  checkStoredDirectory,
  checkStoredRoot,
  type DirectoryScope,
  isInsideRoots,
  resolveDirectory,
} from "./directories.ts";
import {
  type FramePermissions,
  holdLater,
  holdProfile,
  narrowHeld,
  refuseBesideProfile,
  refuseExposed,
  refuseOtherProfile,
} from "./permissions.ts";
import type { ReplyRequest, StartRequest } from "./requests.ts";
import { type AreaScope, dropExposingRoots, guardAreas, refuseWideDefault } from "./writable-areas.ts";

/** What a frame is judged by. */
export interface FrameScope extends AreaScope {
  readonly limits: ThreadLimits;
  readonly defaults: BackendDefaults;
  /** Permission profile in force where the caller names no profile of its own choice. */
  readonly ownProfile: string | undefined;
  /** Relative paths start there: the client's first root, else the directory of the bridge. */
  readonly baseDir: string;
  readonly backend: string;
}

/** Frame of a new thread. Throws INVALID_ARGUMENT, CONFIG_DENIED or SANDBOX_DENIED. */
export function buildFrame(request: StartRequest, scope: FrameScope): ThreadFrame {
  const { overrides, asArguments } = splitConfig(request.config ?? {}, scope.limits.allowConfig);
  const config = readConfigArguments(asArguments);
  const asked = mergeArgument("sandbox", request.sandbox, config.sandboxMode);
  const cwd = resolveDirectory("cwd", request.cwd ?? ".", toDirectoryScope(scope));
  const held = toPermissions({ asked, wish: request.sandboxWish }, config, cwd, scope);
  const policy = checkSandbox(held.sandbox, scope);
  const isWish = asked === undefined && request.sandboxWish !== undefined;
  const guard = isWish && held.permissions === undefined ? guardWish : guardStart;
  return {
    cwd,
    ...keepWhole(held, guard(request, cwd, policy, scope)),
    approvalPolicy: mergeArgument("approval-policy", request.approvalPolicy, config.approvalPolicy) ?? "never",
    model: mergeArgument("model", request.model, config.model),
    reasoningEffort: mergeArgument("reasoningEffort", request.reasoningEffort, config.reasoningEffort),
    developerInstructions: mergeArgument(
      "developer-instructions",
      request.developerInstructions,
      config.developerInstructions,
    ),
    baseInstructions: request.baseInstructions,
    compactPrompt: mergeArgument("compact-prompt", request.compactPrompt, config.compactPrompt),
    profile: request.profile,
    config: overrides,
    backend: scope.backend,
  };
}

/**
 * Frame for a thread's next turns: model and effort may change, the sandbox may only narrow. Another `cwd` is that of a new thread in
 * its place, which keeps the writable roots that are still there. Throws SANDBOX_WIDENING or SANDBOX_DENIED.
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
  const asked = request.sandbox ?? toNarrower(request.sandboxWish, frame.sandbox.mode);
  const held = narrowPermissions(frame, asked, scope);
  const policy = checkSandbox(held.sandbox, scope);
  if (policy.mode === "workspace-write") policy.writableRoots.forEach(checkStoredRoot);
  if (cwd !== stored.cwd && request.cwd === undefined) refuseWideDefault(cwd, policy, scope);
  return {
    ...frame,
    ...keepWhole(held, guardAreas(cwd, policy, scope)),
    model: request.model ?? frame.model,
    reasoningEffort: request.reasoningEffort ?? frame.reasoningEffort,
  };
}

function moveFrame(frame: ThreadFrame, cwd: string, { limits }: FrameScope): ThreadFrame {
  const roots = frame.sandbox.writableRoots.filter((root) => isRealPath(root) && isInsideRoots(root, limits.roots));
  return { ...frame, cwd, sandbox: { ...frame.sandbox, writableRoots: roots } };
}

function toPermissions(
  { asked, wish }: { readonly asked: SandboxMode | undefined; readonly wish: SandboxMode | undefined },
  config: ConfigArguments,
  cwd: string,
  scope: FrameScope,
): FramePermissions {
  const { profile, sandboxMode } = scope.defaults;
  const { ownProfile } = scope;
  if (ownProfile !== undefined && ownProfile !== profile?.name) throw refuseOtherProfile(ownProfile);
  const narrowed = toNarrower(wish, findCap(scope));
  if (profile === undefined) {
    return { sandbox: toPolicy(asked ?? narrowed ?? sandboxMode ?? "read-only", config, cwd, scope) };
  }
  const { networkAccess, writableRoots, excludeSlashTmp, excludeTmpdir } = config;
  const settings = [networkAccess, writableRoots, excludeSlashTmp, excludeTmpdir];
  if (settings.some((value) => value !== undefined)) throw refuseBesideProfile(profile.name);
  // A wish for more than the profile gives is no reason to refuse.
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

// A temporary folder can be taken away from a sandbox mode, not from a profile.
function keepWhole({ sandbox, permissions }: FramePermissions, guarded: SandboxPolicy): FramePermissions {
  if (permissions?.name !== undefined && describeWidening(sandbox, guarded).length > 0)
    throw refuseExposed(permissions.name);
  return { sandbox: guarded, permissions };
}

function narrowPolicy(policy: SandboxPolicy, mode: SandboxMode | undefined, scope: FrameScope): SandboxPolicy {
  if (mode === undefined || mode === policy.mode) return policy;
  if (isWiderMode(mode, policy.mode)) {
    throw new BridgeError(
      "SANDBOX_WIDENING",
      `The thread runs with sandbox ${policy.mode}; a reply cannot widen it to ${mode}.`,
    );
  }
  return mode === "read-only" ? READ_ONLY : toOwnPolicy(scope);
}

function toPolicy(mode: SandboxMode, config: ConfigArguments, cwd: string, scope: FrameScope): SandboxPolicy {
  if (mode === "read-only") return READ_ONLY;
  if (mode === "danger-full-access") return FULL_ACCESS;
  const own = toOwnPolicy(scope);
  const base = { ...toDirectoryScope(scope), base: cwd };
  const roots = config.writableRoots?.map((root) => resolveDirectory("writable root", root, base));
  return {
    mode,
    networkAccess: config.networkAccess ?? own.networkAccess,
    writableRoots: roots ?? own.writableRoots,
    excludeSlashTmp: config.excludeSlashTmp ?? own.excludeSlashTmp,
    excludeTmpdir: config.excludeTmpdir ?? own.excludeTmpdir,
  };
}

// What the user's own config gives to workspace-write, links resolved, less the roots that BRIDGE_ROOTS leaves out and those that
// hold what bounds the turn.
function toOwnPolicy(scope: FrameScope): SandboxPolicy {
  const own = scope.defaults.workspaceWrite;
  const roots = own.writableRoots.map((root) => resolveRealPath(root));
  const inside = roots.filter((root) => isInsideRoots(root, scope.limits.roots));
  return { ...own, writableRoots: [...new Set(dropExposingRoots(inside, scope))] };
}

function toDirectoryScope({ baseDir, home, limits }: FrameScope): DirectoryScope {
  return { base: baseDir, home, roots: limits.roots };
}

function guardStart(request: StartRequest, cwd: string, policy: SandboxPolicy, scope: FrameScope): SandboxPolicy {
  if (request.cwd === undefined) refuseWideDefault(cwd, policy, scope);
  return guardAreas(cwd, policy, scope);
}

// A rule's wish is lowered where it cannot be had, never refused.
function guardWish(request: StartRequest, cwd: string, policy: SandboxPolicy, scope: FrameScope): SandboxPolicy {
  try {
    return guardStart(request, cwd, policy, scope);
  } catch (error) {
    if (error instanceof BridgeError) return READ_ONLY;
    throw error;
  }
}

function toNarrower(wish: SandboxMode | undefined, limit: SandboxMode): SandboxMode | undefined {
  return wish !== undefined && isWiderMode(wish, limit) ? limit : wish;
}

function findCap({ limits, defaults }: FrameScope): SandboxMode {
  const own = defaults.capMode ?? "read-only";
  return limits.maxSandbox ?? (isWiderMode(own, "workspace-write") ? own : "workspace-write");
}

// The cap holds for every call, those on older threads too. Network stays the user's own choice: within the cap
// `workspace-write` it is there only if the user's config.toml gives it.
function checkSandbox(policy: SandboxPolicy, scope: FrameScope): SandboxPolicy {
  const { roots } = scope.limits;
  const cap = findCap(scope);
  if (isWiderMode(policy.mode, cap)) {
    throw new BridgeError(
      "SANDBOX_DENIED",
      `sandbox ${policy.mode} is above the user's limit ${cap} (BRIDGE_MAX_SANDBOX).`,
    );
  }
  if (policy.mode !== "workspace-write") return policy;
  for (const root of policy.writableRoots) checkRoots("writable root", root, roots);
  if (cap === "danger-full-access") return policy;
  if (policy.networkAccess && !scope.defaults.capNetwork) {
    throw new BridgeError(
      "SANDBOX_DENIED",
      "The sandbox has network access, which the user's Codex config does not give.",
      {
        nextStep:
          "Work without network; only the user can allow it: `network_access = true` under `[sandbox_workspace_write]` in config.toml.",
      },
    );
  }
  return policy;
}

/** Refuses full access to a backend that cannot ask, where asking is what was wanted. Throws `code`. */
export function refuseAskingFullAccess(
  frame: ThreadFrame,
  code: "INVALID_ARGUMENT" | "SANDBOX_DENIED",
  capabilities: BackendCapabilities,
): void {
  if (capabilities.canAskApproval) return;
  if (frame.sandbox.mode !== "danger-full-access" || frame.approvalPolicy === "never") return;
  throw new BridgeError(
    code,
    `danger-full-access with approval-policy ${frame.approvalPolicy} would run everything without asking.`,
    {
      nextStep:
        "Use a narrower sandbox, or approval-policy never if the user wants unlimited access without questions.",
    },
  );
}
