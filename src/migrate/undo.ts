// Takes the last migration back.
import { type Edit, toChanges } from "./edit.ts";
import { changeJson, type JsonChange } from "./json-edit.ts";
import { type Json, parseJson, setAt } from "./json-value.ts";
import { isThere } from "./paths.ts";
import { hash, keepInRecord, listRecords, type MigrationRecord, type RecordedFile, readCopy } from "./records.ts";
import { type FileReport, type Finding, type MigrateReport, toReason } from "./report.ts";
import { reverseEdit } from "./reverse.ts";
import { toDiff } from "./show-diff.ts";
import { checkWritable, readWholeFile, replaceWholeFile, type WholeFile } from "./whole-file.ts";

/**
 * Takes the last migration back: whole files where nobody has changed them since, else entry by entry, and rules only with their
 * servers. A file that is away or cannot be written stays on record for the next time; what somebody else has changed since is
 * theirs, and told once.
 */
export function undo(stateDir: string, isDryRun: boolean): MigrateReport | undefined {
  const records = listRecords(stateDir);
  // One whose files are all away (another branch is checked out) waits for them, and holds up none before it.
  const record =
    records.find(({ files }) => files === undefined || files.some(({ path }) => isThere(path))) ?? records[0];
  if (record === undefined) return undefined;
  const { folder, files } = record;
  if (files === undefined) return { files: [toDamaged(folder)], backup: folder };
  const kept: Kept = new Map();
  const looks = files.map((file) => look(record, file, kept));
  const reports = looks.map((file) => takeBack(file, kept, isDryRun));
  const remaining = reports.flatMap(({ remains, report }) => (remains ? [report.file] : []));
  if (!isDryRun) keepInRecord(folder, remaining, remaining.length === 0 ? Date.now() : undefined);
  return { files: reports.map(({ report }) => report), backup: folder };
}

function toDamaged(folder: string): FileReport {
  const text =
    "the record of the last migration cannot be read; the files as they were lie beside it: put them back by hand, and move this folder away";
  return { file: folder, findings: [{ kind: "failed", text }] };
}

// Servers that stay, by the prefix of their tools: because they are somebody else's by now, or until the next time.
type Kept = Map<string, "for good" | "for now">;

interface Look {
  readonly recorded: RecordedFile;
  /** Where the file as it was lies. */
  readonly copy: string;
  /** The file as it was, where nobody has changed it since. */
  readonly whole: string | undefined;
  /** The file as it is, or why it cannot be taken back. */
  readonly now: { readonly file: WholeFile; readonly root: Json } | { readonly reason: string };
}

// Before anything is written: servers that stay keep their rules.
function look(record: MigrationRecord, recorded: RecordedFile, kept: Kept): Look {
  const copy = `${record.folder}/${recorded.backup}`;
  const servers = recorded.edits.filter(({ kind }) => kind === "server");
  const now = readNow(recorded);
  if ("reason" in now) {
    for (const { prefix } of servers) kept.set(prefix, "for now");
    return { recorded, copy, whole: undefined, now };
  }
  const isUntouched = hash(now.file.bytes) === recorded.written;
  const whole = isUntouched
    ? readCopy(record, recorded)
        ?.toString("utf8")
        .replace(/^\ufeff/, "")
    : undefined;
  for (const edit of whole === undefined ? servers : []) {
    const isForeign = reverseEdit(now.root, edit).kind === "foreign";
    if (isForeign && !kept.has(edit.prefix)) kept.set(edit.prefix, "for good");
  }
  return { recorded, copy, whole, now };
}

function readNow({ path, edits }: RecordedFile): Look["now"] {
  try {
    const file = readWholeFile(path);
    if (file === undefined) return { reason: "is not there now" };
    const root = parseJson(file.text);
    checkWritable(file);
    // What cannot be edited (a key that stands twice by now) says so here.
    changeJson(
      file.text,
      edits.flatMap((edit) => toReversed(root, edit)),
    );
    return { file, root };
  } catch (error) {
    return { reason: toReason(error) };
  }
}

function toReversed(root: Json, edit: Edit): readonly JsonChange[] {
  const reversal = reverseEdit(root, edit);
  return reversal.kind === "back" ? reversal.changes : [];
}

interface Outcome {
  readonly report: FileReport;
  /** Whether it stays on record. */
  readonly remains: boolean;
}

function takeBack({ recorded, copy, whole, now }: Look, kept: Kept, isDryRun: boolean): Outcome {
  const { path, edits } = recorded;
  const fail = (reason: string): Outcome => {
    for (const { kind, prefix } of edits) if (kind === "server") kept.set(prefix, "for now");
    return {
      remains: true,
      report: { file: path, findings: [{ kind: "failed", text: `${reason}; its copy: ${copy}` }] },
    };
  };
  if ("reason" in now) return fail(now.reason);
  const { file, root } = now;
  const staying = edits.filter(({ kind, prefix }) => kind === "rule" && kept.has(prefix));
  const isWhole = whole !== undefined && staying.length === 0;
  const entries = isWhole
    ? undefined
    : reverseAll(
        root,
        edits.filter((edit) => !staying.includes(edit)),
        copy,
      );
  try {
    const text = entries === undefined ? (whole ?? file.text) : changeJson(file.text, entries.changes);
    if (!isDryRun && text !== file.text) replaceWholeFile(file, text);
    const done = isWhole ? "as it was" : "its entries as they were; other changes stay";
    const findings: Finding[] = [
      ...(text === file.text ? [] : [{ kind: "change" as const, text: done }]),
      ...(entries?.findings ?? []),
      ...staying.map(({ prefix }) => ({
        kind: "failed" as const,
        text: `a rule for ${prefix}… stays as it is with its server`,
      })),
    ];
    const told: Finding[] = findings.length === 0 ? [{ kind: "note", text: "is as it was already" }] : findings;
    const diff = toDiff(path, file.text, text, toChanges(edits));
    const remains = staying.some(({ prefix }) => kept.get(prefix) === "for now");
    return { remains, report: { file: path, findings: told, ...diff } };
  } catch (error) {
    return fail(toReason(error));
  }
}

// Entry by entry, the last first.
function reverseAll(
  now: Json,
  edits: readonly Edit[],
  copy: string,
): { changes: readonly JsonChange[]; findings: readonly Finding[] } {
  const findings: Finding[] = [];
  const changes: JsonChange[] = [];
  let root: Json | undefined = now;
  for (const edit of edits.toReversed()) {
    const reversal = reverseEdit(root, edit);
    if (reversal.kind === "back") {
      changes.push(...reversal.changes);
      for (const { path, after } of reversal.changes) root = setAt(root, path, after);
    } else if (reversal.kind === "gone") {
      findings.push({ kind: "note", text: `${reversal.place} is gone; the copy: ${copy}` });
    } else {
      const text = `${reversal.place} is somebody else's by now, and stays; the copy: ${copy}`;
      findings.push({ kind: "failed", text });
    }
  }
  return { findings, changes };
}
