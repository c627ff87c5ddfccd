// Builds the sandbox policy of a frame from the call and the user's config, narrows it for replies, and checks it against the user's limits.
import { join, relative } from "node:path";
import type { ConfigArguments } from "../../agents/agent-backend.ts";
import { BridgeError } from "../../domain/errors.ts";
import {
  FULL_ACCESS,
  isInside,
  isWiderMode,
  READ_ONLY,
  type SandboxMode,
  type SandboxPolicy,
} from "../../domain/sandbox.ts";
import { findRealPath, resolveRealPath } from "../../files/real-path.ts";
import { findReadBase } from "./call-paths.ts";
import { toCallerDenied } from "./caller-limit.ts";
import { checkRoots, isInsideRoots, resolveDirectory } from "./directories.ts";
import { type FrameScope, toDirectoryScope } from "./frame-scope.ts";
import { dropExposingRoots } from "./writable-areas.ts";

/** The settings of a call for workspace-write. What it leaves open is as in the user's config. */
export type SandboxArguments = Partial<
  Pick<ConfigArguments, "networkAccess" | "writableRoots" | "excludeSlashTmp" | "excludeTmpdir">
>;

/** The policy of a new thread. Throws INVALID_ARGUMENT or SANDBOX_DENIED for a writable root that is not a directory or not allowed. */
export function toPolicy(mode: SandboxMode, config: SandboxArguments, cwd: string, scope: FrameScope): SandboxPolicy {
  if (mode === "read-only") return READ_ONLY;
  if (mode === "danger-full-access") return FULL_ACCESS;
  const own = toOwnPolicy(scope);
  const roots = config.writableRoots?.map((root) => resolveRoot(root, cwd, scope));
  return {
    mode,
    networkAccess: config.networkAccess ?? own.networkAccess,
    writableRoots: roots ?? own.writableRoots,
    excludeSlashTmp: config.excludeSlashTmp ?? own.excludeSlashTmp,
    excludeTmpdir: config.excludeTmpdir ?? own.excludeTmpdir,
  };
}

// A folder of the tree that a worktree was made from is that of the worktree: the user's own tree is to be left alone.
function resolveRoot(root: string, cwd: string, scope: FrameScope): string {
  const { proposal } = scope;
  const base = findReadBase(root, cwd, proposal);
  const path = resolveDirectory("writable root", root, { ...toDirectoryScope(scope), base });
  if (proposal === undefined || isInside(path, proposal.worktree)) return path;
  // Git's own folder has no other one there, and is refused.
  if (!isInside(path, proposal.top) || isInside(path, proposal.commonDir)) return path;
  const there = findRealPath(join(proposal.worktree, relative(proposal.top, path)));
  if (there !== undefined && isInside(there, proposal.worktree)) return there;
  throw new BridgeError("INVALID_ARGUMENT", `writable root ${JSON.stringify(root)} is not in the thread's worktree.`, {
    nextStep: "Name a folder that git knows, or leave it out: the thread's directory can be written in any case.",
  });
}

/** The policy for a thread's next turns, narrowed to `mode`. Throws SANDBOX_WIDENING if `mode` is wider than the policy. */
export function narrowPolicy(policy: SandboxPolicy, mode: SandboxMode | undefined, scope: FrameScope): SandboxPolicy {
  if (mode === undefined || mode === policy.mode) return policy;
  if (isWiderMode(mode, policy.mode)) {
    throw new BridgeError(
      "SANDBOX_WIDENING",
      `The thread runs with sandbox ${policy.mode}; a reply cannot widen it to ${mode}.`,
    );
  }
  return mode === "read-only" ? READ_ONLY : toOwnPolicy(scope);
}

/** Lowers the wish for a mode to `limit`. */
export function toNarrower(wish: SandboxMode | undefined, limit: SandboxMode): SandboxMode | undefined {
  return wish !== undefined && isWiderMode(wish, limit) ? limit : wish;
}

/** The widest mode that the user allows, and the calling agent has. */
export function findCap(scope: FrameScope): SandboxMode {
  const own = findUserCap(scope);
  return toNarrower(scope.caller?.policy.mode, own) ?? own;
}

function findUserCap({ limits, defaults }: FrameScope): SandboxMode {
  const own = defaults.capMode ?? "read-only";
  return limits.maxSandbox ?? (isWiderMode(own, "workspace-write") ? own : "workspace-write");
}

/**
 * Checks a policy against the user's limits and returns it. Throws SANDBOX_DENIED. The cap applies to every call, also to one on an older
 * thread. Network access is the user's choice: below the cap `danger-full-access` only the user's config.toml can give it.
 */
export function checkSandbox(policy: SandboxPolicy, scope: FrameScope): SandboxPolicy {
  const { roots } = scope.limits;
  const { caller } = scope;
  if (caller !== undefined && isWiderMode(policy.mode, caller.policy.mode)) {
    throw toCallerDenied(caller, `a turn cannot have ${policy.mode}`);
  }
  const cap = findUserCap(scope);
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
      "The sandbox would have network access, which the user's Codex config does not allow.",
      {
        nextStep:
          "Work without network access. Only the user can allow it, with `network_access = true` under `[sandbox_workspace_write]` in config.toml.",
      },
    );
  }
  return policy;
}

// The user's own settings for workspace-write, with links resolved. Roots outside BRIDGE_ROOTS are left out, and so are roots that contain
// the bridge's state folder or Codex's home.
function toOwnPolicy(scope: FrameScope): SandboxPolicy {
  const own = scope.defaults.workspaceWrite;
  const roots = own.writableRoots.map((root) => resolveRealPath(root));
  const inside = roots.filter((root) => isInsideRoots(root, scope.limits.roots));
  return { ...own, writableRoots: [...new Set(dropExposingRoots(inside, scope))] };
}
