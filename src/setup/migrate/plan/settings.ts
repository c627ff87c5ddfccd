// Plans the rules to add when servers are replaced. If a rule that denies or asks cannot be added, its server is not replaced.

import { isThere } from "../../files/paths.ts";
import { isNear, listProjects } from "../find/entries.ts";
import type { Targets } from "../find/targets.ts";
import { WORKING_TOOLS } from "../recognise/known-servers.ts";
import type { Drafts } from "../write/draft.ts";
import { Additions, findListObstacle, report } from "./additions.ts";
import { type Candidate, withdraw } from "./candidates.ts";
import {
  findUsed,
  groupRegistered,
  listRuleLists,
  openSettings,
  type Registered,
  type RuleList,
  type Settings,
} from "./rule-lists.ts";
import { findDeadRules, planAllowing, planClosing, type WantedRule } from "./rules.ts";
import type { PlanOptions } from "./servers.ts";
import { findStalePatterns, listStaleNames } from "./stale-names.ts";

/** Options of the plan. */
export interface SettingsOptions extends PlanOptions {
  readonly targets: Targets;
}

// A registration that is replaced or is the bridge already, with a list that has rules for it.
interface Concern {
  readonly list: RuleList;
  readonly candidate: Candidate;
  /** Registrations of the same name, within the reach of the list, that are not and will not be the bridge. */
  readonly others: readonly Registered[];
}

/** Plans the settings: adds rules for the bridge beside those of the old server, and withdraws candidates whose closing rules cannot be added. */
export function planSettings(candidates: readonly Candidate[], drafts: Drafts, options: SettingsOptions): void {
  const { targets } = options;
  const projects = listProjects(drafts.open(targets.userFile).root);
  const settings = openSettings(targets, [...candidates.map(({ entry }) => entry.reach), ...projects], drafts);
  const registered = groupRegistered(candidates, projects, drafts, options);
  const lists = settings.flatMap(listRuleLists);
  const concern = (): Concern[] => lists.flatMap((list) => registered.flatMap((all) => toConcerns(list, all)));
  for (const candidate of candidates) withdrawFromUnread(candidate, settings);
  for (const one of concern()) withdrawOpen(one);
  const concerns = concern();
  const additions = new Additions();
  for (const one of concerns.filter(({ list }) => list.kind !== "allow")) addClosing(one, additions);
  for (const one of concerns.filter(({ list }) => list.kind === "allow")) addAllowing(one, additions, lists);
  for (const { draft, reach } of settings) {
    const near = candidates.filter(({ entry }) => isNear(entry.reach, reach));
    for (const text of findStalePatterns(draft.root, listStaleNames(near))) draft.findings.push({ kind: "note", text });
  }
}

function toConcerns(list: RuleList, registered: readonly Registered[]): Concern[] {
  const used = findUsed(list.reach, registered);
  const others = used.filter(({ candidate, isBridge }) => !isBridge && candidate?.edit === undefined);
  return used.flatMap(({ candidate, isBridge }) =>
    candidate !== undefined && (isBridge || candidate.edit !== undefined) ? [{ list, candidate, others }] : [],
  );
}

// A file that cannot be read may contain rules that close the server's tools.
function withdrawFromUnread(candidate: Candidate, settings: readonly Settings[]): void {
  const { entry, plan, edit } = candidate;
  if (edit === undefined || plan.kind !== "replace") return;
  const isRenamed = Object.entries(plan.server.tools).some(([old, next]) => old !== next);
  const unread = settings.find(
    ({ draft, reach }) => draft.file === undefined && isNear(entry.reach, reach) && isThere(draft.name),
  );
  if (isRenamed && unread !== undefined)
    withdraw(
      candidate,
      `${unread.draft.name} cannot be read, and may have rules that deny its tools. Correct that file, then migrate again`,
    );
}

// A rule that denies or asks must never lose its effect.
function withdrawOpen({ list, candidate }: Concern): void {
  const { entry, plan, edit } = candidate;
  if (edit === undefined || plan.kind !== "replace" || list.kind === "allow") return;
  const { wanted, unknown } = planClosing(list.rules, entry.prefix, plan.server);
  const { name } = list.draft;
  const [strange] = unknown;
  if (strange !== undefined) {
    const advice = `Remove it, or add ${WORKING_TOOLS.join(", ")} to the same list; then migrate again`;
    withdraw(
      candidate,
      `the rule ${strange} in ${name} closes a tool that is not known here, so it may not apply to the bridge. ${advice}`,
    );
    return;
  }
  const obstacle = findListObstacle(list, wanted, entry.prefix);
  if (obstacle === undefined) return;
  withdraw(
    candidate,
    `the rule ${wanted[0]?.beside} in ${name} would not apply to the bridge, and ${toNames(wanted)} cannot be added: that file ${obstacle}. Add them by hand, or fix the file; then migrate again`,
  );
}

function addClosing({ list, candidate, others }: Concern, additions: Additions): void {
  const { plan, entry } = candidate;
  const { prefix } = entry;
  const dead = plan.kind === "already" ? findDeadRules(list.rules, prefix) : [];
  for (const { rule, wanted } of dead) {
    const advice = `Add ${wanted.join(", ")} to ${list.kind}, or remove it`;
    report(list, "failed", `the rule ${rule} has no effect: the bridge has no such tool. ${advice}`);
  }
  if (plan.kind !== "replace") return;
  const count = additions.add(list, planClosing(list.rules, prefix, plan.server).wanted, prefix);
  if (count > 0 && others.length > 0)
    report(
      list,
      "note",
      `the rules that were added to ${list.kind} also apply to the server of the same name in ${listFiles(others)}`,
    );
}

// An added rule never allows a tool that another rule closes, nor a tool of a server that stays.
function addAllowing({ list, candidate, others }: Concern, additions: Additions, lists: readonly RuleList[]): void {
  const { plan, entry } = candidate;
  const { prefix } = entry;
  if (plan.kind !== "replace") return;
  const { wanted, notes } = planAllowing(list.rules, prefix, plan.server);
  for (const text of notes) report(list, "note", text);
  const free = wanted.filter(({ rule, beside, tool, main }) => {
    const [closing] = [tool, main].flatMap((name) => additions.findClosing(lists, prefix, name, list.reach) ?? []);
    const other = `it would also apply to the server of the same name in ${listFiles(others)}. Migrate both in one run, or add the rule yourself`;
    const why = closing === undefined ? other : `the rule ${closing.rule} in ${closing.file} closes it`;
    const isFree = closing === undefined && others.length === 0;
    if (!isFree) report(list, "note", `${rule} is not added beside ${beside}: ${why}`);
    return isFree;
  });
  const obstacle = findListObstacle(list, free, prefix);
  if (obstacle === undefined) additions.add(list, free, prefix);
  else {
    const advice = `Add ${toNames(free)} to ${list.path.join(".")} there: until then, Claude Code asks before each call`;
    report(list, "failed", `${obstacle}; left as it is. ${advice}`);
  }
}

function toNames(wanted: readonly WantedRule[]): string {
  return wanted.map(({ rule }) => rule).join(", ");
}

function listFiles(registered: readonly Registered[]): string {
  return [...new Set(registered.map(({ file }) => file))].join(", ");
}
