// The backend that runs turns on a warm `codex app-server`, which serves all threads of a bridge.
import { BridgeError } from "../../domain/errors.ts";
import type { StoredThread, ThreadList } from "../../domain/stored-thread.ts";
import type { TurnOutcome } from "../../domain/turn.ts";
import type { AttachFiles } from "../../state/attach-files.ts";
import type { AgentBackend, SteerAnswer } from "../agent-backend.ts";
import { type CodexOptions, createCodexParts } from "../codex/codex-parts.ts";
import { readConfigStamp } from "../codex/config/project-layers.ts";
import { checkGit } from "../codex/launch/git-check.ts";
import { toThreadMark } from "../codex/launch/launch-options.ts";
import type { TurnLaunch } from "../codex/launch/turn-launch.ts";
import { PROJECT_INSTRUCTIONS } from "../codex/project-instructions.ts";
import { findRollout } from "../codex/rollouts/rollout-files.ts";
import { runInSandbox } from "../codex/sandbox/run-in-sandbox.ts";
import type { CodexTurnRequest } from "../codex/turn/codex-turn-request.ts";
import { createTurnRuns, type PreparedParts, type RunPrepared } from "../codex/turn/turn-runs.ts";
import { leftOf } from "../turn/left-of.ts";
import { MARK_NAME } from "../turn/run-mark.ts";
import { toAccountTurn } from "./account/account-turn.ts";
import { createAccountUsage } from "./account/account-usage.ts";
import { createModelCheck, type UsedServer } from "./models/model-check.ts";
import { runUnasked } from "./questions/unasked.ts";
import { createFailedLaunches, NoServer } from "./server/failed-launches.ts";
import { toHello } from "./server/greeting.ts";
import { createServerKeeper } from "./server/keeper.ts";
import type { ServerLaunch, ServerLease } from "./server/server-types.ts";
import { createAttaching } from "./thread/attaching.ts";
import { findMisfit, NO_GOALS } from "./thread/fit.ts";
import type { LoadedThread } from "./thread/loaded-thread.ts";
import { createLoadedThreads } from "./thread/loaded-threads.ts";
import { toServerLaunch } from "./thread/server-launch.ts";
import { createSpareThread, readInstructionsStamp } from "./thread/spare-thread.ts";
import { mayStartSubagents, toThreadLoad } from "./thread/thread-load.ts";
import { AppServerTurn } from "./turn/app-server-turn.ts";

const NAME = "codex-app-server";

/** Options of the backend. */
export interface CodexAppServerOptions extends CodexOptions {
  /** Version of the bridge, for the handshake. */
  readonly version: string;
  /** How long a thread stays loaded after a turn, in ms. Until then no other program can continue it. */
  readonly threadIdleMs: number;
  /** How long a server without threads is kept, in ms. */
  readonly serverIdleMs: number;
  /** Runs a turn that does not fit the app server; undefined refuses it with AGENT_UNSUPPORTED. */
  readonly otherwise: RunPrepared | undefined;
  /** Where `codex-bridge attach` finds the threads; undefined: no terminal can open them. */
  readonly attachFiles: AttachFiles | undefined;
  /** What Codex's own commands do with a thread that no program has open. */
  readonly commands: Pick<AgentBackend, "forkThread" | "setArchived">;
}

/** Makes the `codex-app-server` backend. */
export function createCodexAppServerBackend(options: CodexAppServerOptions): AgentBackend {
  const { ledger, newId, logger, requireGit, clock } = options;
  const usage = createAccountUsage(clock);
  const servers = createServerKeeper({
    ...{ ledger, newId, logger },
    failed: options.otherwise && createFailedLaunches({ retryMs: RETRY_MS, clock }),
    hello: toHello(options.version),
    idleMs: options.serverIdleMs,
    onGlobal: usage.hear,
  });
  const { attachFiles: files, codexHome } = options;
  const attaching = createAttaching({ files, keeper: servers, openThreads: options.openThreads, codexHome, logger });
  const { keeper } = attaching;
  const threads = createLoadedThreads({
    idleMs: options.threadIdleMs,
    open: attaching.openThreads,
    isStored: (threadId) => findRollout(options.codexHome, threadId) !== undefined,
  });
  /** The running turns by their requests' signals, which nobody else has. */
  const running = new Map<AbortSignal, AppServerTurn>();
  const spare = createSpareThread(options.threadIdleMs);
  let spareTimer: NodeJS.Timeout | undefined;
  let isClosed = false;
  const models = createModelCheck(options);
  const turns = createTurnRuns(options, runPrepared);
  const parts = createCodexParts(NAME, options);

  async function runPrepared(request: CodexTurnRequest, parts: PreparedParts): Promise<TurnOutcome> {
    const { launch } = parts;
    const misfit = findMisfit(request, launch);
    if (misfit !== undefined) return runOtherwise(misfit, request, parts);
    if (requireGit) checkGit(request.frame.cwd);
    const startedAt = clock();
    const deadlineMs = (): number => leftOf(request.deadlineMs, startedAt, clock);
    const account = toAccountTurn(request, launch, { keeper, server: toServer(request, launch) });
    await usage.check(account);
    const thread = await openChecked(request, parts).catch(passNoServer);
    if (thread instanceof NoServer) {
      if (!thread.failure.wasTold) logger.warn({ err: thread }, "no app server: turns run as codex exec");
      const rest = { ...request, deadlineMs: deadlineMs() };
      const misfit = `it does not run (${thread.code})`;
      const outcome = await runOtherwise(misfit, rest, { ...parts, launch: warnOf(thread, launch) });
      // Of a turn that failed, nobody may have read the warning.
      if (outcome.kind === "completed") thread.failure.wasTold = true;
      return outcome;
    }
    usage.see(account, thread.connection);
    if (thread.hasGoal && request.readsOnly !== true)
      return runOtherwise(NO_GOALS, { ...request, deadlineMs: deadlineMs() }, parts);
    try {
      attaching.tell(thread, request, launch);
      // The run begins anew: its processes are younger than the server's, and bear the mark that the thread was loaded with.
      const { mark, threadId } = thread.as;
      parts.record(`${MARK_NAME}=${mark}`, toThreadMark(threadId));
      const turn = new AppServerTurn(
        { ...request, deadlineMs: deadlineMs() },
        { ...parts, threadSource: undefined, tellsRunningUsage: false, marksCallsOnly: true },
        thread,
      );
      running.set(request.signal, turn);
      return usage.learn(account, await turn.run());
    } finally {
      running.delete(request.signal);
      threads.giveBack(thread);
      prepareSpareSoon(request, parts);
    }
  }

  async function openChecked(request: CodexTurnRequest, parts: PreparedParts): Promise<LoadedThread> {
    const { launch } = parts;
    const warning = await models.check(request, launch, () => lookAtServer(request, launch));
    const thread = await openThread(request, parts);
    if (warning !== undefined) thread.warn(warning);
    return thread;
  }

  // The server that the turn will use: one with subagents belongs to the thread that is there already.
  async function lookAtServer(request: CodexTurnRequest, launch: TurnLaunch): Promise<UsedServer> {
    const server = toServer(request, launch);
    const load = toThreadLoad(request, launch, server);
    const stamp = readInstructionsStamp(request.frame.cwd, codexHome);
    const { threadId } = request;
    const thread = threadId === undefined ? spare.find({ load, stamp }) : threads.find(threadId, load);
    if (thread !== undefined) return { connection: thread.connection, release: () => {} };
    return keeper.take(server, request.signal);
  }

  async function openThread(request: CodexTurnRequest, { launch, runId, begin }: PreparedParts): Promise<LoadedThread> {
    const { signal } = request;
    const server = toServer(request, launch);
    const load = toThreadLoad(request, launch, server);
    const takeServer = (): Promise<ServerLease> => {
      begin();
      return keeper.take(server, signal);
    };
    const wanted = { mark: runId, takeServer, timeoutMs: Math.min(LOAD_MS, request.deadlineMs), signal };
    if (request.threadId === undefined) {
      const ready = spare.take({ load, stamp: readInstructionsStamp(request.frame.cwd, options.codexHome) });
      if (ready !== undefined) {
        threads.adopt(ready);
        return ready;
      }
    }
    const thread = await threads.open({ ...wanted, threadId: request.threadId, load });
    // It was loaded before, that way.
    if (thread.as.mark !== runId) return thread;
    try {
      // A rule may have been added while the thread was loaded.
      const now = toThreadLoad(request, launch, server);
      if (now.key === load.key) return thread;
      await threads.letGo(thread.as.threadId);
      return await threads.open({ ...wanted, threadId: request.threadId, load: now });
    } catch (error) {
      await threads.letGo(thread.as.threadId);
      throw error;
    }
  }

  // With `otherwise` a turn needs no server.
  function passNoServer(error: unknown): NoServer {
    if (error instanceof NoServer && options.otherwise !== undefined && !isClosed) return error;
    throw error;
  }

  // Once the turn has been answered, and only for the last of several that end together.
  function prepareSpareSoon(request: CodexTurnRequest, parts: PreparedParts): void {
    clearTimeout(spareTimer);
    spareTimer = setTimeout(() => {
      try {
        prepareSpare(request, parts);
      } catch (error) {
        logger.warn({ err: error }, "no spare thread");
      }
    }, SPARE_DELAY_MS).unref();
  }

  // Not where MCP servers would start with it, which may do anything. A config file that the turn has added could name one that is not known here.
  function prepareSpare(request: CodexTurnRequest, { launch }: PreparedParts): void {
    const like = JSON.stringify([request.frame, request.readsOnly]);
    const { trustFolders, configStamp } = launch.inputs;
    const hasSameConfig = (): boolean => readConfigStamp(trustFolders) === configStamp;
    if (isClosed || launch.answers.mayStartServers || spare.isLike(like) || !hasSameConfig()) return;
    const server = toServer(request, launch);
    const load = toThreadLoad(request, launch, server);
    const { signal } = new AbortController();
    spare.prepare({
      ...{ mark: newId(), takeServer: () => keeper.take(server, signal) },
      ...{ like, load, signal, timeoutMs: LOAD_MS },
      stamp: readInstructionsStamp(request.frame.cwd, options.codexHome),
      isStillRight: () => hasSameConfig() && toThreadLoad(request, launch, server).key === load.key,
    });
  }

  const toServer = (request: CodexTurnRequest, launch: TurnLaunch): ServerLaunch => ({
    ...toServerLaunch(launch, codexHome, attaching.chooseFolder(request, launch)),
    isForOneThread: mayStartSubagents(request, launch),
  });

  async function runOtherwise(misfit: string, request: CodexTurnRequest, parts: PreparedParts): Promise<TurnOutcome> {
    const { otherwise } = options;
    // An earlier turn of the thread may have fitted.
    if (request.threadId !== undefined) await threads.letGo(request.threadId);
    if (otherwise !== undefined) return runUnasked(misfit, request, () => otherwise(request, parts));
    throw new BridgeError("AGENT_UNSUPPORTED", `Codex's app server cannot run this turn: ${misfit}.`, {
      nextStep: "Ask the user to set BRIDGE_BACKEND=auto, with which such a turn runs as `codex exec`.",
    });
  }

  // An idle thread that this bridge holds is free for it.
  const toFree = <Thread extends StoredThread>(thread: Thread): Thread =>
    threads.isIdle(thread.threadId) ? { ...thread, use: "free" } : thread;
  const freeIdle = <Thread extends StoredThread, List extends ThreadList<Thread>>(list: List): List => ({
    ...list,
    threads: list.threads.map(toFree),
  });

  return {
    ...parts,
    listThreads: async (query) => freeIdle(await parts.listThreads(query)),
    searchThreads: async (query, words) => freeIdle(await parts.searchThreads(query, words)),
    findStoredThread: async (threadId) => {
      const thread = await parts.findStoredThread(threadId);
      return thread && toFree(thread);
    },
    forkThread: async (request) => {
      await threads.letGo(request.threadId);
      return options.commands.forkThread(request);
    },
    setArchived: async (request) => {
      await threads.letGo(request.threadId);
      return options.commands.setArchived(request);
    },
    runInSandbox: (command) => runInSandbox(command, turns, options),
    continues: ["codex-exec"],
    capabilities: {
      canAsk: true,
      canSteer: true,
      canContinueInterrupted: true,
      projectInstructions: PROJECT_INSTRUCTIONS,
      untold: [],
    },
    startTurn: (request) => {
      const { outcome, interrupt, signal } = turns.run(request);
      return {
        outcome,
        interrupt,
        steer: async (text): Promise<SteerAnswer> =>
          (await running.get(signal)?.steer(text)) === true ? "delivered" : "not possible here",
      };
    },
    close: async () => {
      isClosed = true;
      turns.close();
      clearTimeout(spareTimer);
      spare.drop();
      threads.close();
      await Promise.all([keeper.close(), ledger.endAll()]);
    },
  };
}

// Told once, whoever met the failure first: a spare thread tells nobody.
function warnOf({ failure, message }: NoServer, launch: TurnLaunch): TurnLaunch {
  if (failure.wasTold) return launch;
  const warning = `Codex's app server does not run, so turns are run by codex exec for a while: ${message}`;
  return { ...launch, warnings: [warning, ...launch.warnings] };
}

/** Time for which a launch with which no app server starts is not tried again, in ms. */
const RETRY_MS = 600_000;

/** Time limit for loading a thread, in ms. A long one takes about 0.4 s (docs/codex-cli.md#app-server). */
const LOAD_MS = 60_000;
/** Pause after a turn before a spare thread is prepared, in ms. */
const SPARE_DELAY_MS = 20;
