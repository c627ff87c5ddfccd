import * as z from "zod";
import type { Undone } from "../delegation/receipts/receipts.ts";
import { countOf } from "../domain/count-of.ts";
import { toPrintableLine } from "../domain/printable.ts";
import { defineTool, type ToolAnswer } from "./define-tool.ts";
import { takeWithin } from "./take-within.ts";

const LISTED = { items: 50, bytes: 6_000 };

/** `codex-undo`: puts the files of a turn back. */
export const codexUndoTool = defineTool({
  name: "codex-undo",
  title: "Undo a Codex turn",
  description: "Put back every file that a Codex turn changed. Refuses files that changed since. Can itself be undone.",
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: false },
  meta: { "anthropic/searchHint": "undo, revert or take back what a Codex turn changed" },
  input: z.strictObject({
    receipt: z.string().optional().describe("Id from `receipts`; default: the newest."),
    force: z.array(z.string()).max(1_000).optional().describe("Paths to restore though they changed since."),
  }),
  output: z.looseObject({ content: z.string() }),
  handle: async ({ receipt, force = [] }, { receipts, call }) => toAnswer(await receipts.undo(receipt, force, call)),
});

function toAnswer({ receipt, undoId, restored, left, warnings }: Undone): ToolAnswer {
  const files = takeWithin(restored, LISTED);
  const kept = takeWithin(left, LISTED);
  const again = undoId === undefined ? "" : ` To take this back: codex-undo with receipt ${undoId}.`;
  const lost =
    left.length === 0 ? "" : ` ${countOf(left.length, "file")} could not be restored, since no copy is kept.`;
  const content = [
    `Undone ${receipt.id}: ${countOf(restored.length, "file")} restored.${lost}${again}`,
    ...warnings,
  ].join(" ");
  const structured = {
    ...{ content, receipt: receipt.id, restored: files.kept },
    ...(files.more === 0 ? {} : { moreRestored: files.more }),
    ...(left.length === 0 ? {} : { left: kept.kept }),
    ...(undoId === undefined ? {} : { undoReceipt: undoId }),
  };
  return { structured, text: [content, ...files.kept].map(toPrintableLine).join("\n"), links: [] };
}
