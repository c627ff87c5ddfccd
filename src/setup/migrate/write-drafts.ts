// Writes what was planned: first on record, then file by file.
import { randomUUID } from "node:crypto";
import { toFileErrorCode } from "../../state/private-files.ts";
import { type Draft, type ReadyFile, refuseDraft, toReadyFile } from "./draft.ts";
import { toChanges } from "./edit.ts";
import { keepInRecord, writeRecord } from "./records.ts";
import { type FileReport, type MigrateReport, toReason } from "./report.ts";
import { toDiff } from "./show-diff.ts";
import { readWholeFile, replaceWholeFile } from "./whole-file.ts";

/** Writes the drafts, or only shows what it would write. */
export function writeDrafts(
  drafts: readonly Draft[],
  { isDryRun, stateDir }: { readonly isDryRun: boolean; readonly stateDir: string },
): MigrateReport {
  const ready = drafts.flatMap((draft) => toReadyFile(draft) ?? []);
  const backup = isDryRun || ready.length === 0 ? undefined : putOnRecord(stateDir, ready);
  const changed = backup === undefined ? [] : replaceAll(ready);
  if (backup !== undefined && changed.length < ready.length) keepInRecord(backup, changed);
  // A file that was refused has no edits left.
  const written = ready.filter(({ draft }) => draft.edits.length > 0);
  const diffs = new Map(
    written.map(({ draft, file, text }) => [draft, toDiff(draft.name, file.text, text, toChanges(draft.edits))]),
  );
  const files = drafts
    .filter(({ findings }) => findings.length > 0)
    .map((draft): FileReport => ({ file: draft.name, findings: draft.findings, ...diffs.get(draft) }));
  return { files, backup: changed.length === 0 ? undefined : backup };
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

// All or none: a rule without its server, or a server without its rule, would open what is closed. Gives the paths of those that are changed.
function replaceAll(ready: readonly ReadyFile[]): readonly string[] {
  const done: ReadyFile[] = [];
  for (const file of ready) {
    const reason = replaceOrTell(file);
    if (reason === undefined) {
      done.push(file);
      continue;
    }
    for (const { draft } of ready) {
      refuseDraft(draft, draft === file.draft ? reason : `was not changed, since ${file.draft.name} ${reason}`);
    }
    return done.filter((written) => !putBack(written)).map(({ changed }) => changed.path);
  }
  return ready.map(({ changed }) => changed.path);
}

function putBack({ draft, file }: ReadyFile): boolean {
  try {
    const now = readWholeFile(file.path);
    if (now !== undefined) replaceWholeFile(now, file.text);
    return true;
  } catch (error) {
    draft.findings.push({ kind: "failed", text: `could not be put back: ${toReason(error)}` });
    return false;
  }
}

/** Why it could not be replaced. */
function replaceOrTell({ file, text }: ReadyFile): string | undefined {
  try {
    replaceWholeFile(file, text);
    return undefined;
  } catch (error) {
    return toReason(error);
  }
}
