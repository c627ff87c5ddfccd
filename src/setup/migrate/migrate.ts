// Replaces other servers by this bridge in Claude Code's files: plans the changes, tries each new entry, shows a diff, writes with a backup.

import type { MigrateReport } from "../files/report.ts";
import type { Targets } from "./find/targets.ts";
import { type CandidateOptions, findCandidates } from "./plan/candidates.ts";
import { planSettings } from "./plan/settings.ts";
import { findMentions, listStaleNames } from "./plan/stale-names.ts";
import { Drafts } from "./write/draft.ts";
import { writeDrafts } from "./write/write-drafts.ts";

/** Options of a migration. */
export interface MigrateOptions extends CandidateOptions {
  readonly targets: Targets;
  readonly stateDir: string;
  /** Only show what would be done. */
  readonly isDryRun: boolean;
}

/** Migrates. Entries that it does not understand and files that cannot be changed safely stay as they are, and are reported. */
export async function migrate(options: MigrateOptions): Promise<MigrateReport> {
  const { targets } = options;
  const drafts = new Drafts();
  const candidates = await findCandidates(targets.servers, drafts, options);
  planSettings(candidates, drafts, options);
  for (const { draft, edit, findings } of candidates) {
    if (edit !== undefined) draft.edits.push(edit);
    draft.findings.push(...findings);
  }
  const { files, backup } = writeDrafts(drafts.list(), options);
  return { files: [...files, ...findMentions(targets.texts, listStaleNames(candidates))], backup };
}
