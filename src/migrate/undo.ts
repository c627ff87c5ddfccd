// Takes the last migration back.
import { changeJson, type JsonChange, type JsonEdit } from "./json-edit.ts";
import { type Json, parseJson, readAt, setAt } from "./json-value.ts";
import { findLastRecord, hash, keepInRecord, type MigrationRecord, type RecordedFile, readCopy } from "./records.ts";
import { type FileReport, type Finding, type MigrateReport, toReason } from "./report.ts";
import { toDiff } from "./show-diff.ts";
import { readWholeFile, replaceWholeFile, type WholeFile } from "./whole-file.ts";

/**
 * Takes the last migration back: whole files where nobody has changed them since, else entry by entry. A file that cannot be
 * written stays on record for the next time; what somebody else has changed since is theirs, and told once.
 */
export function undo(stateDir: string, isDryRun: boolean): MigrateReport | undefined {
  const record = findLastRecord(stateDir);
  if (record === undefined) return undefined;
  const { folder, files } = record;
  if (files === undefined) return { files: [toDamaged(folder)], backup: folder };
  const remaining: string[] = [];
  const reports = files.map((file): FileReport => {
    try {
      return undoFile(record, file, isDryRun);
    } catch (error) {
      remaining.push(file.path);
      const text = `${toReason(error)}; its copy: ${toCopy(record, file)}`;
      return { file: file.path, findings: [{ kind: "failed", text }] };
    }
  });
  if (!isDryRun) keepInRecord(folder, remaining, remaining.length === 0 ? Date.now() : undefined);
  return { files: reports, backup: folder };
}

function toDamaged(folder: string): FileReport {
  const text =
    "the record of the last migration cannot be read; the files as they were lie beside it: put them back by hand, and move this folder away";
  return { file: folder, findings: [{ kind: "failed", text }] };
}

function toCopy({ folder }: MigrationRecord, { backup }: RecordedFile): string {
  return `${folder}/${backup}`;
}

function undoFile(record: MigrationRecord, recorded: RecordedFile, isDryRun: boolean): FileReport {
  const { path, edits, written } = recorded;
  const copy = toCopy(record, recorded);
  const file = readWholeFile(path);
  if (file === undefined) return { file: path, findings: [{ kind: "note", text: `is gone; its copy: ${copy}` }] };
  const whole = hash(file.bytes) === written ? readCopy(record, recorded) : undefined;
  const { text, findings } = whole === undefined ? takeBack(file, edits, copy) : { text: toText(whole), findings: [] };
  if (!isDryRun && text !== file.text) replaceWholeFile(file, text);
  const done: Finding[] = text === file.text ? [] : [{ kind: "change", text: toWords(whole !== undefined) }];
  return { file: path, findings: [...done, ...findings], ...toDiff(path, file.text, text, edits.flat()) };
}

function toWords(isWhole: boolean): string {
  return isWhole ? "as it was" : "its entries as they were; other changes stay";
}

function toText(bytes: Buffer): string {
  return bytes.toString("utf8").replace(/^\ufeff/, "");
}

// Entry by entry, the last first.
function takeBack(file: WholeFile, edits: readonly JsonEdit[], copy: string): { text: string; findings: Finding[] } {
  const findings: Finding[] = [];
  const changes: JsonChange[] = [];
  let root: Json | undefined = parseJson(file.text);
  for (const edit of edits.toReversed()) {
    const { reversed, foreign } = reverseEdit(root, edit);
    if (foreign === undefined) {
      changes.push(...reversed);
      root = setAll(root, reversed);
    } else
      findings.push({ kind: "failed", text: `${foreign} is somebody else's by now, and stays; the copy: ${copy}` });
  }
  if (changes.length + findings.length === 0) findings.push({ kind: "note", text: "is as it was already" });
  return { text: changeJson(file.text, changes), findings };
}

function setAll(root: Json | undefined, changes: readonly JsonChange[]): Json | undefined {
  return changes.reduce((value, { path, after }) => setAt(value, path, after), root);
}

/** What takes an edit back, or the name of a value that is no longer what was written. */
function reverseEdit(root: Json | undefined, edit: JsonEdit): { reversed: JsonChange[]; foreign?: string } {
  const reversed: JsonChange[] = [];
  let now = root;
  for (const change of edit.toReversed()) {
    const back = reverseChange(now, change);
    if (back === "foreign") return { reversed, foreign: toPlace(change) };
    if (back === "settled") continue;
    reversed.push(back);
    now = setAll(now, [back]);
  }
  return { reversed };
}

function toPlace({ path, after }: JsonChange): string {
  return typeof path.at(-1) === "number" ? `the rule ${String(after)}` : path.join(".");
}

function reverseChange(root: Json | undefined, change: JsonChange): JsonChange | "settled" | "foreign" {
  const { before, after } = change;
  const path = findInList(root, change) ?? change.path;
  const now = readAt(root, path);
  if (isSame(now, before)) return "settled";
  if (isSame(now, after)) return { path, before: after, after: before };
  // An object that was made for a value of ours, with others in it by now.
  return isSame(after, {}) ? "settled" : "foreign";
}

// Entries of a list move: they are found by what they are, that of before too.
function findInList(root: Json | undefined, { path, before, after }: JsonChange): JsonChange["path"] | undefined {
  const [list, at] = [readAt(root, path.slice(0, -1)), path.at(-1)];
  if (!Array.isArray(list) || typeof at !== "number" || isSame(list[at], after)) return undefined;
  const found = [after, before]
    .map((value) => list.findIndex((entry) => isSame(entry, value)))
    .find((index) => index >= 0);
  return found === undefined ? undefined : [...path.slice(0, -1), found];
}

function isSame(a: Json | undefined, b: Json | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
