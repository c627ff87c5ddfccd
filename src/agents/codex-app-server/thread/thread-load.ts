// What a thread is loaded with. The app server takes config only then: of a loaded thread it passes over it without a word
// (docs/codex-cli.md#app-server).
import type { JsonObject, JsonValue } from "../../../domain/json.ts";
import { NOWHERE } from "../../codex/config/permission-rules.ts";
import { MARK_NAME } from "../../codex/launch/launch-options.ts";
import { toThreadOverrides } from "../../codex/launch/thread-overrides.ts";
import type { TurnLaunch } from "../../codex/launch/turn-launch.ts";
import type { CodexTurnRequest } from "../../codex/turn/codex-turn-request.ts";

/** What a thread is loaded with. */
export interface ThreadLoad {
  /** Makes the params of `thread/start` and `thread/resume`, without the thread's id. `mark` goes into the environment of its commands. */
  toParams(mark: string): JsonObject;
  /** Two loads with the same key differ in their mark only, and are the same for every turn. */
  readonly key: string;
}

/** Name of the permission profile that threads are loaded with. */
const PROFILE = "codex-bridge-inside";

/** Builds the load of a turn's thread, from the command rules as they are now. */
export function toThreadLoad(request: CodexTurnRequest, launch: TurnLaunch): ThreadLoad {
  const { frame, readsOnly = false } = request;
  const { exec, trust, disabledMcpServers, findEscapes } = launch.answers;
  const { hiddenVariables } = launch;
  const { snapshotsShell } = exec;
  const isFenced = findEscapes().length > 0;
  const toParams = (mark: string): JsonObject => {
    const overrides = toThreadOverrides({
      frame: { ...frame, developerInstructions: undefined },
      baseInstructions: undefined,
      mark: { name: MARK_NAME, value: mark },
      // A subagent is a thread of its own, which works on when the turn that started it has ended (0.120 to 0.169).
      withoutSubagents: true,
      ...{ hiddenVariables, snapshotsShell, disabledMcpServers, readsOnly, trust },
    });
    // A thread never starts with writes: Codex would trust its directory, and write that into config.toml. Each turn gets its own policy.
    // Under a profile with a denied path, Codex keeps what a rule allows inside the sandbox, and every policy that a turn is given later
    // keeps the denial. But it then reads AGENTS.md in a sandbox of its own, which takes longer than a turn; so only if there is a rule.
    const limits: readonly (readonly [string, JsonValue])[] = isFenced
      ? [
          [`permissions.${PROFILE}`, { filesystem: { ":root": "read", [NOWHERE]: "deny" } }],
          ["default_permissions", PROFILE],
        ]
      : [];
    return {
      cwd: frame.cwd,
      ...(isFenced ? {} : { sandbox: "read-only" }),
      ...pick("model", frame.model),
      ...pick("baseInstructions", frame.baseInstructions),
      ...pick("developerInstructions", frame.developerInstructions),
      config: Object.fromEntries([...overrides, ...limits]),
    };
  };
  // Config files are read at the load too. With another Codex CLI, the thread's server is outdated.
  const { binary, config } = launch.inputs;
  return { toParams, key: JSON.stringify([toParams(""), binary.stamp, config.stamp]) };
}

function pick(name: string, value: string | undefined): JsonObject {
  return value === undefined ? {} : { [name]: value };
}
