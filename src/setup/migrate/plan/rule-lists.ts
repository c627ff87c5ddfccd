// Finds the lists of permission rules that a migration may affect, and the servers to which each list applies.
import { join } from "node:path";
import {
  EVERYWHERE,
  listFolderSettings,
  MANAGED_SETTINGS,
  type SettingsFile,
} from "../../../clients/claude-code/config-files.ts";
import type { JsonValue } from "../../../domain/json.ts";
import { isList, type JsonPath, readAt, readTexts } from "../../files/json-value.ts";
import { isThere } from "../../files/paths.ts";
import type { Edit } from "../edit/edit.ts";
import { isNear, listFileEntries, listProjects, type ServerEntry, type ServerFile } from "../find/entries.ts";
import type { Targets } from "../find/targets.ts";
import { type Draft, type Drafts, findObstacle } from "../write/draft.ts";
import { type Candidate, toKey } from "./candidates.ts";
import { type PlanOptions, planServer } from "./servers.ts";

/** A settings file, and the folder in which it applies. */
export interface Settings {
  readonly draft: Draft;
  readonly reach: string;
}

/** A list of rules in a settings file. */
export interface RuleList extends Settings {
  readonly path: JsonPath;
  readonly kind: "allow" | "ask" | "deny";
  readonly rules: readonly string[];
  /** Number of all its entries, strings or not. */
  readonly size: number;
  /** Whether a rule can be added to every list of its file. If false, each list has to be tried on its own. */
  readonly isSound: boolean;
}

/** A registration to which rules may apply. */
export interface Registered {
  readonly entry: ServerEntry;
  /** Its file. */
  readonly file: string;
  /** Undefined if the user did not ask for it. */
  readonly candidate: Candidate | undefined;
  /** Whether it was the bridge already before this migration. */
  readonly isBridge: boolean;
}

/** Opens the settings that apply where these registrations do. For a server of user scope, that is every project that Claude Code knows. */
export function openSettings({ settings, userFile }: Targets, folders: readonly string[], drafts: Drafts): Settings[] {
  const user = { file: userFile, reach: EVERYWHERE };
  const managed = { file: MANAGED_SETTINGS, reach: EVERYWHERE };
  const known = [...[...new Set(folders)].flatMap(listFolderSettings), managed].filter(({ file }) => isThere(file));
  const open = (files: readonly SettingsFile[], isAsked: boolean): Settings[] =>
    files.map(({ file, reach }) => ({ draft: drafts.open(file, isAsked), reach }));
  const all = [...open([...settings, user], true), ...open(known, false)];
  // One file may serve several folders (a link): then it is treated as applying everywhere.
  return [...new Set(all.map(({ draft }) => draft))].map((draft) => {
    const [reach = EVERYWHERE, ...more] = new Set(all.filter((one) => one.draft === draft).map((one) => one.reach));
    return { draft, reach: more.length === 0 ? reach : EVERYWHERE };
  });
}

/** Lists the rule lists of a file that contain rules for MCP tools. `.claude.json` keeps `allowedTools` for each project. */
export function listRuleLists({ draft, reach }: Settings): RuleList[] {
  const kinds = ["allow", "ask", "deny"] as const;
  const all = [
    ...kinds.map((kind) => ({ kind, path: ["permissions", kind], reach })),
    ...listProjects(draft.root).map((project) => ({
      kind: "allow" as const,
      path: ["projects", project, "allowedTools"],
      reach: project,
    })),
  ];
  const lists = all
    .map((list) => ({ ...list, draft, rules: readTexts(draft.root, list.path), size: readSize(draft.root, list.path) }))
    .filter(({ rules }) => rules.some((rule) => rule.startsWith("mcp__") || rule.startsWith("*")));
  // Tries all lists at once: the file may be large.
  const isSound = lists.length > 0 && findObstacle(draft, lists.map(toTrial)) === undefined;
  return lists.map((list) => ({ ...list, isSound }));
}

function toTrial({ path, size, reach }: Pick<RuleList, "path" | "size" | "reach">): Edit {
  const changes = [{ path: [...path, size], after: "a rule" }];
  return { kind: "rule", prefix: "", reach, isClosing: false, changes };
}

function readSize(root: JsonValue, path: JsonPath): number {
  const list = readAt(root, path);
  return isList(list) ? list.length : 0;
}

/** Groups all registrations by their name in rules: the candidates, and those that the user did not ask for, which keep their tools. */
export function groupRegistered(
  candidates: readonly Candidate[],
  projects: readonly string[],
  drafts: Drafts,
  { targets, ...options }: PlanOptions & { readonly targets: Targets },
): (readonly Registered[])[] {
  const known = new Set(candidates.map(({ draft, entry }) => toKey(draft, entry)));
  const prefixes = new Set(candidates.map(({ entry }) => entry.prefix));
  const ofProjects = projects
    .map(
      (reach): ServerFile => ({
        file: join(reach, ".mcp.json"),
        isShared: true,
        list: (root) => listFileEntries(root, { reach }),
      }),
    )
    .filter(({ file }) => isThere(file));
  const others = [...targets.others, ...ofProjects].flatMap(({ file, list }) => {
    const draft = drafts.open(file, false);
    const entries = list(draft.root).filter((entry) => prefixes.has(entry.prefix) && !known.has(toKey(draft, entry)));
    return entries.map((entry): Registered => {
      const isBridge = planServer(entry, options).kind === "already";
      return { entry, file: draft.name, candidate: undefined, isBridge };
    });
  });
  const asked = candidates.map((candidate): Registered => {
    const { entry, draft, plan } = candidate;
    return { entry, file: draft.name, candidate, isBridge: plan.kind === "already" };
  });
  const all = [...asked, ...others];
  return [...prefixes].map((prefix) => all.filter(({ entry }) => entry.prefix === prefix));
}

/** Returns the registrations, all of one name, to which rules with this reach apply. */
export function findUsed(reach: string, registered: readonly Registered[]): readonly Registered[] {
  const near = registered.filter(({ entry }) => isNear(entry.reach, reach));
  // If both have a server of this name, Claude Code uses the project's and not the user's.
  const isHidden = reach !== EVERYWHERE && near.some(({ entry }) => entry.reach === reach);
  return isHidden ? near.filter(({ entry }) => entry.reach !== EVERYWHERE) : near;
}
