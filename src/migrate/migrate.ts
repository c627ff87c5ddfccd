// Puts this bridge in the place of other servers in Claude Code's files: plans, proves, shows, writes with a backup.
import { checkDraft, type Draft, Drafts } from "./draft.ts";
import type { Targets } from "./find-targets.ts";
import { changeJson } from "./json-edit.ts";
import { type FileReport, type Finding, type MigrateReport, toReason } from "./report.ts";
import { type Planned, type Renames, toRenames } from "./rule-names.ts";
import { planRules } from "./rule-plan.ts";
import { type PlanOptions, planServer, type ServerEntry, type ServerPlan } from "./server-plan.ts";
import { findMentions, findStalePatterns } from "./stale-names.ts";
import type { Target } from "./target.ts";
import { writeDrafts } from "./write-drafts.ts";

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

/** Migrates. What is not understood, and every file that cannot be changed safely, stays as it is and is told. */
export async function migrate(options: MigrateOptions): Promise<MigrateReport> {
  const { targets } = options;
  const drafts = new Drafts();
  const listed = targets.servers.flatMap((target) => listPlans(drafts.open(target.file), target, options));
  // A file may be named twice, or be a link to another.
  const found = listed.filter(
    ({ draft, entry }, at) =>
      at === listed.findIndex((other) => other.draft === draft && isSamePath(other.entry, entry)),
  );
  for (const planned of found) await settle(planned, options);
  // Rules follow a server that was really replaced: what cannot be written must be known before.
  for (const draft of drafts.list()) checkDraft(draft);
  const others = targets.others.map((target) => ({ target, draft: drafts.open(target.file) }));
  const renames = toRenames(found, others, options);
  const projects = new Set([...targets.projects, ...found.map(({ entry }) => entry.path).flatMap(toProject)]);
  for (const path of new Set(targets.settings)) addRules(drafts.open(path), renames, projects);
  const { files, backup } = writeDrafts(drafts.list(), options);
  const mentions = findMentions(targets.texts, renames).map(({ file, text }) => toNote(file, text));
  return { files: [...files, ...mentions], backup };
}

const OWN_PATH =
  "the path is this machine's: who shares this file needs an installed codex-bridge, and the command `codex-bridge` here";

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
  const { findings, edits } = draft;
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
      const { works, words } = await tryOut(draft, plan, options);
      if (!works) {
        findings.push({ kind: "failed", text: `${name}: left as it is: ${words}` });
        return;
      }
      edits.push(plan.edit);
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

// In the text first: a server is not started for what could not be written.
async function tryOut(
  { file }: Draft,
  plan: ServerPlan & { kind: "replace" },
  { prove }: MigrateOptions,
): ReturnType<MigrateOptions["prove"]> {
  try {
    changeJson(file?.text ?? "", plan.edit);
  } catch (error) {
    return { works: false, words: `the file ${toReason(error)}` };
  }
  const { works, words } = await prove(plan);
  return { works, words: works ? words : `the bridge in its place does not answer: ${words}` };
}

// `["projects", "/work/mine", "mcpServers", "codex"]`
function toProject(path: ServerEntry["path"]): string[] {
  return path[0] === "projects" ? [String(path[1])] : [];
}

function toNote(file: string, text: string): FileReport {
  return { file, findings: [{ kind: "note", text }] };
}

function addRules(draft: Draft, renames: Renames, projects: ReadonlySet<string>): void {
  const { changes, notes } = planRules(draft.root, renames, projects);
  const patterns = findStalePatterns(draft.root, renames);
  draft.edits.push(...changes.map((change) => [change]));
  draft.findings.push(
    ...changes.map(
      ({ before, after }): Finding => ({ kind: "change", text: `rule ${String(before)} → ${String(after)}` }),
    ),
    ...[...notes, ...patterns].map((text): Finding => ({ kind: "note", text })),
  );
}
