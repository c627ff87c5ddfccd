import * as z from "zod";
import type { Collaboration } from "../delegation/collaboration/collaboration.ts";
import type { CallContext } from "../delegation/requests.ts";
import { CODEX } from "../domain/agents.ts";
import { BridgeError } from "../domain/errors.ts";
import { checkArgument, jobArguments, promptArgument, turnArguments } from "./arguments.ts";
import { runAsJob } from "./as-job.ts";
import { toListAnswer, toStateAnswer, toStepAnswer } from "./collaboration-words.ts";
import { defineTool, type ToolAnswer } from "./define-tool.ts";
import { addNotes } from "./memory-answer.ts";

const ACTIONS = ["plan", "review", "implemented", "validate", "extract_pattern", "status", "list"] as const;
/** Those that Codex works for, which takes minutes. */
const SLOW: ReadonlySet<string> = new Set(["review", "validate"]);

const input = z.strictObject({
  action: z.enum(ACTIONS).describe("Step, or what to show."),
  sessionId: z.string().optional().describe("As a result of plan gives it."),
  title: z.string().max(200).optional().describe("One line."),
  text: promptArgument.optional().describe("The whole plan; what was done; the pattern."),
  files: z.array(z.string().min(1)).max(40).optional().describe("Files of a plan beyond those in its text."),
  taken: z.array(z.string()).max(200).optional().describe("Ids of findings that were followed (implemented)."),
  check: checkArgument.optional().describe("Command that must pass (validate)."),
  model: turnArguments.model,
  reasoningEffort: turnArguments.reasoningEffort,
  timeoutMs: turnArguments.timeoutMs,
  background: jobArguments.background,
});
type Args = z.infer<typeof input>;

/** `run_collaboration`: a piece of work from its plan to its validation, by Claude and Codex in turns. */
export const runCollaborationTool = defineTool({
  name: "run_collaboration",
  title: "Plan, review, implement, validate",
  description:
    "Carry work through with Codex: store a plan, have Codex review it, report what was implemented, have Codex validate it. Each step is kept in the shared memory.",
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true },
  meta: { "anthropic/searchHint": "plan reviewed by Codex before implementing, then validated; collaboration session" },
  input,
  output: z.looseObject({ content: z.string(), sessionId: z.string().optional() }),
  handle: async (args, context) => {
    const { action, sessionId, background, model, text } = args;
    const act = async (call: CallContext): Promise<ToolAnswer> =>
      addNotes(await take(args, await context.collaboration(), call), context.memory.notes());
    if (!SLOW.has(action)) return act(context.call);
    const title = `${action} of ${need("sessionId", sessionId)}`;
    if (text !== undefined)
      throw new BridgeError("INVALID_ARGUMENT", `${action} takes no \`text\`: it judges what is stored.`);
    return runAsJob(context, {
      ...{ tool: "run_collaboration", agent: CODEX.id, background, title, takesInput: false, model },
      needsRoots: false,
      act,
    });
  },
});

async function take(args: Args, collaboration: Collaboration, call: CallContext): Promise<ToolAnswer> {
  const { action, sessionId, title, text, files, taken, check, model, reasoningEffort, timeoutMs } = args;
  switch (action) {
    case "plan":
      return toStepAnswer(await collaboration.plan({ sessionId, title, text: need("text", text), files }, call));
    case "review":
      return toStepAnswer(
        await collaboration.review(
          { sessionId: need("sessionId", sessionId), model, reasoningEffort, timeoutMs },
          call,
        ),
      );
    case "implemented": {
      const done = { sessionId: need("sessionId", sessionId), text: need("text", text), taken };
      return toStepAnswer(await collaboration.implemented(done, call));
    }
    case "validate": {
      const judged = { sessionId: need("sessionId", sessionId), check, model, reasoningEffort, timeoutMs };
      return toStepAnswer(await collaboration.validate(judged, call));
    }
    case "extract_pattern": {
      const pattern = { sessionId: need("sessionId", sessionId), text: need("text", text), title };
      return toStepAnswer(await collaboration.extractPattern(pattern, call));
    }
    case "status":
      return toStateAnswer(await collaboration.status(need("sessionId", sessionId)));
    case "list":
      return toListAnswer(await collaboration.list());
  }
}

function need(name: string, value: string | undefined): string {
  if (value !== undefined) return value;
  throw new BridgeError("INVALID_ARGUMENT", `\`${name}\` is missing.`);
}
