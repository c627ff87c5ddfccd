// Takes the last migration back.
import { type Edit, isSameServer, toChanges } from "./edit.ts";
import { changeJson, type JsonChange } from "./json-edit.ts";
import { type Json, parseJson, setAt } from "./json-value.ts";
import { isThere } from "./paths.ts";
import { hash, keepInRecord, listMigrations, type MigratedFile } from "./records.ts";
import { type FileReport, type Finding, type MigrateReport, toReason } from "./report.ts";
import { type Reversal, reverseEdit } from "./reverse.ts";
import { toDiff } from "./show-diff.ts";
import { checkWritable, readWholeFile, replaceWholeFile, type WholeFile } from "./whole-file.ts";

/**
 * Takes the last migration back of which anything is left: whole files where nobody has changed them since, else entry by entry; a
 * server only with the rules that close it, and a rule only with its servers. What cannot go back stays on record.
 */
export function undo(stateDir: string, isDryRun: boolean): MigrateReport | undefined {
  const migrations = listMigrations(stateDir);
  // One whose files are all away or as they were (another branch is checked out) waits, and holds up none before it.
  const last = migrations.find(({ files }) => files?.some((file) => hasWork(look(file))) !== false) ?? migrations[0];
  if (last === undefined) return undefined;
  const { folders } = last;
  const looks = last.files?.map(look);
  const [backup] = folders;
  if (looks === undefined) return { files: [toDamaged(backup ?? "")], backup };
  const held = findHeld(looks);
  const outcomes = looks.map((file) => takeBack(file, held, isDryRun));
  const remaining = outcomes.flatMap(({ remains, report }) => (remains ? [report.file] : []));
  if (!isDryRun && looks.some(hasWork)) {
    const undoneAt = remaining.length === 0 ? Date.now() : undefined;
    for (const folder of folders) keepInRecord(folder, remaining, undoneAt);
  }
  return { files: outcomes.map(({ report }) => report), backup };
}

function toDamaged(folder: string): FileReport {
  const text =
    "the record of the last migration cannot be read; the files as they were lie beside it: put them back by hand, and move this folder away";
  return { file: folder, findings: [{ kind: "failed", text }] };
}

// What was found in a file before anything is written.
interface Look {
  readonly migrated: MigratedFile;
  readonly now: { readonly file: WholeFile; readonly root: Json } | { readonly reason: string };
  readonly reversals: ReadonlyMap<Edit, Reversal["kind"]>;
}

function look(migrated: MigratedFile): Look {
  const now = readNow(migrated);
  const kinds = migrated.edits.map((edit): [Edit, Reversal["kind"]] => [
    edit,
    "reason" in now ? "foreign" : reverseEdit(now.root, edit).kind,
  ]);
  return { migrated, now, reversals: new Map(kinds) };
}

function readNow({ path }: MigratedFile): Look["now"] {
  try {
    const file = readWholeFile(path);
    if (file === undefined) return { reason: "is not there now" };
    checkWritable(file);
    return { file, root: parseJson(file.text) };
  } catch (error) {
    return { reason: toReason(error) };
  }
}

// Whether there is anything to take back, or to tell.
function hasWork({ migrated, now, reversals }: Look): boolean {
  if ("reason" in now) return isThere(migrated.path);
  return [...reversals.values()].some((kind) => kind !== "settled");
}

// A server that stays keeps its rules, and a rule that closes and stays keeps its servers: else something would be open.
function findHeld(looks: readonly Look[]): ReadonlySet<Edit> {
  const held = new Set(
    looks.flatMap(({ reversals }) => [...reversals].flatMap(([edit, kind]) => (kind === "foreign" ? [edit] : []))),
  );
  const all = looks.flatMap(({ migrated }) => migrated.edits);
  // Each one that is added may hold others: a set gives out what is added while it is walked through.
  for (const staying of held) {
    for (const edit of all) if (binds(staying, edit)) held.add(edit);
  }
  return held;
}

function binds(staying: Edit, other: Edit): boolean {
  const isMeant = staying.kind === "server" ? other.kind === "rule" : staying.isClosing && other.kind === "server";
  return isMeant && isSameServer(staying, other);
}

interface Outcome {
  readonly report: FileReport;
  /** Whether it stays on record. */
  readonly remains: boolean;
}

function takeBack({ migrated, now, reversals }: Look, held: ReadonlySet<Edit>, isDryRun: boolean): Outcome {
  const { path, edits, copy } = migrated;
  const fail = (reason: string): Outcome => {
    const text = `${reason}; its copy: ${copy}`;
    return { remains: true, report: { file: path, findings: [{ kind: "failed", text }] } };
  };
  if ("reason" in now) return fail(now.reason);
  const { file, root } = now;
  const going = edits.filter((edit) => !held.has(edit));
  const original = going.length === edits.length ? migrated.readOriginal(hash(file.bytes)) : undefined;
  try {
    const text = original ?? changeJson(file.text, reverseAll(root, going));
    if (!isDryRun && text !== file.text) replaceWholeFile(file, text);
    const done = original === undefined ? "its entries as they were; other changes stay" : "as it was";
    const findings: Finding[] = text === file.text ? [] : [{ kind: "change", text: done }];
    if (original === undefined) findings.push(...edits.flatMap((edit) => tell(edit, reversals.get(edit), held, copy)));
    if (findings.length === 0) findings.push({ kind: "note", text: "is as it was already" });
    const remains = edits.some((edit) => held.has(edit));
    return { remains, report: { file: path, findings, ...toDiff(path, file.text, text, toChanges(edits)) } };
  } catch (error) {
    return fail(toReason(error));
  }
}

function tell(edit: Edit, kind: Reversal["kind"] | undefined, held: ReadonlySet<Edit>, copy: string): Finding[] {
  const place = toPlace(edit);
  if (kind === "gone") return [{ kind: "note", text: `${place} is gone; the copy: ${copy}` }];
  if (!held.has(edit)) return [];
  const why = kind === "foreign" ? "was changed since, and stays" : "stays";
  const other = edit.kind === "server" ? "a rule that closes it" : "its server";
  return [{ kind: "failed", text: `${place} ${why}${kind === "foreign" ? "" : ` with ${other}`}; the copy: ${copy}` }];
}

function toPlace({ kind, changes }: Edit): string {
  const { path = [], after } = changes[0] ?? {};
  return kind === "rule" ? `the rule ${String(after)}` : path.slice(0, -1).join(".");
}

// Entry by entry, the last first.
function reverseAll(now: Json, edits: readonly Edit[]): JsonChange[] {
  const changes: JsonChange[] = [];
  let root: Json | undefined = now;
  for (const edit of edits.toReversed()) {
    const reversal = reverseEdit(root, edit);
    if (reversal.kind !== "back") continue;
    changes.push(...reversal.changes);
    for (const { path, after } of reversal.changes) root = setAt(root, path, after);
  }
  return changes;
}
