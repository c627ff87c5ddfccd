// Puts this bridge in the place of other servers in Claude Code's files: plans, proves, shows, writes with a backup.
import { type CandidateOptions, findCandidates } from "./candidates.ts";
import { Drafts } from "./draft.ts";
import type { Targets } from "./find-targets.ts";
import { listAllRenames } from "./holders.ts";
import type { FileReport, MigrateReport } from "./report.ts";
import { planAllSettings } from "./settings-plan.ts";
import { findMentions } from "./stale-names.ts";
import { findTwins } from "./twins.ts";
import { writeDrafts } from "./write-drafts.ts";

/** What a migration works with. */
export interface MigrateOptions extends CandidateOptions {
  readonly targets: Targets;
  /** Only show what would be done. */
  readonly isDryRun: boolean;
}

/** Migrates. What is not understood, and every file that cannot be changed safely, stays as it is and is told. */
export async function migrate(options: MigrateOptions): Promise<MigrateReport> {
  const { targets } = options;
  const drafts = new Drafts();
  const candidates = await findCandidates(targets.servers, drafts, options);
  const { plans, holders } = planAllSettings(candidates, drafts, options);
  // Files with servers first: what could not be written would leave rules without them.
  for (const { draft, edit, findings } of candidates) {
    if (edit !== undefined) draft.edits.push(edit);
    draft.findings.push(...findings);
  }
  for (const { draft, edits, findings } of plans) {
    draft.edits.push(...edits);
    draft.findings.push(...findings);
  }
  for (const { draft, finding } of findTwins(candidates)) draft.findings.push(finding);
  const mentions = findMentions(targets.texts, listAllRenames(holders));
  const { files, backup } = writeDrafts(drafts.list(), options);
  return { files: [...files, ...mentions.map(toNote)], backup };
}

function toNote({ file, text }: { file: string; text: string }): FileReport {
  return { file, findings: [{ kind: "note", text }] };
}
