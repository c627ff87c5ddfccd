// Builds one bridge from good settings: backend, use cases, jobs.
import { homedir } from "node:os";
import { nanoid } from "nanoid";
import { createJobGuard } from "../delegation/jobs/job-guard.ts";
import { createAgentSender } from "../delegation/jobs/send-message.ts";
import { createMailbox, type Mailbox } from "../delegation/messages/mailbox.ts";
import { createProposals } from "../delegation/proposals/create-proposals.ts";
import { findReceipt } from "../delegation/receipts/find-receipt.ts";
import { createThreadEditor } from "../delegation/stored-threads/thread-editor.ts";
import { createThreadReader } from "../delegation/stored-threads/thread-reader.ts";
import { createAttemptHistory } from "../delegation/tasks/attempt-history.ts";
import { countFailures } from "../delegation/tasks/count-failures.ts";
import { createTaskRunner } from "../delegation/tasks/run-task.ts";
import { isOpenWorktree } from "../delegation/threads/isolation.ts";
import { createRunningLinks, createThreadPlaces } from "../delegation/turns/chain/thread-links.ts";
import { checkDepth, type ReadDepth } from "../delegation/turns/depth.ts";
import { createPromptFileReader } from "../delegation/turns/prompt-file.ts";
import { createSummarizer } from "../delegation/turns/summarize.ts";
import { CLAUDE, CODEX, toOffered } from "../domain/agents.ts";
import { NO_FLAGS } from "../domain/codex-flags.ts";
import type { Redact } from "../domain/redact.ts";
import { resolveRealPath } from "../files/real-path.ts";
import { createSnapshots } from "../receipts/snapshots/snapshots.ts";
import { createStagingFolders } from "../receipts/staging-folders.ts";
import { createTargetReader } from "../reviews/targets/read-target.ts";
import { createRulesReader } from "../rules/rules-reader.ts";
import type { Settings } from "../settings/settings.ts";
import { listHeldKeys } from "../state/held-locks.ts";
import { prepareStateFolder } from "../state/state-folder.ts";
import type { ToolContext } from "../tools/define-tool.ts";
import { WAITING_TOOLS } from "../tools/index.ts";
import { runOrder } from "../tools/job-tool.ts";
import { listAcpAgents, loadAcpBackend } from "./acp-agents.ts";
import { createAgentUsage } from "./agent-usage.ts";
import { createAgents, joinReceipts } from "./agents.ts";
import type { AppOptions } from "./app-options.ts";
import { createBackend, loadClaudeBackend } from "./backend.ts";
import { findCallerLimits } from "./caller-limits.ts";
import { createKeeper, overWindow } from "./context-parts.ts";
import { createDepthReader } from "./depth-reader.ts";
import { createIsolation } from "./isolation.ts";
import { createMachine, type Machine } from "./machine.ts";
import { createMachineJobs } from "./machine-jobs.ts";
import { createMemory } from "./memory.ts";
import { createStores } from "./stores.ts";
import { createTidyUp } from "./tidy-up.ts";
import { createUnreadTeller } from "./unread-teller.ts";
import { createUseCaseBuilder, toReceiptsOptions } from "./use-cases.ts";

/** One bridge with good settings: its use cases, and its end. */
export interface Bridge {
  /** To be called before each call; cheap after the first. Throws CONFIG_INVALID where there can be no state folder. */
  prepare(): void;
  readonly context: Omit<ToolContext, "call" | "redact" | "logger">;
  readonly mailbox: Mailbox;
  readonly settings: Settings;
  readonly machine: Machine;
  readonly readDepth: ReadDepth;
  /** As ToolCallerOptions. */
  tellUnread(): string | undefined;
  tidyUp(): Promise<void>;
  close(): Promise<void>;
}

/** What it is built from. */
export interface BridgeOptions extends AppOptions {
  readonly redact: Redact;
  /** Names this session in its receipts. */
  readonly session: string;
  /** As ParkingOptions.mayStart. */
  readonly mayStartParked: () => Promise<boolean>;
}

/** Builds every object of it once. */
export function createBridge(options: BridgeOptions, settings: Settings): Bridge {
  const { logger, env, codexFlags = NO_FLAGS, isRunner = false } = options;
  // A runner runs the calls of any bridge.
  const role = isRunner ? "any" : (options.role ?? "claude");
  const { stateDir } = settings;
  const machine = createMachine({ stateDir, cwd: options.cwd, logger });
  const { table, locks } = machine;
  const stores = createStores(stateDir, locks);
  const findPlace = createThreadPlaces(stores.threadFiles, locks);
  const listHeld = (pids: ReadonlySet<number>): string[] => listHeldKeys(stateDir, pids, machine.own.bootId);
  const findRunning = createRunningLinks(stores.threadFiles, listHeld);
  const depth = createDepthReader({ table, env, maxDepth: settings.maxDepth, findThread: findPlace, findRunning });
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
      refusal: (caller) =>
        depth({ caller }).depth > 0 ? "this bridge works for an agent that another bridge has started" : undefined,
      mayStart: options.mayStartParked,
    },
    machine,
    logger,
  });
  const clock = Date.now;
  const home = env["HOME"] ?? homedir();
  const rulesPath = settings.delegationRules ?? options.shippedRules;
  const hidden = [stateDir, settings.codexHome].map((path) => resolveRealPath(path));
  const isolating = { settings, env, cwd: options.cwd, hidden, machine, clock };
  const { worktrees, proposalFiles, leftovers } = createIsolation(isolating);
  const sweeps = { leftovers, ...stores, ...jobStores, jobTtlMs: settings.jobTtlMs };
  const staging = createStagingFolders(stateDir, locks);
  const tidyUp = createTidyUp({ stateDir, machine, staging, ...sweeps, clock, logger });
  const usage = createAgentUsage({ settings, env, home, clock });
  const scope = { ...options, ...machine, codexFlags, settings, home, clock, scratch: stores.schemas, depth, usage };
  const backend = createBackend(scope);
  const findCallerLimit = findCallerLimits(backend, settings, options.cwd);
  const mailbox = createMailbox({
    ...{ files: stores.messageFiles, locks, project: resolveRealPath(options.cwd), clock, logger },
    newId: () => `ms-${nanoid(8)}`,
  });
  const checkJobAct = createJobGuard({ findCallerLimit, readDepth: depth });
  const own = role === "codex" ? CODEX.id : CLAUDE.id;
  const memory = createMemory({ settings, cwd: options.cwd, agent: own, redact: options.redact });
  const sending = { mailbox, jobs, checkJobAct, own, redact: options.redact };
  const snapshots = createSnapshots({ stateDir, env, bridgeId: nanoid(), hidden, clock });
  const readTarget = createTargetReader({ snapshots, env });
  const readRules = overWindow(createRulesReader(rulesPath), settings);
  const shared = {
    findCallerLimit,
    snapshots,
    readTarget,
    settings,
    machine,
    stores,
    worktrees,
    staging,
    mailbox,
    sending,
    rulesPath,
    readRules,
    home,
    depth,
    clock,
  };
  const [codexNames, claudeNames] = [toOffered(CODEX, role), toOffered(CLAUDE, role)];
  const further = listAcpAgents(scope, options.cwd);
  const names = [codexNames, claudeNames, ...further.map((one) => one.names)];
  const cases = { ...shared, bridge: options, agents: names };
  const build = createUseCaseBuilder(cases);
  const codex = build(codexNames, backend, usage.codex.read);
  const counting = {
    readRules,
    history: createAttemptHistory(stores.attempts, logger),
    baseDir: options.cwd,
    clock,
    agentName: backend.agent,
  };
  const tasks = createTaskRunner({
    ...counting,
    delegation: codex.delegation,
    defaultMode: settings.delegationMode === "automatic" ? "run" : "decide",
    maxSandbox: settings.maxSandbox,
    redact: options.redact,
    turnTimeoutMs: settings.turnTimeoutMs,
    isOpenWorktree: (path) => isOpenWorktree(worktrees, path),
    keepWhole: createKeeper(stores.results, logger),
    summarize: createSummarizer(codex.parts),
  });
  const agents = createAgents({ ...codex, delegation: countFailures(codex.delegation, counting) }, [
    {
      names: claudeNames,
      load: async () => build(claudeNames, await loadClaudeBackend(scope, backend), usage.claude.read),
    },
    ...further.map(({ agent, names }) => ({
      names,
      load: async () => build(names, await loadAcpBackend(agent, scope, backend)),
    })),
  ]);
  const { roots } = codex.parts.options.limits;
  const findBackend = (id: string | undefined): string => findReceipt(toReceiptsOptions(cases), id).backend;
  const threads = createThreadReader({ ...codex.parts.options, roots, ownPid: process.pid });
  const checkpoints = loadOnce(async () => {
    const { createCheckpoints } = await import("../delegation/checkpoints/create-checkpoints.ts");
    const { cwd: project, redact } = options;
    const session = env["CLAUDE_CODE_SESSION_ID"];
    return createCheckpoints({ project, stateDir, session, readTarget, jobs, threads, findCallerLimit, clock, redact });
  });
  const collaboration = loadOnce(async () => {
    const { openCollaboration } = await import("./collaboration.ts");
    const { cwd: project, redact } = options;
    return openCollaboration({ project, home, memory, codex, readTarget, locks, clock, redact });
  });
  const context: Bridge["context"] = {
    agents,
    tasks,
    jobs,
    threads: { ...threads, ...createThreadEditor(codex.parts) },
    checkpoints,
    collaboration,
    receipts: joinReceipts(agents, codex.receipts, findBackend),
    proposals: createProposals(codex.parts, { files: proposalFiles, baseDir: options.cwd, worktrees, env }),
    checkJobAct,
    memory,
    outlives: isRunner,
    taskAfterMs: settings.taskAfterMs,
    sendToAgent: createAgentSender(sending),
    jobAfterMs: settings.jobAfterMs,
    readPromptFile: createPromptFileReader({ base: options.cwd, home, roots }),
    spill: (text) => stores.results.write(`${nanoid()}.txt`, text),
  };
  return {
    mailbox,
    settings,
    machine,
    readDepth: depth,
    tellUnread: createUnreadTeller({ ...settings, project: options.cwd, session: options.session, clock, logger }),
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
      await Promise.all([jobs.close(), agents.close(), memory.close()]);
      locks.releaseAll();
    },
  };
}

// A file that cannot be loaded just now is tried again.
function loadOnce<Value>(load: () => Promise<Value>): () => Promise<Value> {
  let loaded: Promise<Value> | undefined;
  return () => {
    loaded ??= load().catch((error: unknown) => {
      loaded = undefined;
      throw error;
    });
    return loaded;
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
