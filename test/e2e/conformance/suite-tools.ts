// Tools that the conformance suite calls, made of what the bridge's own tools use: questions, tasks and results. Jobs are real ones, on disk.
import { setTimeout as pause } from "node:timers/promises";
import * as z from "zod";
import { createMachine } from "../../../src/app/machine.ts";
import { createMachineJobs } from "../../../src/app/machine-jobs.ts";
import type { Jobs } from "../../../src/delegation/jobs/job.ts";
import type { CallContext } from "../../../src/delegation/requests.ts";
import { BridgeError, reportError } from "../../../src/domain/errors.ts";
import { SILENT_LOGGER } from "../../../src/domain/logger.ts";
import { runAsJob } from "../../../src/tools/as-job.ts";
import {
  defineTool,
  type FinishedCall,
  type Tool,
  type ToolContext,
  type ToolEnd,
} from "../../../src/tools/define-tool.ts";

export const say = (text: string) => ({ structured: {}, text, links: [] });

/** A tool of the suite. */
export function makeTool(
  name: string,
  handle: (args: Record<string, unknown>, context: ToolContext) => Promise<ToolEnd>,
): Tool {
  return defineTool({
    name,
    title: name,
    description: "A tool of the conformance suite.",
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    meta: {},
    input: z.looseObject({}),
    output: z.looseObject({}),
    handle,
  });
}

/** The jobs of a bridge of its own. */
export function openJobs(stateDir: string): Jobs {
  const place = { stateDir, cwd: stateDir, logger: SILENT_LOGGER };
  const machine = createMachine(place);
  return createMachineJobs({ ...place, maxJobs: 100, jobTtlMs: 600_000, checkMayAct: () => {}, machine }).jobs;
}

const ask = (call: CallContext, message: string) =>
  call.askUser?.({ message, choices: [{ id: "yes", title: "Yes" }], timeoutMs: 20_000 });

/** A tool whose call is a task where the client takes one, and is waited for elsewhere. */
function makeTask(
  name: string,
  act: (args: Record<string, unknown>, call: CallContext) => Promise<FinishedCall>,
): Tool {
  return makeTool(name, async (args, context) => {
    const background = context.call.canTask ? true : undefined;
    const plan = { tool: name, agent: "codex", title: name, background, needsRoots: false, takesInput: false };
    const begin = async (call: CallContext): Promise<FinishedCall> => {
      // A call that begins no turn for a moment might still be refused, and is waited for.
      call.onTurnStart?.();
      await sleep(call, 50);
      return act(args, call);
    };
    return runAsJob(context, { ...plan, act: begin });
  });
}

async function sleep({ signal }: CallContext, ms: number): Promise<void> {
  await pause(ms, undefined, { signal }).catch(() => {
    throw new BridgeError("CANCELLED", "The call was cancelled.");
  });
}

/** The tools. `openOther` opens the jobs of a bridge that will end before its job does. */
export const toSuiteTools = (openOther: () => Jobs): readonly Tool[] => [
  makeTool("test_simple_text", async () => say("This is a simple text response for testing.")),
  makeTool("test_error_handling", async () => {
    throw new BridgeError("TURN_FAILED", "This tool intentionally returns an error for testing.");
  }),
  makeTool("test_tool_with_progress", async (_args, { call }) => {
    for (const step of ["0", "50", "100"]) {
      call.report(step);
      await pause(600);
    }
    return say("done");
  }),
  ...["test_elicitation", "test_input_required_result_elicitation", "test_input_required_result_capabilities"].map(
    (name) =>
      makeTool(name, async ({ message = "What is your name?" }, { call }) =>
        say(`User response: ${JSON.stringify(await ask(call, String(message)))}`),
      ),
  ),
  ...["test_input_required_result_request_state", "test_input_required_result_tampered_state"].map((name) =>
    makeTool(name, async (_args, { call }) => {
      await ask(call, "Please confirm");
      return say("state-ok");
    }),
  ),
  makeTool("test_input_required_result_list_roots", async (_args, { call }) =>
    say(`Roots: ${JSON.stringify(await call.listRoots?.())}`),
  ),
  makeTool("test_input_required_result_multiple_inputs", async (_args, { call }) =>
    say(JSON.stringify(await Promise.all([ask(call, "What is your name?"), call.listRoots?.()]))),
  ),
  makeTool("test_input_required_result_multi_round", async (_args, { call }) => {
    await ask(call, "Step 1: What is your name?");
    await ask(call, "Step 2: What is your favorite color?");
    return say("done");
  }),
  makeTool("greet", async ({ name }) => say(`Hello, ${name}!`)),
  makeTask("slow_compute", async ({ seconds }, call) => {
    await sleep(call, Number(seconds) * 1_000);
    return say("42");
  }),
  makeTask("failing_job", async (_args, call) => {
    await sleep(call, 1_000);
    return { error: reportError("TURN_FAILED", "This job always fails.") };
  }),
  makeTool("protocol_error_job", async (_args, context) => {
    const jobs = openOther();
    const work = () => new Promise<never>(() => {});
    const live = jobs.create({ tool: "protocol_error_job", title: "x", call: context.call, isQueued: false }, work);
    const job = live.keep();
    setTimeout(() => void jobs.close(), 500);
    return { job, note: "started", fields: {} };
  }),
  makeTask("confirm_delete", async (_args, call) => say(JSON.stringify(await ask(call, "Delete it?")))),
  makeTask("multi_input", async (_args, call) =>
    say(JSON.stringify(await Promise.all([ask(call, "First?"), ask(call, "Second?")]))),
  ),
  makeTool("test_tool_with_task", async (_args, context) => {
    const answer = await ask(context.call, "What is your name?");
    const act = async (call: CallContext): Promise<FinishedCall> => {
      call.onTurnStart?.();
      await sleep(call, 500);
      return say(`Hello, ${JSON.stringify(answer)}!`);
    };
    const plan = {
      tool: "test_tool_with_task",
      agent: "codex",
      title: "x",
      background: true,
      needsRoots: false,
      takesInput: false,
    };
    return runAsJob(context, { ...plan, act });
  }),
];
