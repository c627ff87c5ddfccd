import * as z from "zod";
import { countOf } from "../domain/count-of.ts";
import { sessionIdArgument } from "./arguments.ts";
import { defineTool } from "./define-tool.ts";

const MAX_CHARACTERS = 20_000;
const textArgument = z.string().max(MAX_CHARACTERS, `may have at most ${MAX_CHARACTERS} characters`);
const listArgument = z.array(textArgument).max(100);

/** `save_checkpoint`: where the session stands, for the one that goes on with it. */
export const saveCheckpointTool = defineTool({
  name: "save_checkpoint",
  title: "Save where this session stands",
  description:
    "Save progress, decisions and next steps of this session with its changed files, threads and jobs, so that a later session goes on from there.",
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  meta: { "anthropic/searchHint": "save session state before compaction, a break or a hand-over" },
  input: z.strictObject({
    taskProgress: textArgument.optional().describe("The task, and what of it is done."),
    keyDecisions: listArgument.optional().describe("What was decided, and why."),
    nextSteps: listArgument.optional().describe("What is to be done next, in order."),
    sessionId: sessionIdArgument.optional().describe("Name to restore it by. Default: this session."),
  }),
  output: z.looseObject({ content: z.string() }),
  handle: async (args, { checkpoints, call }) => {
    const { checkpoint, path, warnings } = await (await checkpoints()).save(args, call);
    const { session_id: sessionId, context, more_changes: more = 0 } = checkpoint;
    const count = countOf(context.code_changes.length + more, "changed file");
    const content = [
      `Saved session ${sessionId} with ${count}. restore_checkpoint goes on from here.`,
      ...warnings,
    ].join(" ");
    const structured = {
      ...{ content, sessionId, path, timestamp: checkpoint.timestamp },
      ...(warnings.length === 0 ? {} : { warnings }),
    };
    return { structured, text: content, links: [] };
  },
});
