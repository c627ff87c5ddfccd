import * as z from "zod";
import { defineTool } from "./define-tool.ts";
import { describeArea, toWarnings } from "./memory-answer.ts";
import { entryArguments, messagesArgument } from "./memory-arguments.ts";

/** `store_knowledge`: keeps something for later sessions and other agents. Replaces nothing. */
export const storeKnowledgeTool = defineTool({
  name: "store_knowledge",
  title: "Store in the shared memory",
  description:
    "Keep a plan, review, decision or finding for later sessions and other agents. Nothing is replaced: the same session and kind again is the next version.",
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  meta: { "anthropic/searchHint": "remember, save knowledge, plans and reviews in the shared memory" },
  input: z.strictObject({
    messages: messagesArgument.describe("What to keep, complete in itself."),
    title: z.string().max(1_000).optional().describe("One line."),
    ...entryArguments,
  }),
  output: z.looseObject({ content: z.string(), id: z.string().optional() }),
  handle: async ({ messages, agent, ...input }, { memory, call }) => {
    const entry = await memory.store({ ...input, text: messages, agent: agent ?? call.caller?.agent });
    const { id, version, title, kind, sessionId } = entry;
    const session = sessionId === undefined ? "" : `, version ${version} of ${kind} in session ${sessionId}`;
    const isRedacted = entry.text !== messages && entry.text.includes("[redacted]");
    const warnings = memory.notes();
    const stored = `Stored as ${id}${session}, for ${describeArea(entry.area)}.${isRedacted ? " Secrets in it were replaced by [redacted]." : ""}`;
    const content = [stored, ...warnings].join(" ");
    return {
      structured: { content, id, version, kind, title, sessionId, ...toWarnings(warnings) },
      text: content,
      links: [],
    };
  },
});
