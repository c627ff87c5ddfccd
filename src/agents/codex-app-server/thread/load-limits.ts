// The limits that a thread is loaded with. They never include writes: Codex would trust the thread's directory, and write that into
// config.toml. Each turn is given its own limits (docs/codex-cli.md#app-server-limits).
import type { JsonObject } from "../../../domain/json.ts";
import type { Override } from "../../codex/config/overrides.ts";
import { NARROWED_PROFILE } from "../../codex/config/permission-profile.ts";
import { NOWHERE } from "../../codex/config/permission-rules.ts";
import type { FrameSandbox, LaunchProfile } from "../../codex/launch/sandbox-overrides.ts";

/** Name of the permission profile of a thread without one of the user's. */
const OWN_PROFILE = "codex-bridge-inside";

/** Codex keeps what a command rule allows inside the sandbox if a read is denied. */
const FENCE: JsonObject = { [NOWHERE]: "deny" };

/**
 * The profile that a thread is loaded with, as config; empty for plain `read-only`. `hasEscapes` says whether there are command rules whose
 * commands must stay inside the sandbox. Without a need no read is denied, since Codex then reads every file in a sandbox of its own, which
 * takes longer than a turn.
 */
export function toLoadLimits(
  { permissions }: FrameSandbox,
  profile: LaunchProfile | undefined,
  hasEscapes: boolean,
): readonly Override[] {
  const name = permissions?.name;
  if (name !== undefined && profile !== undefined) {
    // Codex loses helpers with which it reads files under a denial. They are known by this path.
    const fence = hasEscapes || profile.deniesReads ? { [name]: { filesystem: FENCE } } : {};
    return [
      ["permissions", { ...fence, [NARROWED_PROFILE]: profile.readOnly }],
      ["default_permissions", NARROWED_PROFILE],
    ];
  }
  if (!hasEscapes) return [];
  return [
    ["permissions", { [OWN_PROFILE]: { filesystem: { ":root": "read", ...FENCE } } }],
    ["default_permissions", OWN_PROFILE],
  ];
}
