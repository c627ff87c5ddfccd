import * as z from "zod";
import { BridgeError } from "../domain/errors.ts";
import { defineTool } from "./define-tool.ts";
import { readPartId, toEntriesAnswer, toIndexAnswer } from "./memory-answer.ts";
import { entryArguments } from "./memory-arguments.ts";

const INDEX_TOKENS = 2_000;
const ENTRY_TOKENS = 10_000;
const queryArgument = z.string().max(10_000);

/** `retrieve_knowledge`: finds what earlier agents have kept. Changes nothing. */
export const retrieveKnowledgeTool = defineTool({
  name: "retrieve_knowledge",
  title: "Search the shared memory",
  description:
    "Find what earlier sessions and other agents kept: an index with the matching lines; `ids` gives whole entries. Without query, the newest that fit.",
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  meta: { "anthropic/searchHint": "recall plans, reviews, decisions and patterns from the shared memory" },
  input: z.strictObject({
    query: queryArgument.optional().describe("The question."),
    limit: z.int().min(1).max(50).default(5).describe("Most entries."),
    queries: z
      .array(queryArgument)
      .max(5)
      .optional()
      .describe("It in other words, up to five: three phrasings find far more than one."),
    ids: z.array(z.string().max(200)).min(1).max(50).optional().describe("Show these whole."),
    ...entryArguments,
    latest: z.boolean().optional().describe("Newest versions alone."),
    version: z.int().min(1).optional().describe("This version."),
    maxTokens: z.int().min(100).max(50_000).optional().describe("Size of the answer."),
  }),
  output: z.looseObject({ content: z.string(), entries: z.array(z.looseObject({})).optional() }),
  handle: async ({ query, queries = [], ids, limit, maxTokens, ...filter }, { memory }) => {
    if (ids !== undefined) {
      const parts = ids.map(readPartId);
      const found = await memory.read([...new Set(parts.map(({ id }) => id))]);
      const entries = parts.flatMap(({ id, from }) =>
        found.entries.filter((entry) => entry.id === id).map((entry) => ({ entry, from })),
      );
      const { missing } = found;
      return toEntriesAnswer({ entries, missing, warnings: memory.notes() }, maxTokens ?? ENTRY_TOKENS);
    }
    const asked = [...new Set(query === undefined ? queries : [query, ...queries])];
    if (asked.length > MOST_QUERIES)
      throw new BridgeError("INVALID_ARGUMENT", "At most five phrasings, `query` included.");
    const found = await memory.find({ ...filter, queries: asked, limit });
    return toIndexAnswer(found, maxTokens ?? INDEX_TOKENS, asked.filter((text) => text.trim() !== "").length);
  },
});

const MOST_QUERIES = 5;
