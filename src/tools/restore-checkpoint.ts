import * as z from "zod";
import { sessionIdArgument } from "./arguments.ts";
import { composeRestored } from "./checkpoint-words.ts";
import { defineTool } from "./define-tool.ts";
import { takeWithin } from "./take-within.ts";

const LISTED = { items: 50, bytes: 6_000 };
const NAMED = { items: 20, bytes: 12_000 };
const OTHERS = { items: 10, bytes: 2_000 };

/** `restore_checkpoint`: what an earlier session saved, and what is different now. */
export const restoreCheckpointTool = defineTool({
  name: "restore_checkpoint",
  title: "Go on from a saved session",
  description:
    "Read what an earlier session saved: progress, decisions, next steps, changed files, threads, jobs. Tells what has moved since. Changes nothing.",
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  meta: { "anthropic/searchHint": "continue an earlier session of this project, after compaction or a restart" },
  input: z.strictObject({
    sessionId: sessionIdArgument.optional().describe("Default: the newest of this project."),
  }),
  output: z.looseObject({ content: z.string() }),
  handle: async ({ sessionId }, context) => {
    const checkpoints = await context.checkpoints();
    const restored = await checkpoints.restore(sessionId, context.call);
    const { checkpoint, path, warnings } = restored;
    const others = checkpoints.list().filter((one) => one.own && one.session_id !== checkpoint.session_id);
    const changes = takeWithin(checkpoint.context.code_changes, LISTED);
    const more = changes.more + (checkpoint.more_changes ?? 0);
    const content = composeRestored(restored, Date.now());
    const structured = {
      ...{ content, sessionId: checkpoint.session_id, timestamp: checkpoint.timestamp, path },
      ...(checkpoint.own ? {} : { foreign: true }),
      codeChanges: changes.kept,
      ...(more === 0 ? {} : { moreChanges: more }),
      threads: takeWithin(checkpoint.threads, NAMED).kept,
      jobs: takeWithin(checkpoint.jobs, NAMED).kept,
      ...(checkpoint.git === undefined ? {} : { git: checkpoint.git }),
      others: takeWithin(
        others.map((one) => one.session_id),
        OTHERS,
      ).kept,
      ...(warnings.length === 0 ? {} : { warnings }),
    };
    return { structured, text: content, links: [{ name: "checkpoint", path, description: "The whole checkpoint" }] };
  },
});
