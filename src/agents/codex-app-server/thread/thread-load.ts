// What a thread is loaded with. The app server takes config only then: of a loaded thread it passes over it without a word
// (docs/codex-cli.md#app-server).
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import type { JsonObject } from "../../../domain/json.ts";
import { readStamp } from "../../../files/file-stamp.ts";
import { MANAGED_CONFIG } from "../../codex/config/credentials.ts";
import type { UserConfig } from "../../codex/config/user-config.ts";
import { toThreadOverrides } from "../../codex/launch/thread-overrides.ts";
import type { TurnLaunch } from "../../codex/launch/turn-launch.ts";
import type { CodexTurnRequest } from "../../codex/turn/codex-turn-request.ts";
import { MARK_NAME } from "../../turn/run-mark.ts";
import type { ServerLaunch } from "../server/server-types.ts";
import { BY_A_PERSON, toApprovalPolicy } from "../turn/turn-params.ts";
import { toLoadLimits } from "./load-limits.ts";

/** What a thread is loaded with. */
export interface ThreadLoad {
  /** Makes the params of `thread/start` and `thread/resume`, without the thread's id. `mark` goes into the environment of its commands. */
  toParams(mark: string): JsonObject;
  /** A hash. Two loads with the same key differ in their mark only, and are the same for every turn. */
  readonly key: string;
  /** A hash of the part of the key without the files that Codex reads at a load for other things than limits: its config and its login. */
  readonly essence: string;
  /** Whether command rules must be in force, as far as there are any. */
  readonly needsRules: boolean;
  /** What to tell the user if the rules are not in force. */
  readonly rulesWarning: string | undefined;
}

/** Builds the load of a turn's thread, from the command rules as they are now. */
export function toThreadLoad(request: CodexTurnRequest, launch: TurnLaunch, server: ServerLaunch): ThreadLoad {
  const { frame, readsOnly = false } = request;
  const { exec, trust, mcpServers, findEscapes } = launch.answers;
  const { hiddenVariables } = launch;
  const { snapshotsShell } = exec;
  const limits = toLoadLimits(frame, launch.profile, findEscapes().length > 0);
  const hasSubagents = mayStartSubagents(request, launch);
  const toParams = (mark: string): JsonObject => {
    const overrides = toThreadOverrides({
      frame: { ...frame, developerInstructions: undefined },
      baseInstructions: undefined,
      mark: { name: MARK_NAME, value: mark },
      withoutSubagents: !hasSubagents,
      withoutGoals: true,
      ...{ hiddenVariables, snapshotsShell, mcpServers, readsOnly, trust },
    });
    return {
      cwd: frame.cwd,
      // As the turns have it: a turn with another policy than the thread's starts the MCP servers of the thread again.
      approvalPolicy: toApprovalPolicy(request),
      ...BY_A_PERSON,
      ...(limits.length > 0 ? {} : { sandbox: "read-only" }),
      // Without it, a resume takes the model and the effort of the thread's last turn, even if it was refused.
      modelProvider: toProvider(frame, launch.inputs.config),
      ...pick("model", frame.model),
      ...pick("baseInstructions", frame.baseInstructions),
      ...pick("developerInstructions", frame.developerInstructions),
      config: Object.fromEntries([...overrides, ...limits]),
    };
  };
  // What a person has allowed for the thread must not outlive a narrower sandbox; it ends with the load.
  // The project's config and the command rules are read at the load too. With another launch, the thread's server is outdated.
  const files = launch.inputs.configPaths.map(readStamp);
  const { stamp, ...program } = server;
  const essence = hash([
    toParams(""),
    frame.sandbox,
    frame.permissions?.isReadOnly,
    program,
    launch.inputs.binary.stamp,
    launch.answers.readRuleStamp(),
  ]);
  const { ignoresRules, rulesWarning } = launch.answers;
  return {
    toParams,
    key: hash([essence, stamp, files]),
    essence,
    needsRules: !ignoresRules,
    rulesWarning,
  };
}

/**
 * Whether the model may start subagents in a turn's thread. Only where the user or the caller has turned them on: each such thread needs a server
 * to itself. Elsewhere the thread's own config switches them off, which only the machine's config could undo.
 */
export function mayStartSubagents(
  { frame, readsOnly = false }: Pick<CodexTurnRequest, "frame" | "readsOnly">,
  { answers, inputs }: Pick<TurnLaunch, "answers" | "inputs">,
): boolean {
  if (readsOnly || answers.withoutSubagents) return false;
  const own = frame.config["features.multi_agent"];
  return own === undefined ? inputs.config.wantsSubagents || existsSync(MANAGED_CONFIG) : own !== false;
}

/** The id of a turn's model provider. Codex refuses to resume a thread with another one than it has (0.166, 0.169), as `codex exec` does. */
export function toProvider(
  { config }: Pick<CodexTurnRequest["frame"], "config">,
  { managedProvider, provider }: Pick<UserConfig, "managedProvider" | "provider">,
): string {
  const { model_provider: own } = config;
  return managedProvider ?? (typeof own === "string" ? own : provider.id);
}

// Loaded threads keep it. The text contains the whole environment, API keys included.
function hash(value: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("base64");
}

function pick(name: string, value: string | undefined): JsonObject {
  return value === undefined ? {} : { [name]: value };
}
