import * as z from "zod";
import { toJobAfter } from "../domain/caller.ts";
import { cutText } from "../domain/cut-text.ts";
import { toPrintableLine } from "../domain/printable.ts";
import type { MemoryEntry } from "../memory/memory-store.ts";
import { sessionIdArgument } from "./arguments.ts";
import { defineTool, type ToolAnswer } from "./define-tool.ts";
import { MARK, toHead, toWarnings } from "./memory-answer.ts";
import { statusArgument } from "./memory-arguments.ts";

/** Longest wait of a call whose client gets no progress: the MCP SDK's clients give up on a request after 60 s. */
const SILENT_SECONDS = 55;
const MOST_SECONDS = 600;
const DEFAULT_SECONDS = 50;
/** Characters of a status that is no word. */
const MOST_SHOWN = 100;
/** How often a wait says that it goes on. */
const REPORT_MS = 10_000;

/** `wait_for_status`: waits for a step of another agent. Changes nothing. */
export const waitForStatusTool = defineTool({
  name: "wait_for_status",
  title: "Wait for another agent's step",
  description:
    "Wait until the newest entry of a session in the shared memory has a status. Answers at once when another agent or machine stores it, or with reached: false at the limit.",
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  meta: { "anthropic/searchHint": "wait for another agent or machine to reach a status in the shared memory" },
  input: z.strictObject({
    sessionId: sessionIdArgument.describe("Its exact id."),
    status: statusArgument.describe("As READY_FOR_IMPLEMENTATION."),
    waitSeconds: z.int().min(0).max(MOST_SECONDS).default(DEFAULT_SECONDS).describe("Limit."),
  }),
  output: z.looseObject({ content: z.string(), reached: z.boolean().optional() }),
  handle: async ({ sessionId, status, waitSeconds }, { memory, call, jobAfterMs }) => {
    const limitMs = call.caller === undefined ? 0 : toJobAfter(jobAfterMs, call.caller.limitMs);
    const ownMs = 1_000 * (call.canReport ? waitSeconds : Math.min(waitSeconds, SILENT_SECONDS));
    const ms = limitMs > 0 ? Math.min(ownMs, limitMs) : ownMs;
    const end = performance.now() + ms;
    const reporting = setInterval(() => call.report(`waiting for ${status} in ${sessionId}`), REPORT_MS);
    try {
      const entry = await memory.waitForStatus({ sessionId, status, ms, signal: call.signal });
      if (entry !== undefined) return toAnswer(`${sessionId} is ${status}.`, true, entry, memory.notes());
      // Cancelled, or this server ends: nobody looks any more.
      if (performance.now() < end)
        return toAnswer("Not yet: the wait was ended before its limit.", false, undefined, []);
      const [last] = await memory.list({ sessionId }, "project", 1);
      return toAnswer(
        `Not yet: ${describeState(sessionId, last)} Call again to go on waiting.`,
        false,
        last,
        memory.notes(),
      );
    } finally {
      clearInterval(reporting);
    }
  },
});

function describeState(sessionId: string, last: MemoryEntry | undefined): string {
  if (last === undefined) return `nothing is stored in ${sessionId} of this project.`;
  return `${sessionId} is ${last.status === undefined ? "without a status" : toShownStatus(last.status)}.`;
}

// Somebody else has written it, and it need not be a word.
function toShownStatus(status: string): string {
  return /^[A-Z][A-Z_]{0,59}$/.test(status) ? status : JSON.stringify(cutText(toPrintableLine(status), MOST_SHOWN));
}

function toAnswer(
  said: string,
  reached: boolean,
  entry: MemoryEntry | undefined,
  warnings: readonly string[],
): ToolAnswer {
  const content = [said, ...warnings, ...(entry === undefined ? [] : [MARK])].join(" ");
  const head = entry === undefined ? undefined : toHead(entry);
  const structured = { content, reached, ...(head === undefined ? {} : { entry: head }), ...toWarnings(warnings) };
  return { structured, text: [content, ...(head === undefined ? [] : [JSON.stringify(head)])].join("\n"), links: [] };
}
