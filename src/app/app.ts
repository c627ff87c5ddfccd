// The composition root: from settings to what the server serves.
import { nanoid } from "nanoid";
import { createEnvFileReader, createHomeRedactor } from "../agents/codex/config/env-file.ts";
import type { Checkpoints } from "../delegation/checkpoints/checkpoints.ts";
import type { Jobs } from "../delegation/jobs/job.ts";
import { CODEX } from "../domain/agents.ts";
import { BridgeError } from "../domain/errors.ts";
import { createRedactor, type Redact } from "../domain/redact.ts";
import { isMemoryRole } from "../domain/role.ts";
import { createToolCaller, type ToolCaller } from "../mcp/call-tool.ts";
import { withNews } from "../mcp/news.ts";
import { createTaskMethods, type TaskMethods } from "../mcp/tasks/task-methods.ts";
import type { RunnerParts } from "../runner/run-runner.ts";
import type { LoadedSettings } from "../settings/load.ts";
import { ALL_TOOLS, ROLE_TOOLS, UNLISTED_TOOLS } from "../tools/index.ts";
import type { AppOptions } from "./app-options.ts";
import { type Bridge, createBridge } from "./bridge.ts";
import { createNewsReader } from "./news.ts";
import { createOutliving, SESSION_VARIABLE, toRunnerParts } from "./outliving.ts";

/** A built bridge. */
export interface App {
  readonly callTool: ToolCaller;
  readonly answerTask: TaskMethods;
  /** Undefined with wrong settings: then there are no jobs. */
  readonly jobs: Jobs | undefined;
  /** What a runner needs. Throws CONFIG_INVALID where the bridge cannot work. */
  openRunner(): RunnerParts;
  /** As `Reviews.nameState`. Throws CONFIG_INVALID where the bridge cannot work. */
  nameReviewState(cwd: string, signal: AbortSignal): Promise<string | undefined>;
  /** Rejects with CONFIG_INVALID where the bridge cannot work. */
  openCheckpoints(): Promise<Checkpoints>;
  /** Ends what dead bridges left running and removes old files, once. To be called after the first answers. Never rejects. */
  tidyUp(): Promise<void>;
  /** Ends every turn and everything they left running. Idempotent. */
  close(): Promise<void>;
}

/** Builds the bridge. With wrong settings it still starts, and every call says what is wrong. */
export function createApp(options: AppOptions): App {
  const redact = createOwnRedactor(options);
  const session = readSession(options);
  const bridge =
    "settings" in options.loaded
      ? createBridge({ ...options, redact, session, mayStartParked }, options.loaded.settings)
      : undefined;
  const { logger, isRunner = false, role = "claude" } = options;
  // Its client may be anybody, and is told nothing of jobs and messages.
  const isMemory = isMemoryRole(role);
  const resultTtlMs = "settings" in options.loaded ? options.loaded.settings.jobTtlMs : undefined;
  const taskView = () => ({ now: Date.now(), resultTtlMs });
  const context = (): Bridge["context"] => {
    if (bridge === undefined) throw toSettingsError(options.loaded);
    bridge.prepare();
    return bridge.context;
  };
  const callHere = (startWarning?: string): ToolCaller =>
    createToolCaller({
      // A runner runs the calls of a bridge, which knows its role.
      tools: [...(options.isRunner === true ? ALL_TOOLS : ROLE_TOOLS[role]), ...(isMemory ? [] : UNLISTED_TOOLS)],
      logger,
      redact,
      context: () => ({ ...context(), startWarning }),
      taskView,
      tellUnread: isMemory ? undefined : bridge && (() => bridge.tellUnread()),
    });
  const outliving = bridge && createOutliving({ ...options, ...bridge, redact, session, callHere });
  const answerCall = outliving?.callTool ?? callHere();
  const callTool =
    bridge === undefined || isRunner || isMemory
      ? answerCall
      : withNews(answerCall, createNewsReader(bridge.mailbox, role));
  // With a runner, its jobs go on there.
  async function mayStartParked(): Promise<boolean> {
    try {
      context();
    } catch (error) {
      logger.warn({ err: error }, "parked jobs cannot be started: tried again soon");
      return false;
    }
    return outliving === undefined || !(await outliving.wake());
  }
  const answerTask = createTaskMethods({ jobs: () => context().jobs, view: taskView, logger });
  return {
    callTool,
    answerTask,
    jobs: bridge?.context.jobs,
    openRunner: () => {
      const { jobs } = context();
      if (bridge === undefined) throw toSettingsError(options.loaded);
      jobs.startParked();
      return toRunnerParts({ ...options, ...bridge, callTool, jobs });
    },
    nameReviewState: async (cwd, signal) => (await context().agents.open(CODEX.id)).reviews.nameState(cwd, signal),
    openCheckpoints: async () => context().checkpoints(),
    tidyUp: async () => bridge?.tidyUp(),
    close: async () => {
      outliving?.release();
      await bridge?.close();
    },
  };
}

// A runner works for the session that started it.
function readSession({ env, isRunner = false }: AppOptions): string {
  return (isRunner ? env[SESSION_VARIABLE] : undefined) ?? nanoid();
}

// Codex also knows the secrets of the `.env` file in its own home.
function createOwnRedactor({ env, loaded }: AppOptions): Redact {
  if (!("settings" in loaded)) return createRedactor(env);
  return createHomeRedactor(env, createEnvFileReader(loaded.settings.codexHome));
}

function toSettingsError(loaded: LoadedSettings): BridgeError {
  const problems = "problems" in loaded ? loaded.problems : [];
  return new BridgeError("CONFIG_INVALID", `The bridge's settings are wrong: ${problems.join("; ")}.`, {
    nextStep:
      "Ask the user to correct the `env` of the server's entry (`claude mcp get` says which file it is in), then to reconnect it (/mcp).",
  });
}
