// With BRIDGE_JOBS=outlive, calls that may become jobs run in a runner, from their start: a call cannot change its process later.
import { toReplyTool } from "../delegation/jobs/job-record.ts";
import type { CallContext } from "../delegation/requests.ts";
import { reportError } from "../domain/errors.ts";
import type { Logger } from "../domain/logger.ts";
import type { Redact } from "../domain/redact.ts";
import { findShapeFault } from "../mcp/argument-shape.ts";
import type { CalledTool, ToolCaller } from "../mcp/call-tool.ts";
import { toErrorResult } from "../mcp/tool-result.ts";
import { findPatience } from "../tools/as-job.ts";
import type { RunnerClient } from "./runner-client.ts";
import { describeStartFailure } from "./start-failure.ts";

/** What these calls need. */
export interface OutlivingCallsOptions {
  /** Names of the tools whose calls can become jobs. */
  readonly jobTools: ReadonlySet<string>;
  /** As ToolContext's. */
  readonly taskAfterMs: number;
  readonly jobAfterMs: number;
  /** Rejects with an Error that says why there is no runner. */
  readonly startRunner: () => Promise<RunnerClient>;
  /** Why a call must end with this bridge, a clause; undefined where its job may outlive it. */
  readonly refusal: (call: Pick<CallContext, "caller">) => string | undefined;
  /** Runs a call in this bridge. `warning` is told where it becomes a job. */
  readonly callHere: (warning?: string) => ToolCaller;
  /** Called when the runner has ended: what it left running has to be ended. */
  readonly onLost: () => void;
  readonly redact: Redact;
  readonly logger: Logger;
}

/** The calls. */
export interface OutlivingCalls {
  readonly callTool: ToolCaller;
  /** Has a runner there, which starts the parked jobs that are due. Gives false where none can be started. Never rejects. */
  wake(): Promise<boolean>;
  /** Lets go of the runner, which goes on until its jobs have ended. */
  release(): void;
}

/** After a runner could not be started, calls do not wait for the next try. */
const RETRY_MS = 60_000;

const ENDS = "the job ends with this session although BRIDGE_JOBS=outlive is set, because ";

/** Makes them. The runner is started with the first call that needs it. Where none can be started, jobs run in this bridge. */
export function createOutlivingCalls(options: OutlivingCallsOptions): OutlivingCalls {
  const { jobTools, taskAfterMs, jobAfterMs, callHere, redact, logger, onLost } = options;
  let starting: Promise<RunnerClient> | undefined;
  let failure: { readonly why: string; readonly at: number } | undefined;
  let isClosed = false;

  function forget(of: Promise<RunnerClient>): void {
    if (starting === of) starting = undefined;
  }

  function start(): Promise<RunnerClient> {
    const attempt = options.startRunner();
    attempt
      .then(async (runner) => {
        if (isClosed) runner.close();
        await runner.ended;
        forget(attempt);
        if (!isClosed) onLost();
      })
      .catch((error: unknown) => {
        forget(attempt);
        failure = { why: describeStartFailure(error), at: performance.now() };
        logger.error({ err: error }, "no runner could be started, so jobs end with this bridge");
      });
    return attempt;
  }

  // Undefined where there is none just now.
  async function find(): Promise<RunnerClient | undefined> {
    if (failure !== undefined && performance.now() - failure.at < RETRY_MS) return undefined;
    failure = undefined;
    starting ??= start();
    try {
      return await starting;
    } catch (error) {
      failure ??= { why: describeStartFailure(error), at: performance.now() };
      return undefined;
    }
  }

  function describeNone(): string {
    return `${ENDS}its runner could not be started: ${redact(failure?.why ?? "").replace(/\.$/, "")}. The next call after a minute tries again; \`codex-bridge doctor\` checks the state folder.`;
  }

  return {
    callTool: async (name, args, call) => {
      const isAsked = args["background"] === true || args["onQuota"] === "wait";
      const mayBecomeJob = isAsked || findPatience({ call, taskAfterMs, jobAfterMs }) > 0;
      // Arguments that cannot be written for the runner are refused here.
      if (!jobTools.has(name) || !mayBecomeJob || findShapeFault(args) !== undefined)
        return callHere()(name, args, call);
      const refusal = options.refusal(call);
      if (refusal !== undefined) return callHere(`${ENDS}${refusal}.`)(name, args, call);
      const runner = await find();
      if (runner === undefined) return callHere(describeNone())(name, args, call);
      return (await runner.call(name, args, call)) ?? toLost(name, redact);
    },
    wake: async () => !isClosed && (await find()) !== undefined,
    release: () => {
      isClosed = true;
      void starting?.then((runner) => runner.close()).catch(() => {});
    },
  };
}

// The work may have begun.
function toLost(name: string, redact: Redact): CalledTool {
  const reply = toReplyTool(name);
  const threads = reply === name ? "" : `, and ${reply} without an id,`;
  const error = reportError("JOB_INTERRUPTED", "The runner that ran this call ended before the call did.", {
    nextStep: `See agent_job with action list${threads} for what it had begun; then make the call again. Files may have changed already.`,
  });
  const fields = name === "route_task" ? { outcome: "failed" } : {};
  return { result: toErrorResult(error, { fields, redact }) };
}
