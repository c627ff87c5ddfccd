// Writes the planned edits: first copies and a record, then the files with rules, then those with servers.
import { randomUUID } from "node:crypto";
import { toFileErrorCode } from "../../../state/private-files.ts";
import { toDiff } from "../../files/diff.ts";
import { changeJson } from "../../files/json-edit.ts";
import type { MigrateReport } from "../../files/report.ts";
import { toChanges } from "../edit/edit.ts";
import type { Draft } from "./draft.ts";
import { keepInRecord, writeRecord } from "./records.ts";
import { type Replacement, replaceAll } from "./replace-all.ts";

interface ReadyDraft extends Replacement {
  readonly draft: Draft;
}

/** Writes the drafts and returns the report. A dry run writes nothing. */
export function writeDrafts(
  drafts: readonly Draft[],
  { isDryRun, stateDir }: { readonly isDryRun: boolean; readonly stateDir: string },
): MigrateReport {
  // Rules first: a rule without its server is harmless, but a server without its rules may be open.
  const ready = drafts.flatMap(toReady).toSorted((a, b) => Number(hasServers(a)) - Number(hasServers(b)));
  const backup = isDryRun || ready.length === 0 ? undefined : putOnRecord(stateDir, ready);
  const isWritten = backup === undefined || writeAll(ready, backup);
  const diffs = new Map(
    ready.map(({ draft, file, text }) => [draft, toDiff(draft.name, file.text, text, toChanges(draft.edits))]),
  );
  const files = drafts
    .filter(({ findings }) => findings.length > 0)
    .map((draft) => ({ file: draft.name, findings: draft.findings, ...(isWritten ? diffs.get(draft) : {}) }));
  return { files, backup: isWritten ? backup : undefined };
}

function toReady(draft: Draft): ReadyDraft[] {
  const { file, edits } = draft;
  if (file === undefined || edits.length === 0) return [];
  return [{ draft, file, text: changeJson(file.text, toChanges(edits)) }];
}

function hasServers({ draft }: ReadyDraft): boolean {
  return draft.edits.some(({ kind }) => kind === "server");
}

function putOnRecord(stateDir: string, ready: readonly ReadyDraft[]): string {
  const id = `${new Date().toISOString().replaceAll(":", "-")}-${randomUUID().slice(0, 8)}`;
  try {
    return writeRecord(
      stateDir,
      id,
      ready.map(({ draft, file, text }) => ({ file, text, edits: draft.edits })),
    );
  } catch (error) {
    const reason = String(toFileErrorCode(error));
    throw new Error(`copies of the files cannot be kept in ${stateDir} (${reason}), so nothing was changed`, {
      cause: error,
    });
  }
}

// Writes all files or none; returns whether they were written.
function writeAll(ready: readonly ReadyDraft[], backup: string): boolean {
  const failure = replaceAll(ready);
  if (failure === undefined) return true;
  const { at, reason, stuck } = failure;
  const failed = ready[at]?.draft;
  for (const { draft, file } of ready) {
    const why = draft === failed ? reason : `was not changed, since ${failed?.name} ${reason}`;
    const problem = stuck.get(file);
    const text = problem === undefined ? `${why}; left as it is` : `was changed and could not be put back: ${problem}`;
    const others = draft.findings.filter(({ kind }) => kind !== "change" && kind !== "note");
    draft.findings.splice(0, draft.findings.length, ...others, { kind: "failed", text });
  }
  keepInRecord(
    backup,
    [...stuck.keys()].map(({ realPath }) => realPath),
  );
  return false;
}
