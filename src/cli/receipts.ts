// `codex-bridge receipts`: lists the receipts of this directory's turns, and prints one.
import { describeAge } from "../delegation/threads/thread-titles.ts";
import { countOf } from "../domain/count-of.ts";
import { toPrintableLine } from "../domain/printable.ts";
import { type Print, type PrintedLine, paint, type Style } from "../domain/printed-line.ts";
import { describeDiffStat } from "../receipts/diff-stat.ts";
import { createReceiptFiles, type Receipt, type ReceiptCheck, type ReceiptFile } from "../state/receipt-files.ts";
import { describeMeasure } from "../tools/measure-words.ts";
import { pickRecords, type RecordChoice } from "./pick-records.ts";
import { readRegisteredSettings } from "./registered-settings.ts";

/** Options of the command. */
export interface ReceiptsCommand extends RecordChoice {
  readonly ownPath: string;
  readonly isJson: boolean;
  readonly print: Print;
}

const COLOURS: Readonly<Record<Receipt["outcome"], Style>> = {
  completed: "green",
  failed: "red",
  interrupted: "yellow",
};
const SIGNS: Readonly<Record<ReceiptFile["kind"], string>> = { add: "A", update: "M", delete: "D", rename: "R" };

/** Runs the command; resolves with the exit code. Throws BridgeError. */
export async function runReceipts(command: ReceiptsCommand): Promise<number> {
  const files = createReceiptFiles(readRegisteredSettings(process.cwd(), command.ownPath).stateDir);
  const none = "No turn of this directory has a receipt.";
  const picked = pickRecords(files, command, { noun: "receipt", code: "RECEIPT_NOT_FOUND", none });
  return "one" in picked ? showReceipt(picked.one, command) : listReceipts(picked.list, command);
}

function listReceipts(receipts: readonly Receipt[], { isAll, isJson, print }: ReceiptsCommand): number {
  if (isJson) print(JSON.stringify(receipts, null, 2));
  else if (receipts.length === 0)
    print(isAll ? "No receipts." : "No receipts of this directory; --all lists those of every one.");
  else for (const receipt of receipts) print(toLine(receipt, isAll));
  return 0;
}

function toLine(
  { id, outcome, createdAt, files, threadId, unknown, undoes, lands, project }: Receipt,
  isAll: boolean,
): PrintedLine {
  return [
    `${id}  `,
    paint(COLOURS[outcome], outcome.padEnd(12)),
    `${describeAge(Math.max(0, Date.now() - createdAt))}`.padStart(12),
    `  ${unknown === undefined ? describeDiffStat(files) : "changes not known"}`,
    ...(undoes === undefined ? [] : [`  undo of ${undoes}`]),
    ...(lands === undefined ? [] : [`  landing of ${lands}`]),
    ...(threadId === undefined ? [] : [`  ${toPrintableLine(threadId)}`]),
    ...(isAll ? [`  ${toPrintableLine(project)}`] : []),
  ];
}

function showReceipt(receipt: Receipt, { isJson, print }: ReceiptsCommand): number {
  if (isJson) {
    print(JSON.stringify(receipt, null, 2));
    return 0;
  }
  const { cwd, sandbox, model, reasoningEffort, durationMs, usage, error, warnings } = receipt;
  print(toLine(receipt, false));
  const tokens =
    usage === undefined ? undefined : `${(usage["inputTokens"] ?? 0) + (usage["outputTokens"] ?? 0)} tokens`;
  const ran = [sandbox.mode, model, reasoningEffort, `${(durationMs / 1_000).toFixed(1)} s`, tokens, error];
  print(`${toPrintableLine(cwd)}  ${toPrintableLine(ran.filter((word) => word !== undefined).join(", "))}`);
  for (const file of receipt.files) print(toFileLine(file));
  if (receipt.unknown !== undefined) print([paint("yellow", `Not known: ${toPrintableLine(receipt.unknown)}`)]);
  for (const path of receipt.notCovered) print([paint("gray", `not looked into: ${toPrintableLine(path)}`)]);
  for (const command of receipt.commands) print(toCommandLine(command));
  for (const check of receipt.checks ?? []) for (const line of toCheckLines(check)) print(line);
  for (const measure of receipt.measures ?? [])
    print(toPrintableLine(`${describeMeasure(measure)} (${measure.command})`));
  if (receipt.commit !== undefined)
    print(`committed ${toPrintableLine(`${receipt.commit.id} ${receipt.commit.message}`)}`);
  for (const warning of warnings) print([paint("yellow", toPrintableLine(warning))]);
  return 0;
}

function toFileLine({ kind, path, from, added, deleted, before, after }: ReceiptFile): PrintedLine {
  const lines = added === undefined || deleted === undefined ? "" : `  +${added} -${deleted}`;
  const name = from === undefined ? path : `${from} → ${path}`;
  const isKept = before !== undefined || after !== undefined;
  const unkept = kind === "add" ? "  undo leaves it" : "  cannot be restored";
  return [`${SIGNS[kind]} ${toPrintableLine(name)}${lines}`, ...(isKept ? [] : [paint("gray", unkept)])];
}

const SHOWN_LINES = 20;

function toCheckLines({
  command,
  exitCode,
  timedOut,
  durationMs,
  output,
  changed = [],
  moreChanged = 0,
}: ReceiptCheck) {
  const end = timedOut === true ? "its time was up" : `exit ${exitCode ?? "?"}`;
  const count = changed.length + moreChanged;
  const wrote = count === 0 ? "" : `, changed ${countOf(count, "file")}`;
  const lines = output.split("\n");
  const shown = lines.slice(-SHOWN_LINES);
  const more = lines.length === shown.length ? [] : [`${lines.length - shown.length} lines before are in --json`];
  return [
    [
      `check: ${toPrintableLine(command)}`,
      paint(exitCode === 0 ? "green" : "red", `  (${end}, ${(durationMs / 1_000).toFixed(1)} s${wrote})`),
    ],
    ...(output === "" ? [] : [...more, ...shown].map((line) => [paint("gray", `    ${toPrintableLine(line)}`)])),
  ];
}

function toCommandLine({ command, exitCode, durationMs, wasRefused }: Receipt["commands"][number]): PrintedLine {
  const end = wasRefused === true ? "refused by the sandbox" : `exit ${exitCode ?? "?"}`;
  const took = durationMs === undefined ? "" : `, ${(durationMs / 1_000).toFixed(1)} s`;
  return ["$ ", toPrintableLine(command), paint(exitCode === 0 ? "gray" : "yellow", `  (${end}${took})`)];
}
