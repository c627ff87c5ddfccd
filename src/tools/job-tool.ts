// A tool whose calls can be carried out later, by a bridge that did not get them.
import type * as z from "zod";
import type { JobEnd, JobOrder, JobWork } from "../delegation/jobs/job.ts";
import { BridgeError, toFailure } from "../domain/errors.ts";
import { carryOut, type JobPlan, runAsJob } from "./as-job.ts";
import { defineTool, type Tool, type ToolContext } from "./define-tool.ts";
import { toJobEnd } from "./job-result.ts";

/** The tool, with what a call of it is going to do. */
export interface JobTool extends Tool {
  /** Throws for arguments that do not fit. */
  readonly plan: (args: unknown, context: ToolContext) => Promise<JobPlan>;
}

/** Makes a tool whose calls run as jobs may. */
export function defineJobTool<Input extends z.ZodType>({
  plan,
  ...tool
}: Omit<Tool, "run" | "input"> & {
  readonly input: Input;
  readonly plan: (args: z.infer<Input>, context: ToolContext) => JobPlan;
}): JobTool {
  const handle = async (args: z.infer<Input>, context: ToolContext) => runAsJob(context, plan(args, context));
  const whole = { ...tool, handle };
  return { ...defineTool(whole), plan: async (args, context) => plan(await tool.input.parseAsync(args), context) };
}

/**
 * Carries out the order of a parked job. Everything is checked again, since settings and limits may have changed; what cannot run is a failed end.
 * Never throws.
 */
export async function runOrder(
  { tool: name, args }: JobOrder,
  title: string,
  { tools, ...context }: ToolContext & { readonly tools: readonly JobTool[] },
): ReturnType<JobWork> {
  let plan: JobPlan;
  try {
    const tool = tools.find((one) => one.name === name);
    if (tool === undefined) throw new BridgeError("INVALID_ARGUMENT", `There is no tool ${name} that can go on.`);
    plan = await tool.plan({ ...args, ...(title === "" ? {} : { title }) }, context);
  } catch (thrown) {
    return toUnfit(thrown, { ...context, tool: name, title });
  }
  return carryOut(context, plan);
}

function toUnfit(thrown: unknown, writing: Omit<Parameters<typeof toJobEnd>[1], "errorFields">): JobEnd {
  const error =
    thrown instanceof BridgeError
      ? thrown
      : new BridgeError("INVALID_ARGUMENT", "The call that waited does not fit this version of the bridge.", {
          nextStep: "Make the call again.",
          cause: thrown,
        });
  return toJobEnd(toFailure(error), { ...writing, errorFields: undefined });
}
