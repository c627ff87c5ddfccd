// Undoes the last migration.
import type { JsonValue } from "../../domain/json.ts";
import { toDiff } from "../files/diff.ts";
import { changeJson, type JsonChange } from "../files/json-edit.ts";
import { parseJson } from "../files/json-value.ts";
import { isThere } from "../files/paths.ts";
import { type FileReport, type Finding, type MigrateReport, toReason } from "../files/report.ts";
import { checkWritable, readWholeFile, type WholeFile } from "../files/whole-file.ts";
import { type Edit, toChanges } from "./edit/edit.ts";
import { type Reversal, reverseEdit } from "./edit/reverse.ts";
import { isNear } from "./find/entries.ts";
import { keepInRecord, listMigrations, type MigratedFile } from "./write/records.ts";
import { type Replacement, replaceAll } from "./write/replace-all.ts";

/**
 * Undoes the last migration that is not undone yet. A file that nobody has changed since is restored as a whole, any other one entry by entry.
 * Edits that cannot be undone stay on record. A server is restored only with the rules that close it, and a rule is removed only with its
 * server. Returns undefined if there is no migration.
 */
export function undo(stateDir: string, isDryRun: boolean): MigrateReport | undefined {
  const migrations = listMigrations(stateDir).map(({ folder, files }) => ({ folder, files: files?.map(inspect) }));
  // If all files of a migration are missing (another branch is checked out), it waits, and an older one is undone.
  const last = migrations.find(({ files }) => files?.some(hasWork) !== false) ?? migrations[0];
  if (last === undefined) return undefined;
  const { folder, files } = last;
  if (files === undefined) return { files: [toDamaged(folder)], backup: folder };
  const held = findHeld(files);
  const outcomes = files.map((file) => plan(file, held));
  if (!isDryRun) write(outcomes);
  const remaining = outcomes.filter(({ remains }) => remains).map(({ report }) => report.file);
  if (!isDryRun && files.some(hasWork))
    keepInRecord(folder, remaining, remaining.length === 0 ? Date.now() : undefined);
  return { files: outcomes.map(({ report }) => report), backup: folder };
}

function toDamaged(folder: string): FileReport {
  const text =
    "the record of the last migration cannot be read. The files as they were are in this folder: put them back by hand, then move the folder away";
  return { file: folder, findings: [{ kind: "failed", text }] };
}

// The current state of a migrated file, before anything is written.
interface Inspected {
  readonly migrated: MigratedFile;
  readonly now: { readonly file: WholeFile; readonly root: JsonValue } | { readonly reason: string };
  readonly reversals: ReadonlyMap<Edit, Reversal>;
}

function inspect(migrated: MigratedFile): Inspected {
  const now = readNow(migrated);
  const unknown: Reversal = { kind: "stuck", reason: "is in a file that cannot be changed now, and stays" };
  const reversals = migrated.edits.map((edit): [Edit, Reversal] => [
    edit,
    "reason" in now ? unknown : reverseEdit(now.root, edit),
  ]);
  return { migrated, now, reversals: new Map(reversals) };
}

function readNow({ path }: MigratedFile): Inspected["now"] {
  try {
    const file = readWholeFile(path);
    if (file === undefined) return { reason: "is not there now" };
    checkWritable(file);
    return { file, root: parseJson(file.text) };
  } catch (error) {
    return { reason: toReason(error) };
  }
}

// Whether there is anything to undo or to report.
function hasWork({ migrated, now, reversals }: Inspected): boolean {
  if ("reason" in now) return isThere(migrated.path);
  return [...reversals.values()].some(({ kind }) => kind !== "settled");
}

// Finds the edits that have to stay. A server that stays keeps its rules. A closing rule that stays keeps its server: otherwise a closed tool
// would be open.
function findHeld(files: readonly Inspected[]): ReadonlySet<Edit> {
  const all = files.flatMap(({ reversals }) => [...reversals]);
  const held = new Set(all.flatMap(([edit, { kind }]) => (kind === "stuck" ? [edit] : [])));
  // The loop also visits edits that are added to the set meanwhile.
  for (const staying of held) for (const [edit] of all) if (binds(staying, edit)) held.add(edit);
  return held;
}

function binds(staying: Edit, other: Edit): boolean {
  const isMeant = staying.kind === "server" ? other.kind === "rule" : staying.isClosing && other.kind === "server";
  return isMeant && staying.prefix === other.prefix && isNear(staying.reach, other.reach);
}

interface Outcome {
  report: FileReport;
  /** Whether the file stays on record. */
  remains: boolean;
  readonly replacement?: Replacement;
  readonly hasServers: boolean;
}

function plan({ migrated, now, reversals }: Inspected, held: ReadonlySet<Edit>): Outcome {
  const { path, edits, copy } = migrated;
  const hasServers = edits.some(({ kind }) => kind === "server");
  if ("reason" in now)
    return { hasServers, remains: true, report: toFailure(path, `${now.reason}; its copy: ${copy}`) };
  const { file } = now;
  const going = edits.filter((edit) => !held.has(edit));
  const original = going.length === edits.length ? migrated.readOriginal(file.bytes) : undefined;
  try {
    const text = original ?? changeJson(file.text, listBack(going, reversals));
    const done = original === undefined ? "its entries are as they were; other changes stay" : "is as it was";
    const findings: Finding[] = text === file.text ? [] : [{ kind: "change", text: done }];
    if (original === undefined) findings.push(...edits.flatMap((edit) => tell(edit, reversals.get(edit), held, copy)));
    if (findings.length === 0) findings.push({ kind: "note", text: "is as it was already" });
    const report = { file: path, findings, ...toDiff(path, file.text, text, toChanges(edits)) };
    const replacement = text === file.text ? {} : { replacement: { file, text } };
    return { hasServers, remains: going.length < edits.length, report, ...replacement };
  } catch (error) {
    return { hasServers, remains: true, report: toFailure(path, `${toReason(error)}; its copy: ${copy}`) };
  }
}

// Removes list entries from the last to the first, since each removal moves the entries after it.
function listBack(edits: readonly Edit[], reversals: Inspected["reversals"]): JsonChange[] {
  const changes = edits.flatMap((edit) => {
    const reversal = reversals.get(edit);
    return reversal?.kind === "back" ? reversal.changes : [];
  });
  const isOfList = ({ path }: JsonChange): boolean => typeof path.at(-1) === "number";
  const ofLists = changes.filter(isOfList).toSorted((a, b) => Number(b.path.at(-1)) - Number(a.path.at(-1)));
  return [...changes.filter((change) => !isOfList(change)), ...ofLists];
}

function tell(edit: Edit, reversal: Reversal | undefined, held: ReadonlySet<Edit>, copy: string): Finding[] {
  const { path = [], after } = edit.changes[0] ?? {};
  const name = edit.kind === "rule" ? `the rule ${String(after)}` : path.slice(0, -1).join(".");
  if (reversal?.kind === "gone") return [{ kind: "note", text: `${name} is gone; the copy: ${copy}` }];
  if (reversal?.kind === "stuck") return [{ kind: "failed", text: `${name} ${reversal.reason}; the copy: ${copy}` }];
  if (!held.has(edit)) return [];
  const why = edit.kind === "rule" ? "its server, which stays" : "a rule that closes it, which stays";
  return [{ kind: "failed", text: `${name} stays with ${why}` }];
}

// Writes servers first: their old rules still exist, and the added rules do no harm meanwhile.
function write(outcomes: readonly Outcome[]): void {
  const ordered = outcomes
    .flatMap((outcome) => (outcome.replacement === undefined ? [] : [{ outcome, ...outcome.replacement }]))
    .toSorted((a, b) => Number(b.outcome.hasServers) - Number(a.outcome.hasServers));
  const failure = replaceAll(ordered);
  if (failure === undefined) return;
  const failed = ordered[failure.at]?.outcome;
  for (const { outcome, file } of ordered) {
    const { report } = outcome;
    const why = outcome === failed ? failure.reason : `stays as it is, since ${failed?.report.file} ${failure.reason}`;
    const problem = failure.stuck.get(file);
    outcome.remains = true;
    outcome.report = toFailure(report.file, problem === undefined ? why : `was taken back already: ${problem}`);
  }
}

function toFailure(file: string, text: string): FileReport {
  return { file, findings: [{ kind: "failed", text }] };
}
