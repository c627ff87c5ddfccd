// The composition root: builds every object once, from settings to server.

import { homedir } from "node:os";
import { basename, join } from "node:path";
import { nanoid } from "nanoid";
import { createEnvFileReader, createHomeRedactor } from "../agents/codex/config/env-file.ts";
import { createUserConfigReader } from "../agents/codex/config/user-config.ts";
import { readConversation } from "../agents/codex/rollouts/conversation.ts";
import { readForeignThread } from "../agents/codex/rollouts/foreign-thread.ts";
import { createCodexExecBackend } from "../agents/codex-exec/backend.ts";
import type { LoadedSettings } from "../config/load.ts";
import type { Settings } from "../config/schema.ts";
import { createAttemptHistory } from "../delegation/tasks/attempt-history.ts";
import { countFailures } from "../delegation/tasks/count-failures.ts";
import { createTaskRunner } from "../delegation/tasks/run-task.ts";
import { createSessionStore } from "../delegation/threads/session-store.ts";
import { createDelegation } from "../delegation/turns/delegation.ts";
import { type Depth, parseDepth } from "../delegation/turns/depth.ts";
import { type CodexFlags, NO_FLAGS } from "../domain/codex-flags.ts";
import { BridgeError } from "../domain/errors.ts";
import type { Logger } from "../domain/logger.ts";
import { createRedactor, type Redact } from "../domain/redact.ts";
import { resolveRealPath } from "../files/real-path.ts";
import { createToolCaller, type ToolCaller } from "../mcp/call-tool.ts";
import { findAncestorVariable } from "../process/ancestors.ts";
import { createLivenessJudge, readOwnIdentity } from "../process/process-identity.ts";
import { createProcessTable, type ProcessTable } from "../process/process-table.ts";
import { createRunLedger } from "../process/run-ledger.ts";
import { createRulesReader } from "../rules/rules-reader.ts";
import { createAttemptFiles } from "../state/attempt-files.ts";
import { createLockFiles } from "../state/lock-files.ts";
import { sweepDrafts } from "../state/private-files.ts";
import { createRunFiles } from "../state/run-files.ts";
import { createScratchFiles } from "../state/scratch-files.ts";
import { prepareStateFolder } from "../state/state-folder.ts";
import { createThreadFiles } from "../state/thread-files.ts";
import type { ToolContext } from "../tools/define-tool.ts";
import { TOOLS } from "../tools/index.ts";

/** What the program is started with. */
export interface AppOptions {
  readonly loaded: LoadedSettings;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Directory of the bridge: Claude Code's. */
  readonly cwd: string;
  /** Path of the running program, to know itself among Codex's MCP servers. */
  readonly ownPath: string;
  /** Path of the rules file that comes with the program. */
  readonly shippedRules: string;
  /** Path of the bundle that checks answers by JSON Schema. */
  readonly schemaWorker: string;
  /** Flags of the registration. */
  readonly codexFlags?: CodexFlags;
  readonly logger: Logger;
}

/** A built bridge. */
export interface App {
  readonly callTool: ToolCaller;
  /** What is done once after the start, off the path of the first answers: leftovers of dead bridges, old files. */
  tidyUp(): Promise<void>;
  /** Ends every turn and everything they left running. Idempotent. */
  close(): Promise<void>;
}

const DAY_MS = 86_400_000;
const FRAME_DAYS = 30;
const RESULT_DAYS = 7;
const SCHEMA_DAYS = 1;
const ATTEMPT_DAYS = 7;
/** A younger one may still tell the next turn of its thread that a bridge died at work on it. */
const LOCK_DAYS = 1;
/** A draft is written in a moment; one of a living bridge in another container is no older than this. */
const DRAFT_MS = 3_600_000;
/** Of bridges that cannot be looked up from here: nothing of such a run is left to end. */
const RUN_DAYS = 30;
const STATE_FOLDERS = ["threads", "locks", "runs", "attempts", "results", "schemas"];

/** Builds the bridge. With wrong settings it still starts, and every call says what is wrong. */
export function createApp(options: AppOptions): App {
  const redact = createOwnRedactor(options);
  const bridge =
    "settings" in options.loaded ? createBridge({ ...options, redact }, options.loaded.settings) : undefined;
  const callTool = createToolCaller({
    tools: TOOLS,
    logger: options.logger,
    redact,
    context: () => {
      if (bridge === undefined) throw toSettingsError(options.loaded);
      bridge.prepare();
      return bridge.context;
    },
  });
  return { callTool, tidyUp: async () => bridge?.tidyUp(), close: async () => bridge?.close() };
}

// Codex has the secrets of its own home's `.env` too.
function createOwnRedactor({ env, loaded }: AppOptions): Redact {
  if (!("settings" in loaded)) return createRedactor(env);
  return createHomeRedactor(env, createEnvFileReader(loaded.settings.codexHome));
}

interface Bridge {
  /** Before each call, and cheap after the first. Throws CONFIG_INVALID where there can be no state folder. */
  prepare(): void;
  readonly context: Omit<ToolContext, "call">;
  tidyUp(): Promise<void>;
  close(): Promise<void>;
}

function createBridge(options: AppOptions & { redact: Redact }, settings: Settings): Bridge {
  const { logger, env, codexFlags = NO_FLAGS } = options;
  const table = createProcessTable(process.platform);
  const own = readOwnIdentity(table);
  const liveness = createLivenessJudge(table);
  const runFiles = createRunFiles(settings.stateDir, (name) =>
    logger.warn({ name }, "a damaged run record was removed"),
  );
  const ledger = createRunLedger({
    table,
    own,
    judge: liveness.judge,
    store: runFiles,
    platform: process.platform,
    logger,
  });
  const threadFiles = createThreadFiles(settings.stateDir);
  const attempts = createAttemptFiles(settings.stateDir);
  const results = createScratchFiles(settings.stateDir, "results");
  const schemas = createScratchFiles(settings.stateDir, "schemas");
  const depth = createDepthReader(table, env, settings.maxDepth);
  const clock = Date.now;
  const home = env["HOME"] ?? homedir();
  const locks = createLockFiles({
    stateDir: settings.stateDir,
    own: { ...own, cwd: options.cwd },
    judge: liveness.judge,
    onSilent: liveness.bury,
    clock,
  });
  const ttlMs = settings.sessionTtlMs;
  const closing = new AbortController();
  // In slices, and awaited by nobody: there may be thousands of records. A turn on a thread that a dead bridge had locked reaps for itself.
  const tidyUp = once(async () => {
    const { signal } = closing;
    const since = (days: number): number => clock() - days * DAY_MS;
    await ledger.reap(signal);
    for (const name of STATE_FOLDERS) {
      const folder = join(settings.stateDir, name);
      await sweepDrafts(folder, clock() - DRAFT_MS, (pid) => table.isGone(pid), signal);
    }
    await locks.sweep(since(LOCK_DAYS), signal);
    await threadFiles.sweep(since(FRAME_DAYS), locks, signal);
    await attempts.sweep(since(ATTEMPT_DAYS), signal);
    await runFiles.sweep(since(RUN_DAYS), signal);
    await results.sweep(since(RESULT_DAYS), signal);
    await schemas.sweep(since(SCHEMA_DAYS), signal);
  }, logger);
  const backend = createCodexExecBackend({
    ...settings,
    env,
    codexRules: settings.codexRules,
    childMcp: { mode: settings.childMcp, allowNested: settings.allowNested, ownPath: options.ownPath },
    readChildDepth: () => depth().depth + 1,
    home,
    readUserConfig: createUserConfigReader(settings.codexHome, codexFlags.overrides),
    overrides: codexFlags.overrides,
    ledger,
    scratch: schemas,
    schemaWorker: options.schemaWorker,
    clock,
    newId: () => nanoid(),
    redact: options.redact,
    logger,
  });
  const delegation = createDelegation({
    ...settings,
    // Resolved once: whoever could swap a root for a link later would move the limit.
    limits: { ...settings, roots: settings.roots.map((root) => resolveRealPath(root)) },
    areas: { ...settings, home, tmpdir: env["TMPDIR"] },
    defaultProfile: codexFlags.profile,
    backend,
    sessions: createSessionStore({
      ttlMs,
      maxSessions: settings.maxSessions,
      clock,
      files: threadFiles,
      project: options.cwd,
    }),
    locks,
    reap: () => ledger.reap(),
    readDepth: depth,
    readConversation: (threadId, maxCharacters) => readConversation(settings.codexHome, threadId, maxCharacters),
    readForeignThread: (threadId, mostBytes) =>
      readForeignThread(settings.codexHome, threadId, backend.name, mostBytes),
    baseDir: options.cwd,
    clock,
    logger,
    redact: options.redact,
  });
  const readRules = createRulesReader(settings.delegationRules ?? options.shippedRules);
  const counting = { readRules, history: createAttemptHistory(attempts, logger), baseDir: options.cwd, clock };
  const tasks = createTaskRunner({
    ...counting,
    delegation,
    defaultMode: settings.delegationMode === "automatic" ? "run" : "decide",
    maxSandbox: settings.maxSandbox,
    redact: options.redact,
    turnTimeoutMs: settings.turnTimeoutMs,
  });
  return {
    context: {
      delegation: countFailures(delegation, counting),
      tasks,
      spill: (text) => results.write(`${nanoid()}.txt`, text),
    },
    prepare: onceGood(() => {
      for (const warning of prepareStateFolder(settings.stateDir)) logger.warn({}, warning);
    }),
    tidyUp,
    close: async () => {
      closing.abort();
      await backend.close();
      locks.releaseAll();
    },
  };
}

function once(act: () => Promise<void>, logger: Logger): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    // A state folder that cannot be read must not keep a turn from running.
    running ??= act().catch((error: unknown) => logger.error({ err: error }, "tidying up failed"));
    return running;
  };
}

// Until it has gone well: the user may have put right what was wrong.
function onceGood(act: () => void): () => void {
  let isGood = false;
  return () => {
    if (!isGood) act();
    isGood = true;
  };
}

// Looked up at the first call and kept: the ancestors of a process say nothing new later.
function createDepthReader(table: ProcessTable, env: AppOptions["env"], maxDepth: number): () => Depth {
  let kept: Depth | undefined;
  return () => {
    kept ??= readDepth(table, env, maxDepth);
    return kept;
  };
}

function readDepth(table: ProcessTable, env: AppOptions["env"], maxDepth: number): Depth {
  if (env["BRIDGE_DEPTH"] !== undefined) return { depth: parseDepth(env["BRIDGE_DEPTH"]), maxDepth, chain: [] };
  const found = findAncestorVariable(table, process.pid, "BRIDGE_DEPTH");
  const chain = found?.chain.map((link) => `${toProgramName(link.command)} (pid ${link.pid})`) ?? [];
  return { depth: parseDepth(found?.value), maxDepth, chain };
}

// A command line holds paths and prompts; the program's name is enough to see a chain.
function toProgramName(command: string): string {
  return basename(command.split(" ", 1)[0] ?? "");
}

function toSettingsError(loaded: LoadedSettings): BridgeError {
  const problems = "problems" in loaded ? loaded.problems : [];
  return new BridgeError("CONFIG_INVALID", `The bridge's settings are wrong: ${problems.join("; ")}.`, {
    nextStep:
      "Ask the user to correct the `env` of the server's entry (`claude mcp get` says which file it is in), then to reconnect it (/mcp).",
  });
}
