// Writes what was planned: first on record, then file by file.
import { randomUUID } from "node:crypto";
import { toFileErrorCode } from "../state/private-files.ts";
import { type Draft, type ReadyFile, refuseDraft, toReadyFile } from "./draft.ts";
import { toChanges } from "./edit.ts";
import { keepInRecord, writeRecord } from "./records.ts";
import { type FileReport, type MigrateReport, toReason } from "./report.ts";
import { toDiff } from "./show-diff.ts";
import { replaceWholeFile } from "./whole-file.ts";

/** Writes the drafts, those with servers first, or only shows what it would write. */
export function writeDrafts(
  drafts: readonly Draft[],
  { isDryRun, stateDir }: { readonly isDryRun: boolean; readonly stateDir: string },
): MigrateReport {
  const ready = drafts.flatMap((draft) => toReadyFile(draft) ?? []);
  const backup = isDryRun || ready.length === 0 ? undefined : putOnRecord(stateDir, ready);
  const failed = backup === undefined ? [] : replaceAll(ready);
  if (backup !== undefined && failed.length > 0) {
    const paths = ready.map(({ changed }) => changed.path);
    keepInRecord(
      backup,
      paths.filter((path) => !failed.includes(path)),
    );
  }
  // A file that was refused has no edits left.
  const written = ready.filter(({ draft }) => draft.edits.length > 0);
  const diffs = new Map(
    written.map(({ draft, file, text }) => [draft, toDiff(draft.name, file.text, text, toChanges(draft.edits))]),
  );
  const files = drafts
    .filter(({ findings }) => findings.length > 0)
    .map((draft): FileReport => ({ file: draft.name, findings: draft.findings, ...diffs.get(draft) }));
  return { files, backup: failed.length === ready.length ? undefined : backup };
}

function putOnRecord(stateDir: string, ready: readonly ReadyFile[]): string {
  const id = `${new Date().toISOString().replaceAll(":", "-")}-${randomUUID().slice(0, 8)}`;
  const files = ready.map(({ changed }) => changed);
  try {
    return writeRecord(stateDir, id, files);
  } catch (error) {
    const reason = String(toFileErrorCode(error));
    throw new Error(`nothing can be kept in ${stateDir} (${reason}): nothing was changed`, { cause: error });
  }
}

// Gives the paths of those that could not be. Rules follow servers that were really replaced.
function replaceAll(ready: readonly ReadyFile[]): string[] {
  const failed: string[] = [];
  for (const { draft, file, text } of ready) {
    const hasRules = draft.edits.some(({ kind }) => kind === "rule");
    if (failed.length > 0 && hasRules) {
      refuseDraft(draft, "is not changed, since a file with servers could not be");
      failed.push(file.realPath);
    } else if (!replaceOrTell(draft, file, text)) failed.push(file.realPath);
  }
  return failed;
}

/** Whether it was replaced. */
function replaceOrTell(draft: Draft, file: ReadyFile["file"], text: string): boolean {
  try {
    replaceWholeFile(file, text);
    return true;
  } catch (error) {
    refuseDraft(draft, toReason(error));
    return false;
  }
}
