// What a bridge and its runner say to each other: lines of JSON on the runner's stdin and stdout. Only the two processes hold these pipes, so
// prompts and answers go there and never touch the disk.
import * as z from "zod";
import { isRecord } from "../domain/guards.ts";
import { CallerSchema } from "../state/caller-shape.ts";
import { AnswerSchema, QuestionSchema } from "../state/question-shapes.ts";

const CallId = z.int().min(1);
const Key = z.int().min(1);
const Text = z.string();
/** Passed on as it is: `z.record` would drop a key called __proto__, which is refused by name later. */
const Fields = z.custom<Record<string, unknown>>(isRecord);

const AskedSchema = QuestionSchema.extend({ kind: z.enum(["input", "decision"]).optional() });

/** What the bridge says. */
export const BridgeLineSchema = z.discriminatedUnion("kind", [
  /** The first line: the flags of the registration. */
  z.object({ kind: z.literal("begin"), overrides: z.array(Text), profile: Text.optional() }),
  z.object({
    kind: z.literal("call"),
    call: CallId,
    tool: Text,
    args: Fields,
    canReport: z.boolean(),
    canTask: z.boolean(),
    canAsk: z.boolean(),
    canListRoots: z.boolean(),
    caller: CallerSchema.optional(),
  }),
  z.object({ kind: z.literal("cancel"), call: CallId }),
  z.object({ kind: z.literal("answer"), call: CallId, key: Key, answer: AnswerSchema }),
  /** Without paths: the client has not said. */
  z.object({ kind: z.literal("roots"), call: CallId, key: Key, paths: z.array(Text).optional() }),
]);

const ResultSchema = z.looseObject({
  content: z.array(z.looseObject({ type: Text })),
  structuredContent: Fields,
  isError: z.boolean().exactOptional(),
});

/** What the runner says. */
export const RunnerLineSchema = z.discriminatedUnion("kind", [
  /** It is on record and takes calls. */
  z.object({ kind: z.literal("ready") }),
  /** It cannot work, and ends. */
  z.object({ kind: z.literal("unable"), why: Text }),
  z.object({ kind: z.literal("report"), call: CallId, message: Text }),
  z.object({ kind: z.literal("ask"), call: CallId, key: Key, question: AskedSchema }),
  /** Nobody waits for the answer to a question any more. */
  z.object({ kind: z.literal("unask"), call: CallId, key: Key }),
  z.object({ kind: z.literal("askRoots"), call: CallId, key: Key }),
  /** The answer of a call. With a job it goes on, and its record is on disk. */
  z.object({
    kind: z.literal("end"),
    call: CallId,
    result: ResultSchema.optional(),
    job: z.object({ id: Text, handle: Fields }).optional(),
  }),
  /** The job of a call has ended: nothing more is asked for it. */
  z.object({ kind: z.literal("over"), call: CallId }),
]);

export type BridgeLine = z.infer<typeof BridgeLineSchema>;
export type RunnerLine = z.infer<typeof RunnerLineSchema>;

/**
 * Longest line of either side. A client's request has at most 32 MiB (`mcp/transport/stdio.ts`) and, written anew, at most five times as much: `1e20`
 * becomes 21 digits. A longer line would be dropped, and its call would never end. Results are far shorter.
 */
export const MAX_LINE_BYTES = 167_772_160;

/** A line in its shape; undefined for any other. */
export function parseLine<Line>(text: string, schema: z.ZodType<Line>): Line | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

export function toLineText(line: BridgeLine | RunnerLine): string {
  return `${JSON.stringify(line)}\n`;
}
