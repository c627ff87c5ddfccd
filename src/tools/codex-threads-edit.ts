import * as z from "zod";
import type { EditedThread } from "../delegation/stored-threads/stored-threads.ts";
import { BridgeError } from "../domain/errors.ts";
import { assertNever } from "../domain/guards.ts";
import { sessionIdArgument } from "./arguments.ts";
import { defineTool, type ToolAnswer } from "./define-tool.ts";

/** `codex-threads-edit`: forks, archives and renames threads. Nothing is lost by it: the archive gives a thread back. */
export const codexThreadsEditTool = defineTool({
  name: "codex-threads-edit",
  title: "Fork, archive or rename a thread",
  description:
    "Fork a Codex thread (a new one with its history, sandbox, model and effort), archive or unarchive it, or name it.",
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  meta: { "anthropic/searchHint": "fork, archive, unarchive or rename a Codex thread" },
  input: z.strictObject({
    action: z.enum(["fork", "archive", "unarchive", "rename"]).describe("What to do."),
    threadId: z.string().describe("Id of the thread."),
    sessionId: sessionIdArgument.optional().describe("New name, for rename and fork."),
  }),
  output: z.looseObject({ content: z.string(), threadId: z.string().optional() }),
  handle: async ({ action, threadId, sessionId }, { threads, call }) => {
    switch (action) {
      case "fork": {
        const made = await threads.fork(threadId, sessionId, call);
        return say(made, `Forked. Continue the new thread with codex-reply and threadId ${made.threadId}.`);
      }
      case "archive":
        return say(
          await threads.setArchived(threadId, true, call),
          'Archived: it is no longer listed and cannot be continued. Action "unarchive" brings it back.',
        );
      case "unarchive":
        return say(
          await threads.setArchived(threadId, false, call),
          "It is out of the archive. Continue it with codex-reply.",
        );
      case "rename": {
        if (sessionId === undefined)
          throw new BridgeError("INVALID_ARGUMENT", "`sessionId` is missing: rename needs it.");
        const named = await threads.rename(threadId, sessionId, call);
        return say(named, `It is called ${JSON.stringify(sessionId)} here.`);
      }
      default:
        return assertNever(action);
    }
  },
});

function say({ threadId, sessionId, warnings }: EditedThread, content: string): ToolAnswer {
  const text = [content, ...warnings].join(" ");
  const name = sessionId === undefined ? {} : { sessionId };
  return { structured: { threadId, ...name, content: text }, text, links: [] };
}
