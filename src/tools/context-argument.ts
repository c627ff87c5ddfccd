// `context`: what a caller hands along with a task, and what the result says of it.
import * as z from "zod";
import { CONTEXT_PRIORITIES, type HandedContext } from "../context/context-item.ts";
import type { FinishedCall, ToolContext } from "./define-tool.ts";
import { joinHandoff, toHandoffField } from "./handoff-field.ts";

const MOST_ITEMS = 1_000;
/** Larger than any window; what is larger still belongs in a file. */
const MOST_CHARACTERS = 8_000_000;

const WellFormed = z.string().refine((text) => text.isWellFormed(), "must be well-formed text");
const Item = z.strictObject({
  content: WellFormed,
  priority: z.enum(CONTEXT_PRIORITIES),
  source: z
    .string()
    .regex(/^[^\p{C}\p{Zl}\p{Zp}]{1,300}$/u, "must be a name or path without control characters")
    .optional(),
});

/** Published as two types, as `expect` is: the union of their schemas would cost too many tokens. */
export const contextArgument = z
  .unknown()
  .pipe(
    z
      .union(
        [WellFormed, z.array(Item).max(MOST_ITEMS)],
        `must be text, or a list of at most ${MOST_ITEMS} items [{ content, priority: "critical", "important" or "supplementary", source }]`,
      )
      .refine(
        (context) => countCharacters(context) <= MOST_CHARACTERS,
        `is longer than ${MOST_CHARACTERS} characters; put long material in a file and name its path`,
      ),
  )
  .optional()
  .meta({ type: ["string", "array"] });

function countCharacters(context: HandedContext): number {
  return typeof context === "string" ? context.length : context.reduce((sum, { content }) => sum + content.length, 0);
}

/** A prompt with the context that goes along, and what to say of that in the result. Throws CONTEXT_OVERFLOW. */
export function withContext(
  { tasks }: Pick<ToolContext, "tasks">,
  prompt: string,
  context: HandedContext | undefined,
): { readonly prompt: string; readonly tell: (end: FinishedCall) => FinishedCall } {
  if (context === undefined) return { prompt, tell: (end) => end };
  const { prompt: composed, handoff } = tasks.compose({ task: prompt, context });
  if (handoff === undefined) return { prompt: composed, tell: (end) => end };
  const tell = (end: FinishedCall): FinishedCall => {
    if (!("structured" in end)) return end;
    const field = joinHandoff(toHandoffField(handoff), end.structured["handoff"]);
    return { ...end, structured: { ...end.structured, handoff: field } };
  };
  return { prompt: composed, tell };
}
