// The two ends of BRIDGE_JOBS=outlive: a bridge that hands calls to a runner, and the runner itself.
import type { Jobs } from "../delegation/jobs/job.ts";
import type { ReadDepth } from "../delegation/turns/depth.ts";
import { NO_FLAGS } from "../domain/codex-flags.ts";
import type { Redact } from "../domain/redact.ts";
import type { ToolCaller } from "../mcp/call-tool.ts";
import { createOutlivingCalls, type OutlivingCalls } from "../runner/outliving-calls.ts";
import type { RunnerParts } from "../runner/run-runner.ts";
import { startRunner } from "../runner/runner-client.ts";
import type { Settings } from "../settings/settings.ts";
import { createRunnerFiles } from "../state/runner-files.ts";
import { JOB_TOOLS } from "../tools/index.ts";
import type { AppOptions } from "./app-options.ts";
import type { Machine } from "./machine.ts";

/** Name of the command that is a runner. */
const RUNNER_COMMAND = "run-jobs";

/** Tells a runner for which session it works. */
export const SESSION_VARIABLE = "BRIDGE_SESSION";

const BELOW = "it works for an agent that another bridge has started";

interface Built {
  readonly settings: Settings;
  readonly machine: Machine;
}

/** What the calls of a bridge are made of. */
export interface OutlivingOptions extends AppOptions, Built {
  readonly context: { readonly jobs: Jobs };
  readonly readDepth: ReadDepth;
  readonly redact: Redact;
  /** Names this session in its receipts. */
  readonly session: string;
  readonly callHere: (warning?: string) => ToolCaller;
}

/** The calls of a bridge whose jobs outlive it; undefined where they do not. */
export function createOutliving(options: OutlivingOptions): OutlivingCalls | undefined {
  const { settings, machine, context, env, cwd, ownPath, codexFlags = NO_FLAGS, logger } = options;
  if (settings.jobsMode !== "outlive" || options.isRunner === true) return undefined;
  return createOutlivingCalls({
    ...options,
    jobTools: JOB_TOOLS,
    taskAfterMs: settings.taskAfterMs,
    jobAfterMs: settings.jobAfterMs,
    onLost: () => void machine.ledger.reap(),
    // What a turn of another bridge has started ends with that turn. A runner has no ancestors that say so, and the thread of a call is the call's.
    refusal: (call) => (options.readDepth(call).depth > 0 ? BELOW : undefined),
    startRunner: async () => {
      const { depth } = options.readDepth();
      if (depth > 0) throw new Error(BELOW);
      return startRunner({
        ...{ file: process.execPath, args: [ownPath, RUNNER_COMMAND], cwd, codexFlags, logger },
        env: { ...env, BRIDGE_DEPTH: String(depth), [SESSION_VARIABLE]: options.session },
        cancelJob: (id) => context.jobs.cancel(id),
      });
    },
  });
}

/** What the program gives its runner. */
export function toRunnerParts({
  settings,
  machine,
  cwd,
  callTool,
  jobs,
}: AppOptions & Built & Pick<RunnerParts, "callTool" | "jobs">): RunnerParts {
  const { own, jobsBell, giveBell, judgeHolder: judge, onRing } = machine;
  const self = { ...own, cwd, bell: jobsBell.name, since: Date.now() };
  return { callTool, jobs, files: createRunnerFiles(settings.stateDir), judge, self, bell: giveBell(), onRing };
}
