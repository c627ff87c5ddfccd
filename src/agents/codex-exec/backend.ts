// The backend that runs each turn as one `codex exec --json` process.
import { toFailure } from "../../domain/errors.ts";
import type { Redact } from "../../domain/redact.ts";
import type { TurnOutcome, TurnReport, TurnRequest } from "../../domain/turn.ts";
import type { RunLedger } from "../../process/run-ledger.ts";
import type { ScratchFiles } from "../../state/scratch-files.ts";
import type { AgentBackend } from "../agent-backend.ts";
import { dropRefused, readOwn } from "../codex/codex-frame.ts";
import { checkCallerConfig } from "../codex/config/caller-config.ts";
import { type DefaultsSource, readCodexDefaults } from "../codex/config/codex-defaults.ts";
import { readConversation } from "../codex/rollouts/conversation.ts";
import { findForeignThread } from "../codex/rollouts/foreign-thread.ts";
import { isThreadId } from "../codex/rollouts/rollout-files.ts";
import type { ExecRequest } from "./exec-request.ts";
import { checkFrameDirectories } from "./launch/frame-directories.ts";
import { createLauncher } from "./launch/launch.ts";
import { type LaunchFiles, type LaunchOptions, MARK_NAME } from "./launch/launch-options.ts";
import { listWritableAreas } from "./launch/protected-names.ts";
import { createAnswerChecks } from "./schema/output-schema.ts";
import { runExecTurn } from "./turn/turn.ts";

const NAME = "codex-exec";

/** Time limit that a turn gets at least, even if its preparation took almost all of the deadline. */
const LEAST_TURN_MS = 500;

/**
 * The process title of the helpers with which Codex reads files under a permission profile. Codex loses some of these helpers: they sleep
 * on without a parent and with an empty environment (docs/codex-cli.md#permission-profiles).
 */
const FS_HELPER = "--codex-run-as-fs-helper";

/** Options of the backend. */
export interface CodexExecOptions extends LaunchOptions, DefaultsSource {
  /** Config keys that the user allows callers in addition to the built-in list. */
  readonly allowConfig: readonly string[];
  readonly ledger: RunLedger;
  readonly scratch: ScratchFiles;
  /** Path of the bundle that checks answers against a JSON Schema in a thread of its own. */
  readonly schemaWorker: string;
  readonly clock: () => number;
  readonly newId: () => string;
  /** Removes secrets from everything that is reported about a turn. */
  readonly redact: Redact;
}

/** Makes the `codex-exec` backend. */
export function createCodexExecBackend(options: CodexExecOptions): AgentBackend {
  const launcher = createLauncher(options);
  const openAnswerCheck = createAnswerChecks(options.schemaWorker);
  // Each turn has its own controller. A shared signal would keep every listener that a turn has left on it.
  const running = new Set<AbortController>();
  let isClosed = false;

  async function run({ frame, ...rest }: TurnRequest, signal: AbortSignal): Promise<TurnOutcome> {
    const { own, ...common } = frame;
    const request: ExecRequest = { ...rest, frame: { ...common, ...readOwn(own) }, signal };
    const { ledger, clock, codexHome } = options;
    const runId = options.newId();
    const startedAt = clock();
    const schema = request.outputSchema;
    const checkAnswer = schema === undefined ? undefined : await openAnswerCheck(schema, request.signal);
    const written: string[] = [];
    // Recorded before anything is started, even before the CLI is asked questions.
    const areas = listWritableAreas(request.frame, options.env["TMPDIR"]);
    ledger.begin(runId, `${MARK_NAME}=${runId}`, areas, [FS_HELPER, request.frame.cwd]);
    try {
      const files = writeFiles(request, runId, written);
      checkFrameDirectories(request.frame);
      const launch = await launcher.prepare(request, runId, files);
      // The deadline also covers the preparation: a Codex that answers questions slowly must not double it.
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
      written.forEach(removeQuietly);
    }
  }

  // Adds each path to `written` at once: if the next write fails, the caller still removes this file.
  function writeFiles({ outputSchema, frame }: ExecRequest, runId: string, written: string[]): LaunchFiles {
    const write = (name: string, text: string): string => {
      const path = options.scratch.write(name, text);
      written.push(path);
      return path;
    };
    const base = frame.baseInstructions;
    return {
      outputSchema: outputSchema === undefined ? undefined : write(`${runId}.json`, JSON.stringify(outputSchema)),
      baseInstructions: base === undefined ? undefined : write(`${runId}.md`, base),
    };
  }

  // The sweep of the scratch folder removes a file that stays, after a day.
  function removeQuietly(path: string): void {
    try {
      options.scratch.remove(path);
    } catch (error) {
      options.logger.warn({ err: error }, "a scratch file was not removed");
    }
  }

  async function runSafely(request: TurnRequest, signal: AbortSignal): Promise<TurnOutcome> {
    const outcome = await run(request, signal).catch((error: unknown): TurnOutcome => {
      const report = emptyReport(request.threadId);
      return signal.aborted ? { kind: "interrupted", report } : { kind: "failed", report, ...toFailure(error) };
    });
    if (outcome.kind !== "failed") return outcome;
    const own = dropRefused(request.frame.own, outcome.error.details["argument"]);
    return own === undefined ? outcome : { ...outcome, own };
  }

  return {
    name: NAME,
    agent: "Codex",
    capabilities: { canAsk: false, canSteer: false, canContinueInterrupted: true },
    readDefaults: async (own, cwd) => readCodexDefaults(options, readOwn(own).profile, cwd),
    checkConfig: (asked) => {
      const { profile = options.defaultProfile } = asked;
      return checkCallerConfig({ ...asked, profile }, options.allowConfig);
    },
    parseThreadId: (text) => (isThreadId(text) ? text.toLowerCase() : undefined),
    findThread: async (threadId, scope) => findForeignThread(options.codexHome, threadId, NAME, scope),
    readConversation: async (threadId, maxCharacters) => readConversation(options.codexHome, threadId, maxCharacters),
    startTurn: (request) => {
      const stop = new AbortController();
      if (isClosed) stop.abort();
      running.add(stop);
      return {
        outcome: runSafely(request, stop.signal).finally(() => running.delete(stop)),
        interrupt: () => stop.abort(),
        // `codex exec` reads nothing more after its prompt.
        steer: async () => "not possible here",
      };
    },
    close: () => {
      isClosed = true;
      for (const stop of running) stop.abort();
      return options.ledger.endAll();
    },
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
