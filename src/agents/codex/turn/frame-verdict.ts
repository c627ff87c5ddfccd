// Decides what the frame in force means for a turn: it is fine, it is narrower than asked for, or the turn has to end.
import { join } from "node:path";
import { BridgeError } from "../../../domain/errors.ts";
import { describeLostDenies, describeRulesWidening, type PermissionRules } from "../../../domain/permissions.ts";
import { describeWidening, isWiderMode, type SandboxPolicy } from "../../../domain/sandbox.ts";
import type { CodexFrame } from "../codex-frame.ts";
import { BUILT_IN_PROFILES, NARROWED_PROFILE } from "../config/permission-profile.ts";
import type { FrameInForce } from "../rollouts/rollout-records.ts";
import { describeFrameWidening } from "./frame-check.ts";

/** The decision about a turn. */
export type FrameVerdict =
  /** The turn is ended. */
  | { readonly kind: "not held"; readonly error: BridgeError }
  /** The turn goes on. `rules` are the permissions in force, if they are known. */
  | { readonly kind: "go on"; readonly warning: string | undefined; readonly rules: PermissionRules | undefined };

/** The turn to decide about. */
export interface FrameScope {
  readonly codexHome: string;
  /** Whether Codex has called the turn failed: such a turn need not have got as far as a frame. */
  readonly hasFailed: boolean;
}

/** Compares the frame in force (undefined if it did not appear) with the frame that was asked for. */
export function judgeFrame(
  inForce: FrameInForce | undefined,
  frame: CodexFrame,
  { codexHome, hasFailed }: FrameScope,
): FrameVerdict {
  if (inForce?.sandbox === undefined) {
    return hasFailed ? { kind: "go on", warning: undefined, rules: undefined } : judgeMissing(frame);
  }
  const error = findFrameError(inForce, frame, codexHome);
  if (error !== undefined) return { kind: "not held", error };
  return { kind: "go on", warning: describeNarrowing(inForce, frame), rules: inForce.rules };
}

// A profile is in force only where Codex says so; a mode was given to it with `-s`.
function judgeMissing({ permissions }: CodexFrame): FrameVerdict {
  const message = "The sandbox in force could not be read back from Codex's rollout.";
  if (permissions === undefined) return { kind: "go on", warning: message, rules: undefined };
  return {
    kind: "not held",
    error: new BridgeError("SANDBOX_NOT_HELD", `${message} The turn was ended.`),
  };
}

// The error that ends the turn: SANDBOX_NOT_HELD where Codex does not keep to what it was told, SANDBOX_WIDENING where the user's permission profile
// has become wider.
function findFrameError(inForce: FrameInForce, frame: CodexFrame, codexHome: string): BridgeError | undefined {
  const excess = [...describeUnheld(inForce, frame), ...describeFrameWidening(inForce, frame, codexHome)];
  if (excess.length > 0) {
    const profile = findOtherProfile(inForce, frame);
    const by =
      profile === undefined ? "" : ` (by permission profile ${profile}, which another config than the user's chooses)`;
    const message = `Codex ran the turn with more than it was told to: ${excess.join(", ")}${by}. The turn was ended.`;
    return new BridgeError("SANDBOX_NOT_HELD", message, {
      details: { widening: excess },
      nextStep: profile === undefined ? undefined : OTHER_PROFILE_STEP,
    });
  }
  const widening = describeChange(inForce, frame);
  if (widening.length === 0) return undefined;
  const profile = frame.permissions?.name === undefined ? "" : ` ${JSON.stringify(frame.permissions.name)}`;
  const message = `Codex's permission profile${profile} now allows more than in the thread's earlier turns: ${widening.join(", ")}. The turn was ended.`;
  return new BridgeError("SANDBOX_WIDENING", message, {
    details: { widening },
    nextStep: "Start a new thread with codex, or ask the user to take the change of the profile back.",
  });
}

const OTHER_PROFILE_STEP =
  "Stop delegating: machine-wide limits of Codex overrule the sandbox that the bridge gives. Ask the user to run `codex-bridge doctor`, and their administrator for a profile that is narrow enough.";

// Machine-wide requirements that the bridge cannot read can put a profile in force in spite of `-s` (0.150 and 0.169).
function findOtherProfile({ profile }: FrameInForce, { permissions }: CodexFrame): string | undefined {
  const isOther = profile !== undefined && permissions?.name === undefined && !(profile.name in BUILT_IN_PROFILES);
  return isOther ? profile.name : undefined;
}

// Warns if less is in force than was asked for. Machine-wide requirements can cause that.
function describeNarrowing(inForce: FrameInForce, frame: CodexFrame): string | undefined {
  const { sandbox } = inForce;
  // What a profile gives was only an estimate.
  if (sandbox === undefined || frame.permissions?.name !== undefined) return undefined;
  const reason = "Codex's own limits on this machine (requirements.toml) may be the cause.";
  if (isWiderMode(frame.sandbox.mode, sandbox.mode)) {
    return `The turn ran with sandbox ${sandbox.mode}, not ${frame.sandbox.mode} as asked: ${reason}`;
  }
  const missing = describeWidening(frame.sandbox, sandbox);
  return missing.length === 0 ? undefined : `The turn ran without ${missing.join(", ")}: ${reason}`;
}

/** The policy in force without the folder that 0.120 adds by itself. */
export function toShown(sandbox: SandboxPolicy | undefined, codexHome: string): SandboxPolicy | undefined {
  const memories = join(codexHome, "memories");
  return sandbox && { ...sandbox, writableRoots: sandbox.writableRoots.filter((root) => root !== memories) };
}

function describeUnheld({ profile, rules }: FrameInForce, { permissions }: CodexFrame): string[] {
  if (permissions?.name === undefined) return [];
  const expected = permissions.isReadOnly ? NARROWED_PROFILE : permissions.name;
  if (rules === undefined) return [`permission profile ${permissions.name} is not confirmed`];
  // 0.142 names no profile.
  if (profile !== undefined && profile.name !== expected) {
    return [`permission profile ${profile.name} instead of ${permissions.name}`];
  }
  const writes = permissions.isReadOnly ? rules.rules.filter(({ access }) => access === "write") : [];
  const network = permissions.isReadOnly && rules.network ? ["network access"] : [];
  return [...network, ...writes.map(({ target }) => `write to ${target}`)];
}

function describeChange({ rules }: FrameInForce, { permissions }: CodexFrame): string[] {
  if (permissions?.rules === undefined) return [];
  if (rules === undefined) return ["its denied paths are not confirmed"];
  const describe = permissions.name === undefined ? describeLostDenies : describeRulesWidening;
  return describe(rules, permissions.rules);
}
