// Config overrides that describe a frame's sandbox and a run's trust.
import type { JsonValue } from "../../../domain/json.ts";
import type { SandboxPolicy } from "../../../domain/sandbox.ts";
import type { CodexFrame } from "../codex-frame.ts";
import type { Override } from "../config/overrides.ts";
import { NARROWED_PROFILE } from "../config/permission-profile.ts";

/** The parts of a frame that limit what its turns may do. */
export type FrameSandbox = Pick<CodexFrame, "sandbox" | "permissions">;

/** Trust to give to directories for one run only: path to level. */
export type Trust = Readonly<Record<string, string>>;

/** The user's permission profile, for a frame that names it. */
export interface LaunchProfile {
  /** The profile without its writes. */
  readonly readOnly: JsonValue;
  /** Whether it denies reading anything. */
  readonly deniesReads: boolean;
}

/** Overrides that describe a frame's whole sandbox, including the mode. */
export function toSandboxConfig(frame: FrameSandbox, profile?: LaunchProfile): Override[] {
  const mode: Override = ["sandbox_mode", frame.sandbox.mode];
  return [...(frame.permissions?.name === undefined ? [mode] : []), ...toPermissionOverrides(frame, profile)];
}

/** The same without the mode, for a run that is told it in another way. */
export function toPermissionOverrides(
  { sandbox, permissions }: FrameSandbox,
  profile: LaunchProfile | undefined,
): Override[] {
  if (permissions?.name === undefined) return toSandboxOverride(sandbox);
  return toProfileOverride(permissions.name, permissions.isReadOnly ? profile?.readOnly : undefined);
}

// The profile is named with every turn. Otherwise the config at that moment would choose one.
function toProfileOverride(name: string, narrowed: JsonValue | undefined): Override[] {
  if (narrowed === undefined) return [["default_permissions", name]];
  return [
    [`permissions.${NARROWED_PROFILE}`, narrowed],
    ["default_permissions", NARROWED_PROFILE],
  ];
}

// `-s workspace-write` alone takes network and roots from the user's config.toml. One inline table replaces them
// (docs/codex-cli.md#sandbox).
function toSandboxOverride(sandbox: SandboxPolicy): Override[] {
  if (sandbox.mode !== "workspace-write") return [];
  const table = {
    network_access: sandbox.networkAccess,
    writable_roots: sandbox.writableRoots,
    exclude_slash_tmp: sandbox.excludeSlashTmp,
    exclude_tmpdir_env_var: sandbox.excludeTmpdir,
  };
  return [["sandbox_workspace_write", table]];
}

/** The override that gives trust to directories. It has to be one inline table (docs/codex-cli.md#trust). */
export function toTrustOverride(trust: Trust): Override[] {
  const entries = Object.entries(trust).map(([path, level]) => [path, { trust_level: level }] as const);
  return entries.length === 0 ? [] : [["projects", Object.fromEntries(entries)]];
}
