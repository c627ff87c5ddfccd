// Further input that waits for a job to take it. It stands in the job's record.
import { BridgeError } from "../../domain/errors.ts";
import type { StoredJob } from "../../state/job-files.ts";
import type { JobOrder } from "./job.ts";
import { toReplyTool } from "./job-record.ts";

const MOST_INPUTS = 20;
const MOST_CHARACTERS = 2_097_152;
/** Longest prompt of an order with input, in UTF-16 units: surely below what a tool takes. */
const PROMPT_CHARACTERS = 1_000_000;

/** The inputs that wait, with another one. Throws INVALID_ARGUMENT where there are too many. */
export function addInput({ steers = [], tool }: Pick<StoredJob, "steers" | "tool">, text: string): string[] {
  const characters = steers.reduce((sum, waiting) => sum + waiting.length, text.length);
  if (steers.length < MOST_INPUTS && characters <= MOST_CHARACTERS) return [...steers, text];
  throw new BridgeError("INVALID_ARGUMENT", `Too much input waits for this job already: ${steers.length} texts.`, {
    nextStep: `Wait until its turn has ended, or cancel the job and continue its thread with ${toReplyTool(tool)}.`,
  });
}

/** The order with the inputs at the end of its prompt; undefined where they do not fit. */
export function addInputs(order: JobOrder, inputs: readonly string[]): JobOrder | undefined {
  const { prompt } = order.args;
  if (inputs.length === 0 || typeof prompt !== "string") return undefined;
  const whole = [prompt, ...inputs].join("\n\n");
  return whole.length > PROMPT_CHARACTERS ? undefined : { ...order, args: { ...order.args, prompt: whole } };
}
