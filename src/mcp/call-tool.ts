// One call of a tool: arguments in, result or error out. Loaded with the first call, not with the server.
import * as z from "zod";
import { BridgeError, toFailure } from "../domain/errors.ts";
import type { Logger } from "../domain/logger.ts";
import type { Redact } from "../domain/redact.ts";
import type { StartedJob, Tool, ToolContext, ToolEnd } from "../tools/define-tool.ts";
import { findShapeFault } from "./argument-shape.ts";
import { type TaskView, toTaskHandle } from "./tasks/task-record.ts";
import { toArgumentError, toErrorResult, toResult, toStartedResult, type WireResult } from "./tool-result.ts";

/** What a caller is made of. */
export interface ToolCallerOptions {
  readonly tools: readonly Tool[];
  /** What every handler may use; throws a BridgeError where the bridge is not able to work. */
  readonly context: () => Omit<ToolContext, "call" | "redact" | "logger">;
  readonly logger: Logger;
  /** Takes secrets out of what an error says. */
  readonly redact: Redact;
  readonly taskView: () => TaskView;
  /** Tells of jobs that have ended and whose results nobody has read, each once. Never throws. */
  readonly tellUnread?: (() => string | undefined) | undefined;
}

/** What a call is answered with. */
export interface CalledTool {
  readonly result: WireResult;
  /** Where the call goes on as a job. */
  readonly task?: StartedTask;
}

/** A job that goes on, for a client that declared tasks. */
export interface StartedTask {
  /** The answer instead of `result`. */
  readonly handle: Readonly<Record<string, unknown>>;
  /** Nobody was told of the job, so nobody could stop it: cancels it. */
  readonly drop: () => void;
  readonly jobId: string;
}

/** Calls a tool by name; undefined where there is none. Never throws. */
export type ToolCaller = (
  name: string,
  args: Readonly<Record<string, unknown>>,
  call: ToolContext["call"],
) => Promise<CalledTool | undefined>;

/** Makes a caller: the one place that writes errors as results and logs them. */
export function createToolCaller({
  tools,
  context,
  logger,
  redact,
  taskView,
  tellUnread,
}: ToolCallerOptions): ToolCaller {
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  return async (name, args, call) => {
    const tool = byName.get(name);
    if (tool === undefined) return undefined;
    const chained = { ...call, chain: { id: undefined, prompts: new Set<string>() } };
    const end = await run(tool, args, () => ({ ...context(), redact, logger, call: chained }));
    const called = toCalled(tool, end);
    // A client with tasks brings the results itself.
    return call.canTask || tool.name === JOBS_TOOL
      ? called
      : { ...called, result: addUnread(called.result, tellUnread) };
  };

  function toCalled(tool: Tool, end: ToolEnd): CalledTool {
    if ("job" in end) return { result: toStartedResult(end), task: toTask(end) };
    if (!("error" in end)) return { result: toResult(end) };
    const { error, cause } = end;
    const result = toErrorResult(error, { fields: tool.errorFields, redact });
    const fields = { tool: tool.name, answer: result.content, err: cause };
    if (error.code === "INTERNAL") logger.error(fields, "call failed");
    else logger.info(fields, "call answered with an error");
    return { result };
  }

  function toTask({ job, note }: StartedJob): StartedTask {
    const drop = async (): Promise<void> => void (await context().jobs.cancel(job.id));
    return {
      jobId: job.id,
      handle: toTaskHandle(job, note, taskView()),
      drop: () =>
        void drop().catch((error: unknown) => logger.error({ err: error, id: job.id }, "a job was not cancelled")),
    };
  }
}

/** It tells of jobs itself. */
const JOBS_TOOL = "agent_job";

// Models read either of the two. A result without an answer is not for a model.
function addUnread(result: WireResult, tellUnread: ToolCallerOptions["tellUnread"]): WireResult {
  const { content, structuredContent } = result;
  const unread = typeof structuredContent["content"] === "string" ? tellUnread?.() : undefined;
  if (unread === undefined) return result;
  return {
    ...result,
    content: [...content, { type: "text", text: unread }],
    structuredContent: { ...structuredContent, unreadResults: unread },
  };
}

// The one place that catches whatever a tool, or what it needs, throws.
async function run(
  tool: Tool,
  args: Readonly<Record<string, unknown>>,
  toContext: () => ToolContext,
): Promise<ToolEnd> {
  try {
    const fault = findShapeFault(args);
    if (fault !== undefined) throw new BridgeError("INVALID_ARGUMENT", fault);
    return await tool.run(dropNulls(args), toContext());
  } catch (thrown) {
    return thrown instanceof z.ZodError ? { error: toArgumentError(thrown, listArguments(tool)) } : toFailure(thrown);
  }
}

// null for an optional argument means absent.
function dropNulls(args: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null));
}

function listArguments(tool: Tool): string[] {
  return tool.input instanceof z.ZodObject ? Object.keys(tool.input.shape) : [];
}
