// Puts this bridge in the place of other servers in Claude Code's files: plans, proves, shows, writes with a backup.
import { randomUUID } from "node:crypto";
import { createTwoFilesPatch } from "diff";
import { isSecret, redactSecrets } from "../domain/redact.ts";
import type { Target, Targets } from "./find-targets.ts";
import { changeJson, type Json, type JsonChange, JsonEditError, parseJson } from "./json-edit.ts";
import { type ChangedFile, findLastRecord, hash, keepInRecord, readBackup, writeRecord } from "./records.ts";
import { planRules, type Renames } from "./rule-plan.ts";
import { type PlanOptions, planServer, type ServerEntry, type ServerPlan } from "./server-plan.ts";
import { FileRefusal, readWholeFile, replaceWholeFile, type WholeFile } from "./whole-file.ts";

/** A server to start, as Claude Code would. */
export interface ServerLaunch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** What a migration works with. */
export interface MigrateOptions extends PlanOptions {
  readonly targets: Targets;
  readonly stateDir: string;
  /** Only show what would be done. */
  readonly isDryRun: boolean;
  /** Shakes hands with a server; what it answers in words, or undefined and why not. */
  readonly prove: (launch: ServerLaunch) => Promise<{ readonly works: boolean; readonly words: string }>;
}

/** One thing that was found in a file: done (or planned), left as it is on purpose, not possible, or worth knowing. */
export interface Finding {
  readonly kind: "change" | "already" | "left" | "failed" | "note";
  readonly text: string;
}

/** What became of a file. */
export interface FileReport {
  readonly file: string;
  readonly findings: readonly Finding[];
  /** Unified diff, secrets masked; absent where nothing changes. */
  readonly diff?: string;
}

/** What became of all of it. */
export interface MigrateReport {
  readonly files: readonly FileReport[];
  /** Folder with the files as they were; undefined where nothing was written. */
  readonly backup: string | undefined;
}

// A file on its way: what is in it, what shall be.
interface Draft {
  readonly name: string;
  readonly file: WholeFile | undefined;
  readonly root: Json;
  readonly findings: Finding[];
  readonly changes: JsonChange[];
}

/** Migrates. What is not understood, and every file that cannot be changed safely, stays as it is and is told. */
export async function migrate(options: MigrateOptions): Promise<MigrateReport> {
  const { targets } = options;
  const drafts = new Map<string, Draft>();
  const open = (path: string): Draft => openDraft(path, drafts);
  const found = targets.servers.flatMap((target) => listPlans(open(target.file), target, options));
  for (const planned of found) await settle(planned, options);
  const renames = toRenames(found);
  for (const path of targets.settings) addRules(open(path), renames);
  return write([...new Set(drafts.values())], options);
}

/** Takes the last migration back: whole files where nobody has changed them since, else the single values. */
export function undo({ stateDir, isDryRun }: Pick<MigrateOptions, "stateDir" | "isDryRun">): MigrateReport | undefined {
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
      if (file === undefined) return refuse("is gone");
      const isUntouched = hash(file.bytes) === written;
      const old = readBackup(record, backup)
        .toString("utf8")
        .replace(/^\ufeff/, "");
      const text = isUntouched ? old : changeJson(file.text, toReverse(file.text, changes));
      findings.push({
        kind: "change",
        text: isUntouched ? "as it was" : "its entries as they were; other changes stay",
      });
      if (!isDryRun) replaceWholeFile(file, text);
      return { file: path, findings, ...toDiff(path, file.text, text) };
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
    const now = readValue(root, path);
    if (JSON.stringify(now) !== JSON.stringify(after)) throw new FileRefusal(`has another ${path.join(".")} by now`);
    return { path, before: after, after: before };
  });
}

function readValue(root: Json, path: JsonChange["path"]): Json | undefined {
  return path.reduce<Json | undefined>(
    (value, key) => (value as Record<string | number, Json> | undefined)?.[key],
    root,
  );
}

function openDraft(name: string, drafts: Map<string, Draft>): Draft {
  const known = drafts.get(name);
  if (known !== undefined) return known;
  const findings: Finding[] = [];
  let file: WholeFile | undefined;
  let root: Json = {};
  try {
    file = readWholeFile(name);
    if (file !== undefined) root = parseJson(file.text);
  } catch (error) {
    findings.push({ kind: "failed", text: `${toReason(error)}; left as it is` });
    file = undefined;
  }
  // One file under two names (a link) is changed once.
  const same =
    file === undefined ? undefined : [...drafts.values()].find((draft) => draft.file?.realPath === file?.realPath);
  const draft = same ?? { name, file, root, findings, changes: [] };
  drafts.set(name, draft);
  return draft;
}

const OWN_PATH =
  "the path is this machine's: who shares this file needs an installed codex-bridge, and the command `codex-bridge` here";

interface Planned {
  readonly draft: Draft;
  /** Whether the file is meant for others too. */
  readonly isShared: boolean;
  readonly entry: ServerEntry;
  readonly plan: ServerPlan;
}

function listPlans(draft: Draft, target: Target, options: MigrateOptions): Planned[] {
  return target.holds(draft.root).map((entry) => ({
    draft,
    entry,
    plan: planServer(entry, options),
    isShared: target.isShared,
  }));
}

// A registration is replaced only by one that answers.
async function settle({ draft, entry, plan, isShared }: Planned, options: MigrateOptions): Promise<void> {
  const { findings, changes } = draft;
  const { name } = entry;
  switch (plan.kind) {
    case "unrelated":
      return;
    case "already":
      findings.push({ kind: "already", text: `${name}: is this bridge already` });
      return;
    case "left":
      findings.push({ kind: "left", text: `${name}: left as it is: ${plan.reason}` });
      return;
    case "replace": {
      const { works, words } = await options.prove(plan);
      if (!works) {
        findings.push({
          kind: "failed",
          text: `${name}: left as it is: the bridge in its place does not answer: ${words}`,
        });
        return;
      }
      changes.push(...plan.changes);
      findings.push({
        kind: "change",
        text: `${name}: ${plan.server.title.replaceAll("`", "")} → codex-bridge; ${words}`,
      });
      const notes =
        isShared && options.own.args.some((word) => word.startsWith("/")) ? [...plan.notes, OWN_PATH] : plan.notes;
      findings.push(...notes.map((text): Finding => ({ kind: "note", text: `${name}: ${text}` })));
    }
  }
}

// A name that a server keeps elsewhere, which is none of ours, keeps its rules.
function toRenames(found: readonly Planned[]): Renames {
  const isReplaced = ({ draft, plan }: Planned): boolean =>
    plan.kind === "replace" && plan.changes.every((change) => draft.changes.includes(change));
  const kept = found.filter((planned) => !isReplaced(planned) && planned.plan.kind !== "already");
  const prefixes = new Set(kept.map(({ entry }) => entry.toolPrefix));
  return new Map(
    found.flatMap((planned) => {
      const { entry, plan } = planned;
      const isOurs = plan.kind === "replace" && isReplaced(planned) && !prefixes.has(entry.toolPrefix);
      return isOurs ? [[entry.toolPrefix, plan.server.tools]] : [];
    }),
  );
}

function addRules(draft: Draft, renames: Renames): void {
  const { changes, notes } = planRules(draft.root, renames);
  draft.changes.push(...changes);
  draft.findings.push(
    ...changes.map(
      ({ before, after }): Finding => ({ kind: "change", text: `rule ${String(before)} → ${String(after)}` }),
    ),
    ...notes.map((text): Finding => ({ kind: "note", text })),
  );
}

function write(drafts: readonly Draft[], { isDryRun, stateDir }: MigrateOptions): MigrateReport {
  const ready = drafts.flatMap((draft) => toChangedFile(draft) ?? []);
  const paths = ready.map(({ changed }) => changed.path);
  const id = `${new Date().toISOString().replaceAll(":", "-")}-${randomUUID().slice(0, 8)}`;
  const backup =
    isDryRun || ready.length === 0
      ? undefined
      : writeRecord(
          stateDir,
          id,
          ready.map(({ changed }) => changed),
        );
  const failed = isDryRun ? [] : ready.flatMap(({ draft, file, text }) => replaceOrTell(draft, file, text) ?? []);
  if (backup !== undefined && failed.length > 0)
    keepInRecord(
      backup,
      paths.filter((path) => !failed.includes(path)),
    );
  const diffs = new Map(ready.map(({ draft, file, text }) => [draft, toDiff(draft.name, file.text, text)]));
  const files = drafts
    .filter(({ findings }) => findings.length > 0)
    .map((draft): FileReport => ({ file: draft.name, findings: draft.findings, ...diffs.get(draft) }));
  return { files, backup: failed.length === ready.length ? undefined : backup };
}

interface ReadyFile {
  readonly draft: Draft;
  readonly file: WholeFile;
  readonly text: string;
  readonly changed: ChangedFile;
}

function toChangedFile(draft: Draft): ReadyFile | undefined {
  const { file, changes } = draft;
  if (file === undefined || changes.length === 0) return undefined;
  try {
    const text = changeJson(file.text, changes);
    const bom = file.bytes.length - Buffer.byteLength(file.text);
    const after = Buffer.concat([file.bytes.subarray(0, bom), Buffer.from(text, "utf8")]);
    return { draft, file, text, changed: { path: file.realPath, before: file.bytes, after, changes } };
  } catch (error) {
    refuse(draft, toReason(error));
    return undefined;
  }
}

/** Gives the path where it could not be replaced. */
function replaceOrTell(draft: Draft, file: WholeFile, text: string): string | undefined {
  try {
    replaceWholeFile(file, text);
    return undefined;
  } catch (error) {
    refuse(draft, toReason(error));
    return file.realPath;
  }
}

function refuse(draft: Draft, reason: string): void {
  const notes = draft.findings.filter(({ kind }) => kind !== "change" && kind !== "note");
  draft.findings.splice(0, draft.findings.length, ...notes, { kind: "failed", text: `${reason}; left as it is` });
}

function toReason(error: unknown): string {
  if (error instanceof FileRefusal || error instanceof JsonEditError) return error.message;
  throw error;
}

function toDiff(name: string, before: string, after: string): { diff?: string } {
  if (before === after) return {};
  const patch = createTwoFilesPatch(name, name, before, after, "", "", { context: 2 });
  return { diff: maskSecrets(patch.slice(patch.indexOf("---")).trimEnd()) };
}

// The lines around a change may hold what nobody should see in a terminal or a transcript.
function maskSecrets(text: string): string {
  const masked = text.replace(
    /("([^"\\]+)"\s*:\s*)"((?:[^"\\]|\\.)*)"/g,
    (whole, key: string, name: string, value: string) =>
      isSecret(name, value) && !value.includes("${") ? `${key}"[redacted]"` : whole,
  );
  return redactSecrets(masked);
}
