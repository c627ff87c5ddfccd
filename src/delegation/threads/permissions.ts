// The user's permission profile in a thread's frame. Codex is given the profile's name, not a sandbox mode: a mode would drop what the profile
// denies.
import type { DefaultProfile } from "../../agents/agent-backend.ts";
import { BridgeError } from "../../domain/errors.ts";
import type { HeldProfile } from "../../domain/permissions.ts";
import { FULL_ACCESS, isWiderMode, READ_ONLY, type SandboxMode, type SandboxPolicy } from "../../domain/sandbox.ts";
import type { ThreadFrame } from "../../domain/thread.ts";
import { resolveRealPath } from "../../files/real-path.ts";

/** The parts of a frame that limit what its turns may do. */
export type FramePermissions = Pick<ThreadFrame, "sandbox" | "permissions">;

/** The permissions of a new thread under the profile, with at most the mode `asked`. Throws SANDBOX_DENIED for a mode that the profile does not give. */
export function holdProfile(profile: DefaultProfile, asked: SandboxMode | undefined): FramePermissions {
  const { name, mode } = profile;
  if (asked === undefined || asked === mode) {
    return { sandbox: toPolicy(profile), permissions: { name, isReadOnly: false } };
  }
  if (asked === "read-only" && !profile.isManaged) {
    return { sandbox: READ_ONLY, permissions: { name, isReadOnly: true } };
  }
  const verb = isWiderMode(asked, mode) ? "gives only" : "gives";
  throw denied(`The user's permission profile ${JSON.stringify(name)} ${verb} ${mode}, not sandbox ${asked}.`);
}

/** The permissions of a thread that started before the user chose the profile: what both the thread and the profile allow. */
export function holdLater({ sandbox }: ThreadFrame, profile: DefaultProfile): FramePermissions {
  const held = holdProfile(profile, isWiderMode(profile.mode, sandbox.mode) ? sandbox.mode : undefined);
  return { ...held, sandbox: isWiderMode(sandbox.mode, held.sandbox.mode) ? held.sandbox : sandbox };
}

/** Narrows a thread under a profile to a mode. Throws SANDBOX_WIDENING or SANDBOX_DENIED. */
export function narrowHeld({ sandbox, permissions }: ThreadFrame, asked: SandboxMode | undefined): FramePermissions {
  if (permissions === undefined || asked === undefined || asked === sandbox.mode) return { sandbox, permissions };
  const name = JSON.stringify(permissions.name);
  if (isWiderMode(asked, sandbox.mode)) {
    const message = `The thread runs with ${sandbox.mode} under permission profile ${name}; a reply cannot widen it to ${asked}.`;
    throw new BridgeError("SANDBOX_WIDENING", message);
  }
  if (asked === "read-only") return { sandbox: READ_ONLY, permissions: { ...permissions, isReadOnly: true } };
  throw denied(`The thread runs under permission profile ${name}, which is not sandbox ${asked}.`);
}

/**
 * The permissions of a turn that must not change anything. `held` is the thread's own profile, `profile` the one that the user's config
 * chooses now. Throws SANDBOX_DENIED for an administrator's profile that allows more than reading, since it cannot be narrowed.
 */
export function holdReadOnly(held: HeldProfile | undefined, profile: DefaultProfile | undefined): FramePermissions {
  const name = held?.name ?? profile?.name;
  if (name === undefined) return { sandbox: READ_ONLY, permissions: held };
  if (profile?.isManaged !== true) return { sandbox: READ_ONLY, permissions: { ...held, name, isReadOnly: true } };
  if (profile.mode === "read-only" && !profile.networkAccess)
    return { sandbox: READ_ONLY, permissions: { ...held, name, isReadOnly: false } };
  throw new BridgeError(
    "SANDBOX_DENIED",
    `The machine's permission profile ${JSON.stringify(name)} allows more than reading and cannot be narrowed.`,
    { nextStep: "Ask with codex or codex-reply instead. Their turns may run under that profile." },
  );
}

/** The error for settings of a sandbox mode beside a profile: Codex would ignore them. */
export function refuseBesideProfile(name: string): BridgeError {
  return denied(
    `\`config\` sets sandbox_workspace_write, but the user's permission profile ${JSON.stringify(name)} applies instead.`,
  );
}

/** The error for a profile that can write a folder that contains the bridge's state folder or Codex's home. */
export function refuseExposed(name: string): BridgeError {
  const message = `The user's permission profile ${JSON.stringify(name)} can write what this call may not: a temporary folder with the bridge's state folder or Codex's home, or more than the calling agent has.`;
  return new BridgeError("SANDBOX_DENIED", message, {
    nextStep: "Use sandbox read-only; the user can move that folder (BRIDGE_STATE_DIR, CODEX_HOME).",
  });
}

/** The error for a profile file of the caller that would replace the user's own permission profile. */
export function refuseOtherProfile(own: string): BridgeError {
  return denied(`\`profile\` would replace the user's permission profile ${JSON.stringify(own)} with another one.`);
}

function denied(message: string): BridgeError {
  return new BridgeError("SANDBOX_DENIED", message, {
    nextStep:
      "Leave `sandbox` and these settings out; the thread then runs under the profile. Only the user can change the profile, in Codex's config.toml.",
  });
}

function toPolicy({ mode, networkAccess, writableRoots, ...tmp }: DefaultProfile): SandboxPolicy {
  if (mode === "danger-full-access") return FULL_ACCESS;
  if (mode === "read-only") return { ...READ_ONLY, networkAccess };
  const { excludeSlashTmp, excludeTmpdir } = tmp;
  const roots = [...new Set(writableRoots.map((root) => resolveRealPath(root)))];
  return { mode, networkAccess, writableRoots: roots, excludeSlashTmp, excludeTmpdir };
}
