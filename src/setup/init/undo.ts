// Takes set-ups back. A file that nobody has changed since is put back byte for byte, or removed if the set-up made it. In any other one, what
// the set-up wrote is taken out again, and the rest stays.
import { rmSync } from "node:fs";
import { isObject, parseJson } from "../files/json-value.ts";
import type { FileReport, Finding } from "../files/report.ts";
import { toReason } from "../files/report.ts";
import { removeStaleDrafts } from "../files/stale-drafts.ts";
import { readWholeFile, replaceWholeFile, type WholeFile } from "../files/whole-file.ts";
import { type BlockMarks, readBlock, setBlock } from "./files/marked-block.ts";
import { listSetUps, type RecordedFile, readCopy, type SetUp, settleRecord } from "./files/records.ts";
import { removeTable } from "./files/toml-table.ts";
import { removeFolders } from "./files/write-files.ts";
import { takeOutValues } from "./take-out.ts";

/** What an undo did, or would do. */
export interface UndoReport {
  readonly files: readonly FileReport[];
  /** How many set-ups it took. */
  readonly count: number;
  /** If it took none: where the newest one was made. */
  readonly elsewhere: string | undefined;
  /** How many earlier ones that were made here are still in place. */
  readonly earlier: number;
}

/** What to undo. */
export interface UndoOptions {
  /** Root of the project in which the command runs. */
  readonly root: string;
  /** Every set-up of this user, also those made in other projects. */
  readonly isAll: boolean;
  readonly isDryRun: boolean;
}

/** Takes back the newest set-up that was made in the project `root`, or all of them. Files that could not be put back stay on record. */
export function undoSetUps(stateDir: string, { root, isAll, isDryRun }: UndoOptions): UndoReport {
  const setUps = listSetUps(stateDir);
  const here = setUps.filter((setUp) => setUp.root === root || setUp.files === undefined);
  const chosen = isAll ? setUps : here.slice(0, 1);
  const elsewhere = chosen.length === 0 ? setUps[0]?.root : undefined;
  const files = chosen.flatMap((setUp) => undoOne(setUp, isDryRun));
  return { count: chosen.length, elsewhere, files, earlier: isAll ? 0 : Math.max(0, here.length - 1) };
}

function undoOne({ folder, files, folders }: SetUp, isDryRun: boolean): FileReport[] {
  if (files === undefined) {
    const text =
      "the record of this set-up cannot be read. The files as they were are in this folder: put them back by hand, then move it away";
    return [{ file: folder, findings: [{ kind: "failed", text }] }];
  }
  if (!isDryRun) for (const { path } of files) removeStaleDrafts(path);
  const done = files.toReversed().map((file) => ({ file, finding: undoFile(file, isDryRun) }));
  if (!isDryRun) {
    removeFolders(folders);
    const remaining = done.flatMap(({ file, finding }) => (finding.kind === "failed" ? [file.path] : []));
    settleRecord(folder, remaining, Date.now());
  }
  return done.map(({ file, finding }) => ({ file: file.path, findings: [finding] }));
}

function undoFile(file: RecordedFile, isDryRun: boolean): Finding {
  try {
    const now = readWholeFile(file.path);
    if (now === undefined) return { kind: "note", text: "is gone already" };
    if (file.isAsWritten(now.bytes))
      return file.copy === undefined ? remove(now, isDryRun) : putBack(now, file.copy, isDryRun);
    return takeOut(now, file, isDryRun);
  } catch (error) {
    const copy = file.copy === undefined ? "" : `; its copy: ${file.copy}`;
    return { kind: "failed", text: `${toReason(error)}${copy}` };
  }
}

function remove({ realPath }: WholeFile, isDryRun: boolean): Finding {
  if (!isDryRun) rmSync(realPath);
  return { kind: "change", text: isDryRun ? "would be removed: init made it" : "removed: init had made it" };
}

function putBack(now: WholeFile, copy: string, isDryRun: boolean): Finding {
  const original = readCopy(copy);
  if (original === undefined) return { kind: "failed", text: `its copy cannot be read: ${copy}` };
  // A byte order mark is kept by the writer.
  if (!isDryRun) replaceWholeFile(now, original.toString("utf8").replace(/^\ufeff/, ""));
  return { kind: "change", text: isDryRun ? "would be as it was" : "is as it was" };
}

// Somebody has changed it since.
function takeOut(now: WholeFile, { marks, table, changes, copy }: RecordedFile, isDryRun: boolean): Finding {
  const old = copy === undefined ? undefined : readCopy(copy)?.toString("utf8");
  if (marks === undefined && table === undefined && changes.length === 0) {
    return {
      kind: "note",
      text: "was changed since init made it, and stays; remove it yourself if you do not want it",
    };
  }
  const { text, kept } = takeOutParts(now.text, { marks, table, changes }, old);
  if (isEmptied(text) && copy === undefined) return remove(now, isDryRun);
  if (text !== now.text && !isDryRun) replaceWholeFile(now, text);
  if (kept.length > 0) {
    return { kind: "failed", text: `: ${kept.join(", ")} was changed since, and stays; take it out yourself` };
  }
  if (text === now.text) return { kind: "note", text: "has nothing to take out" };
  return { kind: "change", text: "is without what init wrote; the rest stays" };
}

function takeOutParts(
  now: string,
  { marks, table, changes }: Pick<RecordedFile, "marks" | "table" | "changes">,
  old: string | undefined,
): { readonly text: string; readonly kept: readonly string[] } {
  if (changes.length > 0) return takeOutValues(now, changes);
  const text = marks === undefined ? now : takeOutBlock(now, old, marks);
  if (table === undefined) return { text, kept: [] };
  const rest = removeTable(text, table);
  return rest === undefined ? { text, kept: [table.path.join(".")] } : { text: rest, kept: [] };
}

// Where somebody has removed the block, an older one does not come back.
function takeOutBlock(now: string, old: string | undefined, marks: BlockMarks): string {
  if (readBlock(now, marks) === undefined) return now;
  return setBlock(now, marks, old === undefined ? undefined : readBlock(old, marks));
}

function isEmptied(text: string): boolean {
  if (text.trim() === "") return true;
  try {
    const root = parseJson(text);
    return isObject(root) && Object.keys(root).length === 0;
  } catch {
    return false;
  }
}
