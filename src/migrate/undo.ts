// Takes the last migration back.
import { type Edit, toChanges } from "./edit.ts";
import { isNear } from "./holders.ts";
import { changeJson, type JsonChange } from "./json-edit.ts";
import { type Json, parseJson, setAt } from "./json-value.ts";
import { findLastMigration, hash, keepInRecord, type MigratedFile } from "./records.ts";
import { type FileReport, type Finding, type MigrateReport, toReason } from "./report.ts";
import { type Reversal, reverseEdit } from "./reverse.ts";
import { toDiff } from "./show-diff.ts";
import { checkWritable, readWholeFile, replaceWholeFile, type WholeFile } from "./whole-file.ts";

/**
 * Takes the last migration back: whole files where nobody has changed them since, else entry by entry; a server only with the rules
 * that close it, and a rule only with its servers. A file that is away or cannot be written stays on record for the next time; what
 * somebody else has changed since is theirs, and told once.
 */
export function undo(stateDir: string, isDryRun: boolean): MigrateReport | undefined {
  const last = findLastMigration(stateDir);
  if (last === undefined) return undefined;
  const { folders } = last;
  const [backup] = folders;
  if (last.files === undefined) return { files: [toDamaged(backup ?? "")], backup };
  const looks = last.files.map(look);
  const held = findHeld(looks);
  const outcomes = looks.map((file) => takeBack(file, held, isDryRun));
  const remaining = outcomes.flatMap(({ remains, report }) => (remains ? [report.file] : []));
  if (!isDryRun) {
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

/** Edits that cannot go back: for good, because they are somebody else's by now, or for now. */
type Held = Map<Edit, "for good" | "for now">;

// A server that stays keeps its rules, and a rule that closes and stays keeps its servers: else something would be open.
function findHeld(looks: readonly Look[]): Held {
  const held: Held = new Map();
  for (const { now, reversals } of looks) {
    for (const [edit, kind] of reversals) {
      if (kind === "foreign") held.set(edit, "reason" in now ? "for now" : "for good");
    }
  }
  const all = looks.flatMap(({ migrated }) => migrated.edits);
  for (let known = -1; known !== held.size; ) {
    known = held.size;
    for (const edit of all.filter((other) => !held.has(other))) {
      const causes = [...held].filter(([other]) => binds(other, edit)).map(([, why]) => why);
      if (causes.length > 0) held.set(edit, causes.includes("for now") ? "for now" : "for good");
    }
  }
  return held;
}

function binds(staying: Edit, other: Edit): boolean {
  const isMeant = staying.kind === "server" ? other.kind === "rule" : staying.isClosing && other.kind === "server";
  return isMeant && staying.prefix === other.prefix && isNear(staying.reach, other.reach);
}

interface Outcome {
  readonly report: FileReport;
  /** Whether it stays on record. */
  readonly remains: boolean;
}

function takeBack({ migrated, now, reversals }: Look, held: Held, isDryRun: boolean): Outcome {
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
    const remains = edits.some((edit) => held.get(edit) === "for now");
    return { remains, report: { file: path, findings, ...toDiff(path, file.text, text, toChanges(edits)) } };
  } catch (error) {
    return fail(toReason(error));
  }
}

function tell(edit: Edit, kind: Reversal["kind"] | undefined, held: Held, copy: string): Finding[] {
  const place = toPlace(edit);
  if (kind === "gone") return [{ kind: "note", text: `${place} is gone; the copy: ${copy}` }];
  if (!held.has(edit)) return [];
  const why = kind === "foreign" ? "is somebody else's by now, and stays" : "stays";
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
