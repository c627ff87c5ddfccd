// Sets the bridge up, step by step: plans all changes, and writes them once somebody has agreed.
import { randomUUID } from "node:crypto";
import { accessSync, constants } from "node:fs";
import { dirname } from "node:path";
import { createTwoFilesPatch } from "diff";
import { redactSecrets } from "../../domain/redact.ts";
import { toOwnerHint } from "../../files/owner-hint.ts";
import { toFileErrorCode } from "../../state/private-files.ts";
import { toDiff } from "../files/diff.ts";
import { toReason } from "../files/report.ts";
import { checkWritable, FileRefusal } from "../files/whole-file.ts";
import type { InitContext, InitStep, StepFinding } from "./context.ts";
import type { PlannedFile } from "./files/planned-files.ts";
import { checkInProject, findExisting } from "./files/project-file.ts";
import { settleRecord, writeRecord } from "./files/records.ts";
import { listMissingFolders, writeFiles } from "./files/write-files.ts";
import { codexServerStep } from "./steps/codex-server.ts";
import { ignoreFileStep } from "./steps/ignore-file.ts";
import { agentsNotesStep, claudeNotesStep } from "./steps/notes.ts";
import { permissionsStep } from "./steps/permissions.ts";
import { profilesStep } from "./steps/profiles.ts";
import { programsStep } from "./steps/programs.ts";
import { registrationStep } from "./steps/registration.ts";
import { rulesFileStep } from "./steps/rules-file.ts";
import { statusLineStep } from "./steps/status-line.ts";

/** Every step, in the order in which they plan. */
export const INIT_STEPS: readonly InitStep[] = [
  programsStep,
  registrationStep,
  permissionsStep,
  rulesFileStep,
  claudeNotesStep,
  agentsNotesStep,
  profilesStep,
  codexServerStep,
  ignoreFileStep,
  statusLineStep,
];

/** What one step found and planned. */
export interface StepReport {
  readonly name: string;
  readonly findings: readonly StepFinding[];
}

/** Runs the steps on paper. A step that cannot be planned leaves the others as they are. */
export function planSteps(steps: readonly InitStep[], context: InitContext): StepReport[] {
  return steps.map(({ name, plan }) => {
    const kept = context.files.keep();
    try {
      const findings = plan(context);
      for (const file of context.files.list()) checkPlanned(file, context);
      return { name, findings: [...findings, ...listUnread(findings, context)] };
    } catch (error) {
      context.files.restore(kept);
      return { name, findings: [{ kind: "failed", text: toReason(error) }] };
    }
  });
}

// Claude Code ignores such settings without a word (docs/claude-code.md#permissions).
function listUnread(findings: readonly StepFinding[], { files }: InitContext): StepFinding[] {
  const names = new Set(findings.flatMap(({ file }) => (file?.endsWith(".json") === true ? [file] : [])));
  const text = "has comments or a comma at the end of a list, and Claude Code reads no such file: take them out";
  return [...names].filter((file) => files.hasComments(file)).map((file) => ({ kind: "note", file, text }));
}

// Here and not only when it is written: then one such file would cost all the others.
function checkPlanned(file: PlannedFile, context: InitContext): void {
  const { path, before } = file;
  try {
    checkInProject(file, context);
    if (before !== undefined) checkWritable(before);
    else accessSync(findExisting(dirname(path)), constants.W_OK);
  } catch (error) {
    const folder = findExisting(dirname(path));
    const reason =
      error instanceof FileRefusal
        ? error.message
        : `cannot be made: ${folder} cannot be written${toOwnerHint(folder)}`;
    throw new FileRefusal(`${path} ${reason}`);
  }
}

/** The change of a file, as a unified diff without secrets; undefined if nothing differs. */
export function showChange({ path, before, text, changes }: PlannedFile): string | undefined {
  const old = before?.text ?? "";
  // Other values of a JSON file may be secret.
  if (before !== undefined && changes.length > 0) return toDiff(path, old, text, changes).diff;
  const patch = createTwoFilesPatch(path, path, old, text, "", "", { context: 1 });
  return patch === undefined ? undefined : redactSecrets(patch.slice(patch.indexOf("---")).trimEnd());
}

/** How the writing went. */
export type WriteEnd =
  | { readonly kind: "written"; readonly record: string }
  | { readonly kind: "nothing" }
  | { readonly kind: "failed"; readonly reason: string };

/** Writes what is planned, with copies on record. `isShared` says which new files others may read. */
export function writePlanned(
  planned: readonly PlannedFile[],
  { stateDir, root }: { readonly stateDir: string; readonly root: string },
  isShared: (path: string) => boolean,
): WriteEnd {
  if (planned.length === 0) return { kind: "nothing" };
  const folders = listMissingFolders(planned);
  const id = `${new Date().toISOString().replaceAll(":", "-")}-${randomUUID().slice(0, 8)}`;
  let record: string;
  try {
    record = writeRecord(stateDir, id, planned, { folders, root });
  } catch (error) {
    const code = String(toFileErrorCode(error));
    return {
      kind: "failed",
      reason: `copies of the files cannot be kept in ${stateDir} (${code}), so nothing was changed`,
    };
  }
  const failure = writeFiles(planned, folders, isShared);
  if (failure === undefined) return { kind: "written", record };
  const { path, reason, stuck } = failure;
  settleRecord(record, stuck, Date.now());
  const rest = stuck.length === 0 ? "nothing was changed" : `${stuck.join(", ")} could not be put back: ${record}`;
  return { kind: "failed", reason: `${path} ${reason}; ${rest}` };
}
