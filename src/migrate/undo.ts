// Takes the last migration back.
import { changeJson, type JsonChange, parseJson, readAt } from "./json-edit.ts";
import { findLastRecord, hash, keepInRecord, type MigrationRecord, readBackup } from "./records.ts";
import { type FileReport, type Finding, type MigrateReport, toReason } from "./report.ts";
import { toDiff } from "./show-diff.ts";
import { FileRefusal, readWholeFile, replaceWholeFile } from "./whole-file.ts";

/** Takes the last migration back: whole files where nobody has changed them since, else the single values. */
export function undo(stateDir: string, isDryRun: boolean): MigrateReport | undefined {
  const record = findLastRecord(stateDir);
  if (record === undefined) return undefined;
  const remaining: string[] = [];
  const files = record.files.map(({ path, backup, written, changes }): FileReport => {
    const findings: Finding[] = [];
    const refuse = (reason: string): FileReport => {
      remaining.push(path);
      return { file: path, findings: [{ kind: "failed", text: `${reason}; its copy: ${record.folder}/${backup}` }] };
    };
    try {
      const file = readWholeFile(path);
      // Then there is nothing to put back, and no reason to be asked for it again.
      if (file === undefined)
        return { file: path, findings: [{ kind: "note", text: `is gone; its copy: ${record.folder}/${backup}` }] };
      const isUntouched = hash(file.bytes) === written;
      const text = isUntouched ? readOld(record, backup) : changeJson(file.text, toReverse(file.text, changes));
      findings.push({
        kind: "change",
        text: isUntouched ? "as it was" : "its entries as they were; other changes stay",
      });
      if (!isDryRun) replaceWholeFile(file, text);
      return { file: path, findings, ...toDiff(path, file.text, text, changes) };
    } catch (error) {
      return refuse(toReason(error));
    }
  });
  if (!isDryRun) keepInRecord(record.folder, remaining, remaining.length === 0 ? Date.now() : undefined);
  return { files, backup: record.folder };
}

// A value that is not what the migration wrote belongs to somebody else by now.
function toReverse(text: string, changes: readonly JsonChange[]): JsonChange[] {
  const root = parseJson(text);
  return changes.toReversed().map(({ path, before, after }) => {
    const now = readAt(root, path);
    if (JSON.stringify(now) === JSON.stringify(before)) return { path, before: after, after: before };
    if (JSON.stringify(now) !== JSON.stringify(after)) throw new FileRefusal(`has another ${path.join(".")} by now`);
    return { path, before: after, after: before };
  });
}

function readOld(record: MigrationRecord, backup: string): string {
  try {
    return readBackup(record, backup)
      .toString("utf8")
      .replace(/^\ufeff/, "");
  } catch {
    throw new FileRefusal("has no copy any more");
  }
}
