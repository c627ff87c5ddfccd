// What becomes of the settings once servers are replaced: rules follow, what cannot follow is told, or holds its server back.

import { join } from "node:path";
import { EVERYWHERE, listFolderSettings, MANAGED_SETTINGS } from "../../clients/claude-code/places.ts";
import { type Candidate, toHolder, toKey, withdraw } from "./candidates.ts";
import { type Draft, type Drafts, findObstacle } from "./draft.ts";
import type { Edit } from "./edit.ts";
import type { Targets } from "./find-targets.ts";
import { createRenames, type Holder, listAllRenames, type Rename } from "./holders.ts";
import { isThere } from "./paths.ts";
import type { Finding } from "./report.ts";
import { listRuleLists, planRules, type RuleChange, type RuleList } from "./rule-plan.ts";
import { type PlanOptions, planServer } from "./server-plan.ts";
import { findStalePatterns } from "./stale-names.ts";
import { isNear, listFileEntries, listProjects, type Target } from "./target.ts";

/** What a file of settings is to become. */
export interface SettingsPlan {
  readonly draft: Draft;
  readonly edits: readonly Edit[];
  readonly findings: readonly Finding[];
}

/** What settings depend on. */
export interface SettingsOptions extends PlanOptions {
  readonly targets: Targets;
  readonly stateDir: string;
}

// A rule that closes and cannot follow.
interface Block {
  readonly prefix: string;
  readonly list: RuleList;
  readonly reason: string;
}

/**
 * Plans the settings, and withdraws the candidates for which a rule that denies or asks could not follow: it would be dead, and what it
 * closes open. Gives the names that changed, too.
 */
export function planAllSettings(
  candidates: readonly Candidate[],
  drafts: Drafts,
  options: SettingsOptions,
): { plans: SettingsPlan[]; holders: readonly Holder[] } {
  const user = drafts.open(options.targets.userFile);
  const projects = listProjects(user.root);
  const others = listOthers(candidates, projects, drafts, options);
  const files = openSettings(options.targets, [...candidates.map(({ entry }) => entry.reach), ...projects], drafts);
  for (;;) {
    const holders = [...candidates.map(toHolder), ...others];
    if (listAllRenames(holders).length === 0) return { plans: [], holders };
    const toRenames = createRenames(holders);
    const planned = files.map(({ draft, reach }) => planFile(draft, reach, toRenames));
    const held = holdBack(
      candidates,
      planned.flatMap(({ blocks }) => blocks),
    );
    if (held === 0) return { plans: planned, holders };
  }
}

// Gives how many.
function holdBack(candidates: readonly Candidate[], blocks: readonly Block[]): number {
  const held = candidates.flatMap((candidate) => {
    const { toolPrefix, reach } = candidate.entry;
    const block = blocks.find(({ prefix, list }) => prefix === toolPrefix && isNear(reach, list.reach));
    return candidate.edit === undefined || block === undefined ? [] : [{ candidate, block }];
  });
  for (const { candidate, block } of held) withdraw(candidate, block.reason);
  return held.length;
}

// A server that holds everywhere concerns the settings of every project that Claude Code knows.
function openSettings(
  { settings, userFile }: Targets,
  folders: readonly string[],
  drafts: Drafts,
): { draft: Draft; reach: string }[] {
  const asked = [...settings, { file: userFile, reach: EVERYWHERE }].map(({ file, reach }) => ({
    draft: drafts.open(file),
    reach,
  }));
  const known = [...[...new Set(folders)].flatMap(listFolderSettings), { file: MANAGED_SETTINGS, reach: EVERYWHERE }]
    .filter(({ file }) => isThere(file))
    .map(({ file, reach }) => ({ draft: drafts.peek(file), reach }));
  const all = [...asked, ...known];
  // One file for several places (a link): what holds anywhere holds for it.
  return [...new Set(all.map(({ draft }) => draft))].map((draft) => {
    const [reach = EVERYWHERE, ...more] = new Set(all.filter((file) => file.draft === draft).map((file) => file.reach));
    return { draft, reach: more.length === 0 ? reach : EVERYWHERE };
  });
}

// Servers that were not asked for keep what they are called.
function listOthers(
  candidates: readonly Candidate[],
  projects: readonly string[],
  drafts: Drafts,
  { targets, ...options }: SettingsOptions,
): Holder[] {
  const known = new Set(candidates.map(({ draft, entry }) => toKey(draft, entry)));
  const ofProjects = projects
    .map(
      (reach): Target => ({
        file: join(reach, ".mcp.json"),
        isShared: true,
        holds: (root) => listFileEntries(root, { reach }),
      }),
    )
    .filter(({ file }) => isThere(file));
  const found = [...targets.others, ...ofProjects].flatMap(({ file, holds }) => {
    const draft = drafts.peek(file);
    return holds(draft.root).map((entry) => ({ draft, entry }));
  });
  return found
    .filter(({ draft, entry }) => !known.has(toKey(draft, entry)))
    .map(({ draft, entry }) => {
      const { kind } = planServer(entry, options);
      const place = { entry, file: draft.name, canFollow: kind === "replace" };
      return { ...place, isOurs: kind === "already", isFresh: false, former: undefined };
    });
}

function planFile(
  draft: Draft,
  reach: string,
  toRenames: (reach: string) => readonly Rename[],
): SettingsPlan & { blocks: readonly Block[] } {
  const lists = listRuleLists(draft.root, reach);
  const { changes, stuck, notes } = planRules(draft.root, lists, toRenames);
  const edits = changes.map(({ change, list, prefix }): Edit => {
    const { reach: below, isClosing } = list;
    return { kind: "rule", prefix, reach: below, isClosing, changes: [change] };
  });
  const obstacle = edits.length === 0 ? undefined : findObstacle(draft, edits);
  const lost = changes.map((change) => ({ ...change, rule: toRule(change), reason: `that file ${obstacle}` }));
  const blocks = [...stuck, ...(obstacle === undefined ? [] : lost)]
    .filter(({ list }) => list.isClosing)
    .map(({ list, rule, prefix, reason }) => ({
      prefix,
      list,
      reason: `the rule ${rule} in ${draft.name} would close nothing any more, and cannot follow: ${reason}`,
    }));
  // Where nothing is held back for it: its server was replaced before.
  const dead = stuck.map(({ rule, reason, list }): Finding => {
    const text = `the rule ${rule} stays as it is: ${reason}`;
    return list.isClosing ? { kind: "failed", text: `${text}; it closes nothing` } : { kind: "note", text };
  });
  const told = [...notes, ...findStalePatterns(draft.root, toRenames(reach))].map(
    (text): Finding => ({ kind: "note", text }),
  );
  return {
    draft,
    edits: obstacle === undefined ? edits : [],
    findings: [...(obstacle === undefined ? changes.map(toFinding) : [toFailure(changes, obstacle)]), ...dead, ...told],
    blocks: [...blocks, ...blockUnread(draft, lists, toRenames)],
  };
}

// What rules a file has that cannot be read, nobody knows.
function blockUnread(
  draft: Draft,
  lists: readonly RuleList[],
  toRenames: (reach: string) => readonly Rename[],
): readonly Block[] {
  const [list] = lists.filter(({ isClosing }) => isClosing);
  if (draft.file !== undefined || list === undefined || !isThere(draft.name)) return [];
  return toRenames(list.reach)
    .filter(({ tools }) => Object.entries(tools).some(([old, next]) => old !== next))
    .map(({ prefix }) => ({ prefix, list, reason: `${draft.name} cannot be read, and may have rules for its tools` }));
}

function toRule({ change: { before, after } }: RuleChange): string {
  return String(before ?? after);
}

function toFinding({ change: { before, after } }: RuleChange): Finding {
  const text =
    before === undefined
      ? `rule ${String(after)}, added: it does what the old tool did too`
      : `rule ${String(before)} → ${String(after)}`;
  return { kind: "change", text };
}

function toFailure(changes: readonly RuleChange[], obstacle: string): Finding {
  const rules = changes.map((change) => `${toRule(change)}, which is ${String(change.change.after)} now`).join("; ");
  return {
    kind: "failed",
    text: `${obstacle}; left as it is, with the rule ${rules}: migrate again once it can be written`,
  };
}
