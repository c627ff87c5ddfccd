import * as z from "zod";
import type { Verified } from "../delegation/receipts/receipts.ts";
import type { CallContext } from "../delegation/requests.ts";
import { CODEX } from "../domain/agents.ts";
import { countOf } from "../domain/count-of.ts";
import { toPrintableLine } from "../domain/printable.ts";
import { checkArgument } from "./arguments.ts";
import { runAsJob } from "./as-job.ts";
import { describeCheck, toCheckField } from "./check-words.ts";
import { defineTool, type ToolAnswer } from "./define-tool.ts";
import { describeMeasure, toFailureOutput, toMeasureField } from "./measure-words.ts";
import { takeWithin } from "./take-within.ts";

const LISTED = { items: 50, bytes: 6_000 };

/** `codex-verify`: compares a receipt with the files now, and can check what the turn left. */
export const codexVerifyTool = defineTool({
  name: "codex-verify",
  title: "Check what a Codex turn left",
  description:
    "Show a turn's receipt: its changes, whether they still stand, its commands with exit codes. Changes nothing without check or measure.",
  // A check may write. The hints cannot depend on an argument.
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  meta: {
    "anthropic/searchHint":
      "receipt of a Codex turn: what it changed and ran, is it still so, do its tests pass, is it faster",
  },
  input: z.strictObject({
    receipt: z.string().optional().describe("Id from `receipts`; default: the newest."),
    check: checkArgument.optional().describe("Shell command to run in the turn's sandbox, such as npm test."),
    measure: checkArgument.optional().describe("Command timed on a proposal's old and new state, in turns."),
  }),
  output: z.looseObject({ content: z.string() }),
  handle: async ({ receipt, check, measure }, context) => {
    const act = async (call: CallContext) => toAnswer(await context.receipts.verify(receipt, { check, measure }, call));
    const title = check ?? measure;
    if (title === undefined) return act(context.call);
    // A command may take minutes.
    const plan = {
      tool: "codex-verify",
      agent: CODEX.id,
      title,
      background: undefined,
      needsRoots: false,
      takesInput: false,
    };
    return runAsJob(context, { ...plan, act });
  },
});

function toAnswer({ receipt, path, files, check, measure, warnings }: Verified): ToolAnswer {
  const words = [
    `${receipt.id}: ${countOf(files.length, "file")} changed.`,
    ...describeFiles(files),
    ...(check === undefined ? [] : [describeCheck(check)]),
    ...(measure === undefined ? [] : [describeMeasure(measure)]),
  ];
  const content = [...words, ...warnings].join(" ");
  const listed = takeWithin(files, LISTED);
  const commands = takeWithin(receipt.commands, LISTED);
  const structured = {
    ...{ content, receipt: receipt.id, outcome: receipt.outcome, cwd: receipt.cwd, files: listed.kept },
    ...(receipt.threadId === undefined ? {} : { threadId: receipt.threadId }),
    ...(listed.more === 0 ? {} : { moreFiles: listed.more }),
    ...(commands.kept.length === 0 ? {} : { commands: commands.kept }),
    ...(commands.more === 0 ? {} : { moreCommands: commands.more }),
    ...(receipt.unknown === undefined ? {} : { unknown: receipt.unknown }),
    ...(check === undefined ? {} : { check: toCheckField(check) }),
    ...(measure === undefined ? {} : { measure: toMeasureField(measure) }),
    ...(warnings.length === 0 ? {} : { warnings }),
  };
  const lines = [
    ...listed.kept.map(({ path, now }) => `${now}: ${path}`),
    ...commands.kept.map(({ command, exitCode, wasRefused }) =>
      [wasRefused === true ? "refused" : `exit ${exitCode ?? "?"}`, command].join(": "),
    ),
    ...(check === undefined
      ? []
      : String(toCheckField(check)["output"])
          .split("\n")
          .map((line) => `> ${line}`)),
    ...(measure?.failure === undefined
      ? []
      : toFailureOutput(measure.failure)
          .split("\n")
          .map((line) => `> ${line}`)),
  ];
  return {
    structured,
    text: [content, ...lines].map(toPrintableLine).join("\n"),
    links: [{ name: "receipt", path, description: "The whole receipt" }],
  };
}

// A file without a kept copy cannot be compared; that does not mean that it is different.
function describeFiles(files: Verified["files"]): string[] {
  if (files.length === 0) return [];
  const unknown = files.filter(({ now }) => now === "unknown").length;
  const other = files.filter(({ now }) => now !== "as left").length - unknown;
  if (other + unknown === 0) return ["All are as the turn left them."];
  return [
    ...(other === 0 ? [] : [`Different now: ${other}.`]),
    ...(unknown === 0 ? [] : [`Not comparable, since no copy is kept or it cannot be read: ${unknown}.`]),
    ...(other + unknown === files.length ? [] : ["The others are as the turn left them."]),
  ];
}
