// Puts this bridge in the place of other servers in Claude Code's files: plans, proves, shows, writes with a backup.
import { randomUUID } from "node:crypto";
import type { Target, Targets } from "./find-targets.ts";
import { changeJson, type Json, type JsonChange, parseJson } from "./json-edit.ts";
import { type ChangedFile, keepInRecord, writeRecord } from "./records.ts";
import { type FileReport, type Finding, type MigrateReport, toReason } from "./report.ts";
import { planRules, type Renames } from "./rule-plan.ts";
import { type PlanOptions, planServer, type ServerEntry, type ServerPlan } from "./server-plan.ts";
import { toDiff } from "./show-diff.ts";
import { checkWritable, readWholeFile, replaceWholeFile, type WholeFile } from "./whole-file.ts";

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
  const listed = targets.servers.flatMap((target) => listPlans(open(target.file), target, options));
  // A file may be named twice, or be a link to another.
  const found = listed.filter(
    ({ draft, entry }, at) =>
      at === listed.findIndex((other) => other.draft === draft && isSamePath(other.entry, entry)),
  );
  for (const planned of found) await settle(planned, options);
  // Rules follow a server that was really replaced: what cannot be written must be known before.
  for (const draft of drafts.values()) checkDraft(draft);
  const renames = toRenames(
    found,
    listOthers(
      targets.others.map((target) => ({ target, draft: open(target.file) })),
      found,
      options,
    ),
  );
  const projects = new Set([targets.project, ...found.map(({ entry }) => entry.path).flatMap(toProject)]);
  for (const path of new Set(targets.settings)) addRules(open(path), renames, projects);
  return write([...new Set(drafts.values())], options);
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

function isSamePath(a: ServerEntry, b: ServerEntry): boolean {
  return JSON.stringify(a.path) === JSON.stringify(b.path);
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
function toRenames(found: readonly Planned[], others: readonly string[]): Renames {
  const isReplaced = ({ draft, plan }: Planned): boolean =>
    plan.kind === "replace" && plan.changes.every((change) => draft.changes.includes(change));
  const kept = found.filter((planned) => !isReplaced(planned) && planned.plan.kind !== "already");
  const prefixes = new Set([...kept.map(({ entry }) => entry.toolPrefix), ...others]);
  return new Map(
    found.flatMap((planned) => {
      const { entry, plan } = planned;
      const isOurs = plan.kind === "replace" && isReplaced(planned) && !prefixes.has(entry.toolPrefix);
      return isOurs ? [[entry.toolPrefix, plan.server.tools]] : [];
    }),
  );
}

// Servers that were not asked for: what they are called keeps its rules.
function listOthers(
  places: readonly { target: Target; draft: Draft }[],
  found: readonly Planned[],
  options: PlanOptions,
): string[] {
  const toKey = (draft: Draft, entry: ServerEntry): string => `${draft.name} ${JSON.stringify(entry.path)}`;
  const known = new Set(found.map(({ draft, entry }) => toKey(draft, entry)));
  return places.flatMap(({ target, draft }) =>
    target
      .holds(draft.root)
      .filter((entry) => !known.has(toKey(draft, entry)) && planServer(entry, options).kind !== "already")
      .map(({ toolPrefix }) => toolPrefix),
  );
}

// `["projects", "/work/mine", "mcpServers", "codex"]`
function toProject(path: ServerEntry["path"]): string[] {
  return path[0] === "projects" ? [String(path[1])] : [];
}

function addRules(draft: Draft, renames: Renames, projects: ReadonlySet<string>): void {
  const { changes, notes } = planRules(draft.root, renames, projects);
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
  const failed = isDryRun ? [] : replaceAll(ready);
  if (backup !== undefined && failed.length > 0)
    keepInRecord(
      backup,
      paths.filter((path) => !failed.includes(path)),
    );
  const diffs = new Map(
    ready.map(({ draft, file, text }) => [draft, toDiff(draft.name, file.text, text, draft.changes)]),
  );
  const files = drafts
    .filter(({ findings }) => findings.length > 0)
    .map((draft): FileReport => ({ file: draft.name, findings: draft.findings, ...diffs.get(draft) }));
  return { files, backup: failed.length === ready.length ? undefined : backup };
}

function checkDraft(draft: Draft): void {
  const ready = toChangedFile(draft);
  if (ready === undefined) return;
  try {
    checkWritable(ready.file);
  } catch (error) {
    refuse(draft, toReason(error));
  }
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

/** Replaces the files in their order, those with servers first; gives the paths of those that could not be. */
function replaceAll(ready: readonly ReadyFile[]): string[] {
  const failed: string[] = [];
  for (const { draft, file, text } of ready) {
    const hasRules = draft.changes.some(({ path }) => path.includes("permissions") || path.includes("allowedTools"));
    if (failed.length > 0 && hasRules) {
      refuse(draft, "is not changed, since a file with servers could not be");
      failed.push(file.realPath);
    } else if (!replaceOrTell(draft, file, text)) failed.push(file.realPath);
  }
  return failed;
}

/** Whether it was replaced. */
function replaceOrTell(draft: Draft, file: WholeFile, text: string): boolean {
  try {
    replaceWholeFile(file, text);
    return true;
  } catch (error) {
    refuse(draft, toReason(error));
    return false;
  }
}

function refuse(draft: Draft, reason: string): void {
  draft.changes.splice(0);
  const notes = draft.findings.filter(({ kind }) => kind !== "change" && kind !== "note");
  draft.findings.splice(0, draft.findings.length, ...notes, { kind: "failed", text: `${reason}; left as it is` });
}
