// The backend that runs each turn as one `codex exec --json` process.
import { toFailure } from "../../domain/errors.ts";
import type { Redact } from "../../domain/redact.ts";
import type { TurnOutcome, TurnReport, TurnRequest } from "../../domain/turn.ts";
import type { RunLedger } from "../../process/run-ledger.ts";
import type { ScratchFiles } from "../../state/scratch-files.ts";
import type { AgentBackend, BackendDefaults } from "../agent-backend.ts";
import { summarizeProfile } from "../codex/config/permission-profile.ts";
import { findProfile } from "../codex/config/permission-settings.ts";
import { toAbsoluteRoot } from "../codex/config/writable-roots.ts";
import { checkFramePlaces } from "./launch/frame-places.ts";
import { createLauncher } from "./launch/launch.ts";
import { type LaunchOptions, MARK_NAME } from "./launch/launch-options.ts";
import { listWritableAreas } from "./launch/protected-names.ts";
import { createAnswerChecks } from "./schema/output-schema.ts";
import { runExecTurn } from "./turn/turn.ts";

/** What a turn gets at least, however long its preparation took. */
const LEAST_TURN_MS = 500;

/**
 * How Codex calls itself where a permission profile is in force, to read files within the sandbox (0.150 to 0.169). It loses some of these
 * helpers: they have an empty environment, and sleep on without a parent (2 in 4 turns of 0.169).
 */
const FS_HELPER = "--codex-run-as-fs-helper";

/** What the backend is built from. */
export interface CodexExecOptions extends LaunchOptions {
  /** The user's home folder. */
  readonly home: string;
  readonly ledger: RunLedger;
  readonly scratch: ScratchFiles;
  /** Path of the bundle that checks answers by JSON Schema in a thread of its own. */
  readonly schemaWorker: string;
  readonly clock: () => number;
  readonly newId: () => string;
  /** Takes secrets out of what is told of a turn. */
  readonly redact: Redact;
}

/** Makes the `codex-exec` backend. */
export function createCodexExecBackend(options: CodexExecOptions): AgentBackend {
  const launcher = createLauncher(options);
  const openAnswerCheck = createAnswerChecks(options.schemaWorker);
  // One each: a signal that outlives the turns would keep a reference for every AbortSignal.any that was made of it.
  const running = new Set<AbortController>();
  let isClosed = false;

  async function run(request: TurnRequest): Promise<TurnOutcome> {
    const { ledger, clock, codexHome, scratch } = options;
    const runId = options.newId();
    const startedAt = clock();
    const schema = request.outputSchema;
    const checkAnswer = schema === undefined ? undefined : await openAnswerCheck(schema, request.signal);
    const base = request.frame.baseInstructions;
    const files = {
      outputSchema: schema === undefined ? undefined : scratch.write(`${runId}.json`, JSON.stringify(schema)),
      baseInstructions: base === undefined ? undefined : scratch.write(`${runId}.md`, base),
    };
    // On record before anything is started, the questions to the CLI included.
    const areas = listWritableAreas(request.frame, options.env["TMPDIR"]);
    ledger.begin(runId, `${MARK_NAME}=${runId}`, areas, [FS_HELPER, request.frame.cwd]);
    try {
      checkFramePlaces(request.frame);
      const launch = await launcher.prepare(request, runId, files);
      // One deadline for all: a Codex that is slow to say what it can do must not double it.
      const deadlineMs = Math.max(LEAST_TURN_MS, request.deadlineMs - (clock() - startedAt));
      return await runExecTurn(
        { ...request, deadlineMs },
        {
          runId,
          areas,
          launch,
          codexHome,
          ledger,
          clock,
          checkAnswer,
          redact: options.redact,
        },
      );
    } catch (error) {
      await ledger.kill(runId);
      throw error;
    } finally {
      for (const path of Object.values(files)) if (path !== undefined) removeQuietly(path);
    }
  }

  // What is left of it is swept after a day.
  function removeQuietly(path: string): void {
    try {
      options.scratch.remove(path);
    } catch (error) {
      options.logger.warn({ err: error }, "a scratch file was not removed");
    }
  }

  return {
    name: "codex-exec",
    agent: "Codex",
    capabilities: { canResume: true, canAskApproval: false },
    readDefaults: (profile, cwd) => readDefaults(options, profile, cwd),
    runTurn: async (asked) => {
      const closing = new AbortController();
      if (isClosed) closing.abort();
      running.add(closing);
      const request = { ...asked, signal: AbortSignal.any([asked.signal, closing.signal]) };
      try {
        return await run(request);
      } catch (error) {
        const report = emptyReport(request.threadId);
        if (request.signal.aborted) return { kind: "interrupted", report };
        return { kind: "failed", report, ...toFailure(error) };
      } finally {
        running.delete(closing);
      }
    },
    close: () => {
      isClosed = true;
      for (const closing of running) closing.abort();
      return options.ledger.endAll();
    },
  };
}

async function readDefaults(
  { readUserConfig: readConfig, codexHome, home }: CodexExecOptions,
  name: string | undefined,
  cwd: string,
): Promise<BackendDefaults> {
  const base = await readConfig(undefined);
  const config = await readConfig(name);
  const { selected, tables } = base.permissions;
  const own = selected === undefined ? undefined : summarizeProfile(tables, selected);
  return {
    sandboxMode: config.sandboxMode,
    capMode: base.sandboxMode ?? own?.mode,
    capNetwork: own?.networkAccess ?? base.workspaceWrite.networkAccess,
    workspaceWrite: {
      ...config.workspaceWrite,
      writableRoots: config.workspaceWrite.writableRoots.map((root) => toAbsoluteRoot(root, codexHome, home)),
    },
    profile: await findProfile(config.permissions, cwd, config.trustedProjects),
  };
}

function emptyReport(threadId: string | undefined): TurnReport {
  return {
    threadId,
    content: "",
    usage: undefined,
    changes: [],
    commands: { count: 0, failed: 0 },
    refusedCommands: [],
    hasWorked: false,
    warnings: [],
    leftRunning: [],
    durationMs: 0,
  };
}
