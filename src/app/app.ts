// The composition root: builds every object once, from settings to server.

import { homedir } from "node:os";
import { nanoid } from "nanoid";
import { createEnvFileReader, createHomeRedactor } from "../agents/codex/config/env-file.ts";
import type { Jobs } from "../delegation/jobs/job.ts";
import { createProposals } from "../delegation/proposals/create-proposals.ts";
import { createReceipts } from "../delegation/receipts/create-receipts.ts";
import { createReviews } from "../delegation/reviews/create-reviews.ts";
import { createThreadEditor } from "../delegation/stored-threads/thread-editor.ts";
import { createThreadReader } from "../delegation/stored-threads/thread-reader.ts";
import { createAttemptHistory } from "../delegation/tasks/attempt-history.ts";
import { countFailures } from "../delegation/tasks/count-failures.ts";
import { createTaskRunner } from "../delegation/tasks/run-task.ts";
import { createSessionStore } from "../delegation/threads/session-store.ts";
import { createDelegation } from "../delegation/turns/delegation.ts";
import { createDelegationParts } from "../delegation/turns/delegation-parts.ts";
import { checkDepth, type Depth } from "../delegation/turns/depth.ts";
import { OUTPUT_FOLDER } from "../delegation/turns/output-file.ts";
import { type CodexFlags, NO_FLAGS } from "../domain/codex-flags.ts";
import { BridgeError } from "../domain/errors.ts";
import type { Logger } from "../domain/logger.ts";
import { createRedactor, type Redact } from "../domain/redact.ts";
import { resolveRealPath } from "../files/real-path.ts";
import { createToolCaller, type ToolCaller } from "../mcp/call-tool.ts";
import { createTaskMethods, type TaskMethods } from "../mcp/tasks/task-methods.ts";
import { putBack } from "../receipts/put-back.ts";
import { createSnapshots } from "../receipts/snapshots/snapshots.ts";
import { createTargetReader } from "../reviews/targets/read-target.ts";
import { createRulesReader } from "../rules/rules-reader.ts";
import type { RunnerParts } from "../runner/run-runner.ts";
import type { LoadedSettings } from "../settings/load.ts";
import type { Settings } from "../settings/settings.ts";
import { createAttemptFiles } from "../state/attempt-files.ts";
import { createReceiptFiles } from "../state/receipt-files.ts";
import { createReviewFiles } from "../state/review-files.ts";
import { createScratchFiles } from "../state/scratch-files.ts";
import { prepareStateFolder } from "../state/state-folder.ts";
import { createThreadFiles } from "../state/thread-files.ts";
import type { ToolContext } from "../tools/define-tool.ts";
import { TOOLS, UNLISTED_TOOLS, WAITING_TOOLS } from "../tools/index.ts";
import { runOrder } from "../tools/job-tool.ts";
import { createTextChecks } from "../validation/text-checks.ts";
import { createBackend } from "./backend.ts";
import { createDepthReader } from "./depth-reader.ts";
import { createIsolation } from "./isolation.ts";
import { createMachine, type Machine } from "./machine.ts";
import { createMachineJobs } from "./machine-jobs.ts";
import { createOutliving, SESSION_VARIABLE, toRunnerParts } from "./outliving.ts";
import { createTidyUp } from "./tidy-up.ts";

/** What the program is started with. */
export interface AppOptions {
  /** Version of the program. */
  readonly version: string;
  readonly loaded: LoadedSettings;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Directory of the bridge: Claude Code's. */
  readonly cwd: string;
  /** Path of the running program, to know itself among Codex's MCP servers. */
  readonly ownPath: string;
  /** Path of the rules file that comes with the program. */
  readonly shippedRules: string;
  /** Path of the bundle that checks answers by JSON Schema. */
  readonly validationWorker: string;
  /** Flags of the registration. */
  readonly codexFlags?: CodexFlags;
  /** Whether this is a runner: its jobs outlive the bridge that it works for. */
  readonly isRunner?: boolean;
  readonly logger: Logger;
}

/** A built bridge. */
export interface App {
  readonly callTool: ToolCaller;
  readonly answerTask: TaskMethods;
  /** Undefined with wrong settings: then there are no jobs. */
  readonly jobs: Jobs | undefined;
  /** What a runner needs. Throws CONFIG_INVALID where the bridge cannot work. */
  openRunner(): RunnerParts;
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
  const { logger } = options;
  const resultTtlMs = "settings" in options.loaded ? options.loaded.settings.jobTtlMs : undefined;
  const taskView = () => ({ now: Date.now(), resultTtlMs });
  const context = (): Bridge["context"] => {
    if (bridge === undefined) throw toSettingsError(options.loaded);
    bridge.prepare();
    return bridge.context;
  };
  const callHere = (startWarning?: string): ToolCaller =>
    createToolCaller({
      tools: [...TOOLS, ...UNLISTED_TOOLS],
      logger,
      redact,
      context: () => ({ ...context(), startWarning }),
      taskView,
    });
  const outliving = bridge && createOutliving({ ...options, ...bridge, redact, session, callHere });
  const callTool = outliving?.callTool ?? callHere();
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

interface Bridge {
  /** To be called before each call; cheap after the first. Throws CONFIG_INVALID where there can be no state folder. */
  prepare(): void;
  readonly context: Omit<ToolContext, "call" | "redact" | "logger">;
  readonly settings: Settings;
  readonly machine: Machine;
  readonly readDepth: () => Depth;
  tidyUp(): Promise<void>;
  close(): Promise<void>;
}

interface BridgeOptions extends AppOptions {
  readonly redact: Redact;
  /** Names this session in its receipts. */
  readonly session: string;
  /** As ParkingOptions.mayStart. */
  readonly mayStartParked: () => Promise<boolean>;
}

function createBridge(options: BridgeOptions, settings: Settings): Bridge {
  const { logger, env, codexFlags = NO_FLAGS, isRunner = false } = options;
  const { stateDir } = settings;
  const machine = createMachine({ stateDir, cwd: options.cwd, logger });
  const { table, locks, ledger } = machine;
  const threadFiles = createThreadFiles(stateDir);
  const attempts = createAttemptFiles(stateDir);
  const results = createScratchFiles(stateDir, "results");
  const outputs = createScratchFiles(stateDir, OUTPUT_FOLDER);
  const schemas = createScratchFiles(stateDir, "schemas");
  const receiptFiles = createReceiptFiles(stateDir);
  const reviewFiles = createReviewFiles(stateDir);
  const depth = createDepthReader(table, env, settings.maxDepth);
  const { jobs, ...jobStores } = createMachineJobs({
    ...settings,
    cwd: options.cwd,
    // An agent below another agent's call could otherwise steer a job that has a wider sandbox than its own.
    checkMayAct: () => checkDepth(depth()),
    outlives: isRunner,
    parking: {
      work: (order, title, call) =>
        runOrder(order, title, { ...context, redact: options.redact, logger, call, tools: WAITING_TOOLS }),
      // What a turn of another bridge has started ends with that turn.
      refusal: () => (depth().depth > 0 ? "this bridge works for an agent that another bridge has started" : undefined),
      mayStart: options.mayStartParked,
    },
    machine,
    logger,
  });
  const clock = Date.now;
  const home = env["HOME"] ?? homedir();
  const ttlMs = settings.sessionTtlMs;
  const rulesPath = settings.delegationRules ?? options.shippedRules;
  const { jobTtlMs } = settings;
  const hidden = [stateDir, settings.codexHome].map((path) => resolveRealPath(path));
  const isolating = { settings, env, cwd: options.cwd, hidden, machine, clock };
  const { worktrees, proposalFiles, leftovers } = createIsolation(isolating);
  const sweeps = {
    leftovers,
    threadFiles,
    attempts,
    results,
    outputs,
    schemas,
    receiptFiles,
    reviewFiles,
    ...jobStores,
    jobTtlMs,
  };
  const tidyUp = createTidyUp({ stateDir, machine, ...sweeps, clock, logger });
  const backend = createBackend({ ...options, ...machine, codexFlags, settings, home, clock, scratch: schemas, depth });
  // Resolved once: otherwise a root that is later replaced by a link would move the limit.
  const roots = settings.roots.map((root) => resolveRealPath(root));
  const snapshots = createSnapshots({ stateDir, env, bridgeId: nanoid(), hidden, clock });
  const parts = createDelegationParts({
    ...settings,
    proposals: { worktrees, locks },
    limits: { ...settings, roots },
    areas: { ...settings, home, tmpdir: env["TMPDIR"] },
    rulesPath,
    backend,
    sessions: createSessionStore({
      ttlMs,
      maxSessions: settings.maxSessions,
      clock,
      files: threadFiles,
      project: options.cwd,
    }),
    locks,
    writing: { writing: machine.writingTurns, home },
    session: options.session,
    receipts: settings.receipts
      ? {
          ...{ snapshots, files: receiptFiles, newId: () => `rc-${nanoid(8)}` },
          putBack: (changes, signal) => putBack(changes, env, signal),
        }
      : undefined,
    openCheck: createTextChecks(options.validationWorker),
    reap: () => ledger.reap(),
    readDepth: depth,
    baseDir: options.cwd,
    clock,
    logger,
    redact: options.redact,
  });
  const delegation = createDelegation(parts);
  const readRules = createRulesReader(rulesPath);
  const counting = {
    readRules,
    history: createAttemptHistory(attempts, logger),
    baseDir: options.cwd,
    clock,
    agentName: backend.agent,
  };
  const tasks = createTaskRunner({
    ...counting,
    delegation,
    defaultMode: settings.delegationMode === "automatic" ? "run" : "decide",
    maxSandbox: settings.maxSandbox,
    redact: options.redact,
    turnTimeoutMs: settings.turnTimeoutMs,
  });
  const context: Bridge["context"] = {
    delegation: countFailures(delegation, counting),
    tasks,
    jobs,
    threads: {
      ...createThreadReader({ ...parts.options, roots, ownPid: process.pid }),
      ...createThreadEditor(parts),
    },
    receipts: createReceipts(parts, {
      files: receiptFiles,
      baseDir: options.cwd,
      session: options.session,
      stateDir,
      env,
    }),
    proposals: createProposals(parts, { files: proposalFiles, baseDir: options.cwd, worktrees, env }),
    reviews: createReviews(parts, {
      ...{ delegation, files: reviewFiles, newId: () => `rv-${nanoid(8)}`, newMark: () => nanoid() },
      readTarget: createTargetReader({ snapshots, env }),
    }),
    outlives: isRunner,
    taskAfterMs: settings.taskAfterMs,
    spill: (text) => results.write(`${nanoid()}.txt`, text),
  };
  return {
    settings,
    machine,
    readDepth: depth,
    context,
    prepare: untilGood(() => {
      for (const warning of prepareStateFolder(stateDir)) logger.warn({}, warning);
    }),
    tidyUp: () => {
      jobs.startParked();
      return tidyUp.run();
    },
    close: async () => {
      tidyUp.stop();
      // The jobs first: their records say that they were interrupted before their turns end.
      await Promise.all([jobs.close(), backend.close()]);
      locks.releaseAll();
    },
  };
}

// Until it has succeeded: the user may have corrected what was wrong.
function untilGood(act: () => void): () => void {
  let isGood = false;
  return () => {
    if (!isGood) act();
    isGood = true;
  };
}

function toSettingsError(loaded: LoadedSettings): BridgeError {
  const problems = "problems" in loaded ? loaded.problems : [];
  return new BridgeError("CONFIG_INVALID", `The bridge's settings are wrong: ${problems.join("; ")}.`, {
    nextStep:
      "Ask the user to correct the `env` of the server's entry (`claude mcp get` says which file it is in), then to reconnect it (/mcp).",
  });
}
