// Answers commands of the Claude Code plugin that are only a look at something, so that no model is needed: `/codex-status`,
// `/codex-result`, `/codex-threads`. A hook of the plugin calls it when one is typed (docs/claude-code.md#hooks).
import * as z from "zod";
import { cutText } from "../../domain/cut-text.ts";
import { toPrintable } from "../../domain/printable.ts";
import { defineTool, type ToolAnswer, type ToolContext } from "../define-tool.ts";
import { describeJobs, describeResult, describeThreadPage } from "./command-texts.ts";

const MOST_LISTED = 20;
/** Claude Code puts hook output of more than 10,000 characters into a file. */
const MOST_CHARACTERS = 9_000;

/**
 * `typed_command`: callable, though tools/list does not show it, so it costs no model a token. Its answer has the form of a hook's output.
 * An error makes Claude Code run the command's own text instead.
 */
export const typedCommandTool = defineTool({
  name: "typed_command",
  title: "Answer a typed command",
  description: "Answer a command of the plugin without a model.",
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  meta: {},
  input: z.strictObject({
    command: z.enum(["codex-status", "codex-result", "codex-threads"]).describe("Name of the command."),
    text: z.string().default("").describe("What was typed after it."),
  }),
  output: z.looseObject({}),
  handle: async ({ command, text }, context) => toHookAnswer(await answer(command, text.trim(), context)),
});

async function answer(
  command: "codex-status" | "codex-result" | "codex-threads",
  text: string,
  { jobs, threads, call }: ToolContext,
): Promise<string> {
  const now = Date.now();
  if (command === "codex-status") {
    if (text === "") return describeJobs(await jobs.list({ limit: MOST_LISTED }), now);
    const job = await jobs.find(text);
    return job === undefined ? describeResult(job, text, now) : describeJobs([job], now);
  }
  if (command === "codex-result") {
    if (text !== "") return describeResult(await jobs.find(text), text, now);
    const ended = (await jobs.list()).filter(({ endedAt }) => endedAt !== undefined);
    const [newest] = ended.toSorted((one, other) => (other.endedAt ?? 0) - (one.endedAt ?? 0));
    return describeResult(newest, text, now);
  }
  const request = { isEverywhere: false, withArchived: false, most: MOST_LISTED };
  const page = text === "" ? await threads.list(request, call) : await threads.search(text, request, call);
  return describeThreadPage(page, now);
}

// `block` means that no model sees the command: its text is for the person alone.
function toHookAnswer(text: string): ToolAnswer {
  const structured = {
    decision: "block",
    reason: cutText(toPrintable(text), MOST_CHARACTERS),
    hookSpecificOutput: { hookEventName: "UserPromptExpansion", suppressOriginalPrompt: true },
  };
  return { structured, text: JSON.stringify(structured), links: [] };
}
