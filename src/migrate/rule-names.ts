// Which tool names change for Claude Code, and for which servers.
import type { Draft } from "./draft.ts";
import { readAt } from "./json-value.ts";
import { type KnownServer, recognise } from "./known-servers.ts";
import { listRecords } from "./records.ts";
import { type PlanOptions, planServer, type ServerEntry, type ServerPlan } from "./server-plan.ts";
import type { Target } from "./target.ts";

/** Old tool names to new ones, by what Claude Code's names for a server's tools begin with; undefined: it has no counterpart. */
export type Renames = ReadonlyMap<string, Readonly<Record<string, string | undefined>>>;

/** A registration, what becomes of it, and the file that it stands in. */
export interface Planned {
  readonly draft: Draft;
  /** Whether the file is meant for others too. */
  readonly isShared: boolean;
  readonly entry: ServerEntry;
  readonly plan: ServerPlan;
}

/** A place of servers that are not asked for, with its file. */
export interface OtherPlace {
  readonly target: Target;
  readonly draft: Draft;
}

/** What the names depend on. */
interface RenameOptions extends PlanOptions {
  readonly stateDir: string;
}

/** The names that change. A prefix that a server keeps anywhere, which is none of ours, keeps its rules. */
export function toRenames(found: readonly Planned[], places: readonly OtherPlace[], options: RenameOptions): Renames {
  const kept = found.filter((planned) => !isReplaced(planned) && planned.plan.kind !== "already");
  const prefixes = new Set([
    ...kept.map(({ entry }) => entry.toolPrefix),
    ...listOtherPrefixes(places, found, options),
  ]);
  const renames = new Map<string, Readonly<Record<string, string | undefined>>>();
  for (const planned of found) {
    const { toolPrefix } = planned.entry;
    const server = prefixes.has(toolPrefix) ? undefined : findOldServer(planned, options.stateDir);
    if (server !== undefined) renames.set(toolPrefix, { ...renames.get(toolPrefix), ...server.tools });
  }
  return renames;
}

function isReplaced({ draft, plan }: Planned): boolean {
  return plan.kind === "replace" && draft.edits.includes(plan.edit);
}

// Rules that an earlier migration could not follow (a file was read-only) are followed by a later one, which has it on record.
function findOldServer({ draft, entry, plan }: Planned, stateDir: string): KnownServer | undefined {
  if (plan.kind === "replace") return plan.server;
  const key = JSON.stringify(entry.path);
  const edits = listRecords(stateDir)
    .flatMap(({ files = [] }) => files)
    .filter(({ path }) => path === draft.file?.realPath)
    .flatMap((file) => file.edits);
  const edit = edits.find(([first]) => JSON.stringify(first?.path.slice(0, -1)) === key);
  const value = (name: string): unknown => edit?.find(({ path }) => path.at(-1) === name)?.before;
  const [command, args = readAt(draft.root, [...entry.path, "args"])] = [value("command"), value("args")];
  if (typeof command !== "string" || !Array.isArray(args)) return undefined;
  const found = recognise(
    command,
    args.filter((word) => typeof word === "string"),
  );
  return found.kind === "known" ? found.server : undefined;
}

function listOtherPrefixes(places: readonly OtherPlace[], found: readonly Planned[], options: PlanOptions): string[] {
  const toKey = (draft: Draft, { path }: ServerEntry): string => `${draft.name} ${JSON.stringify(path)}`;
  const known = new Set(found.map(({ draft, entry }) => toKey(draft, entry)));
  return places.flatMap(({ target, draft }) =>
    target
      .holds(draft.root)
      .filter((entry) => !known.has(toKey(draft, entry)) && planServer(entry, options).kind !== "already")
      .map(({ toolPrefix }) => toolPrefix),
  );
}
