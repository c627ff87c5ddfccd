import * as z from "zod";
import type { ListRequest, ShownThread, ThreadPage, ThreadView } from "../delegation/stored-threads/stored-threads.ts";
import { countOf } from "../domain/count-of.ts";
import { BridgeError } from "../domain/errors.ts";
import { assertNever } from "../domain/guards.ts";
import { defineTool, type ToolAnswer } from "./define-tool.ts";
import { describeWalk, toThreadEntry } from "./thread-entry.ts";

const MOST_LISTED = 20;

/** `codex-threads`: looks at threads. Changes nothing. */
export const codexThreadsTool = defineTool({
  name: "codex-threads",
  title: "Look at Codex threads",
  description:
    "List this directory's Codex threads (also the user's own), read the end of one, or search them. Continue one with codex-reply.",
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  meta: { "anthropic/searchHint": "list, find, read and search earlier Codex threads and sessions" },
  input: z.strictObject({
    action: z.enum(["list", "read", "search"]).describe("What to do."),
    threadId: z.string().optional().describe("For read."),
    query: z.string().optional().describe("Words, for search."),
    everywhere: z.boolean().optional().describe("All directories."),
    archived: z.boolean().optional().describe("Also archived ones."),
  }),
  output: z.looseObject({ content: z.string(), threads: z.array(z.looseObject({})).optional() }),
  handle: async ({ action, threadId, query, everywhere = false, archived = false }, { threads, call }) => {
    const request: ListRequest = { isEverywhere: everywhere, withArchived: archived, most: MOST_LISTED };
    switch (action) {
      case "list":
        return toListAnswer(await threads.list(request, call), request);
      case "search": {
        const page = await threads.search(require("query", query, action), request, call);
        const inPart =
          page.searchedInPart === 0 ? "" : ` (${page.searchedInPart} of them in part, since they are large)`;
        return toListAnswer(page, request, `Searched ${countOf(page.searched, "thread")}${inPart}.`);
      }
      case "read":
        return toReadAnswer(await threads.read(require("threadId", threadId, action)));
      default:
        return assertNever(action);
    }
  },
});

function require(name: string, value: string | undefined, action: string): string {
  if (value === undefined) throw new BridgeError("INVALID_ARGUMENT", `\`${name}\` is missing: ${action} needs it.`);
  return value;
}

type Listed = ShownThread & { readonly excerpt?: string | undefined };

function toListAnswer(page: ThreadPage<Listed>, { isEverywhere }: ListRequest, searched?: string): ToolAnswer {
  const now = Date.now();
  const { threads, base, warnings } = page;
  const entries = threads.map((thread) => toThreadEntry(thread, now, base));
  const where = isEverywhere ? "" : ` of ${base}`;
  const found =
    threads.length === 0 ? `No threads${where}.` : `${countOf(threads.length, "thread")}${where}, the last used first.`;
  const content = [searched, found, ...describeWalk(page), ...warnings].filter((text) => text !== undefined).join(" ");
  const text = [content, ...entries.map((entry) => JSON.stringify(entry))].join("\n");
  return { structured: { content, threads: entries }, text, links: [] };
}

function toReadAnswer({ thread, turns, messages, warnings }: ThreadView): ToolAnswer {
  const entry = { ...toThreadEntry(thread, Date.now(), undefined), turnsHere: turns };
  const head =
    messages.length === 0 ? "Nothing that was said in this thread can be read." : "The end of the thread, shortened:";
  const said = messages.map(({ role, text }) => `${role === "user" ? "User" : "Codex"}: ${text}`);
  const content = [[head, ...warnings].join(" "), ...said].join("\n\n");
  return {
    structured: { content, ...entry },
    text: `${JSON.stringify(entry)}\n${content}`,
    links: [],
  };
}
