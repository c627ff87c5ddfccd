// The shape of a question to the user and of its answer, where another process reads them: in the record of a job, in a request for one, and
// on the pipe to a runner.
import * as z from "zod";

const Option = z.object({ id: z.string(), title: z.string() });
const Bound = z.number().optional();
const FieldSchema = z.object({
  id: z.string(),
  title: z.string(),
  description: z.string().optional(),
  isRequired: z.boolean(),
  value: z.discriminatedUnion("type", [
    z.object({
      type: z.literal("text"),
      minLength: Bound,
      maxLength: Bound,
      format: z.enum(["email", "uri", "date", "date-time"]).optional(),
    }),
    z.object({ type: z.literal("number"), isInteger: z.boolean(), minimum: Bound, maximum: Bound }),
    z.object({ type: z.literal("boolean") }),
    z.object({ type: z.literal("choice"), options: z.array(Option).readonly() }),
    z.object({ type: z.literal("choices"), options: z.array(Option).readonly(), minItems: Bound, maxItems: Bound }),
  ]),
});

/** A question. `kind` is not part of it, since a job's record has it beside the question. */
export const QuestionSchema = z.object({
  message: z.string(),
  choices: z.array(Option).readonly(),
  fields: z.array(FieldSchema).readonly().optional(),
  timeoutMs: z.number(),
});

/** Longest id of a choice, and longest text that is filled in, in UTF-16 units. */
const MOST_ID = 200;
const MOST_TEXT = 100_000;

/** An answer. */
export const AnswerSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("chosen"), id: z.string().max(MOST_ID) }),
  z.object({
    kind: z.literal("filled"),
    values: z
      .record(
        z.string(),
        z.union([z.string().max(MOST_TEXT), z.number(), z.boolean(), z.array(z.string().max(MOST_ID)).readonly()]),
      )
      .readonly(),
  }),
  z.object({ kind: z.literal("declined") }),
  z.object({ kind: z.literal("unanswered") }),
]);
