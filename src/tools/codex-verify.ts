import * as z from "zod";
import type { Verified } from "../delegation/receipts/receipts.ts";
import { countOf } from "../domain/count-of.ts";
import { defineTool, type ToolAnswer } from "./define-tool.ts";
import { takeWithin } from "./take-within.ts";

const LISTED = { items: 50, bytes: 6_000 };

/** `codex-verify`: compares a receipt with the files now. */
export const codexVerifyTool = defineTool({
  name: "codex-verify",
  title: "Check what a Codex turn left",
  description: "Show a turn's receipt: its changes, whether they still stand, its commands with exit codes.",
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  meta: { "anthropic/searchHint": "receipt of a Codex turn: what it changed and ran, is it still so" },
  input: z.strictObject({
    receipt: z.string().optional().describe("Id from `receipts`; default: the newest."),
  }),
  output: z.looseObject({ content: z.string() }),
  handle: async ({ receipt }, { receipts }) => toAnswer(await receipts.verify(receipt)),
});

function toAnswer({ receipt, path, files }: Verified): ToolAnswer {
  const other = files.filter(({ now }) => now !== "as left");
  const state = other.length === 0 ? "All are as the turn left them." : `${other.length} of them are different now.`;
  const content = `${receipt.id}: ${countOf(files.length, "file")} changed. ${files.length === 0 ? "" : state}`.trim();
  const listed = takeWithin(files, LISTED);
  const commands = takeWithin(receipt.commands, LISTED);
  const structured = {
    ...{ content, receipt: receipt.id, outcome: receipt.outcome, cwd: receipt.cwd, files: listed.kept },
    ...(receipt.threadId === undefined ? {} : { threadId: receipt.threadId }),
    ...(listed.more === 0 ? {} : { moreFiles: listed.more }),
    ...(commands.kept.length === 0 ? {} : { commands: commands.kept }),
    ...(commands.more === 0 ? {} : { moreCommands: commands.more }),
    ...(receipt.unknown === undefined ? {} : { unknown: receipt.unknown }),
  };
  const lines = [
    ...listed.kept.map(({ path, now }) => `${now}: ${path}`),
    ...commands.kept.map(({ command, exitCode, wasRefused }) =>
      [wasRefused === true ? "refused" : `exit ${exitCode ?? "?"}`, command].join(": "),
    ),
  ];
  return {
    structured,
    text: [content, ...lines].join("\n"),
    links: [{ name: "receipt", path, description: "The whole receipt" }],
  };
}
