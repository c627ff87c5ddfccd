// Which servers hold where, and so: which tool names change for a settings file.
import { EVERYWHERE } from "../claude-code/places.ts";
import { isInside } from "../domain/sandbox.ts";
import type { KnownServer } from "./known-servers.ts";
import type { ServerEntry } from "./server-plan.ts";

/** Old tool names to new ones; undefined: it has no counterpart. */
export type ToolNames = Readonly<Record<string, string | undefined>>;

/** A registration, by what became of it. */
export interface Holder {
  readonly entry: ServerEntry;
  /** File that it stands in. */
  readonly file: string;
  /** Whether it is the bridge now, or was before. */
  readonly isOurs: boolean;
  /** The server that the bridge took the place of, now or in an earlier migration; undefined where there was none. */
  readonly former: KnownServer | undefined;
}

/** A name that one server keeps where others were replaced: rules cannot follow for one of them. */
export interface Contest {
  readonly names: ToolNames;
  /** File of the one that stays. */
  readonly by: string;
}

/** Tool names that change for a place, by what Claude Code's names for a server's tools begin with. */
export interface Renames {
  readonly names: ReadonlyMap<string, ToolNames>;
  readonly contested: ReadonlyMap<string, Contest>;
}

/** Gives the names that change where something holds: below a folder, or everywhere. */
export function createRenames(holders: readonly Holder[]): (reach: string) => Renames {
  const replaced = new Set(holders.filter(isReplaced).map(({ entry }) => entry.toolPrefix));
  const byPrefix = [...replaced].map((prefix) => ({
    prefix,
    holders: holders.filter(({ entry }) => entry.toolPrefix === prefix),
  }));
  return (reach) => {
    const names = new Map<string, ToolNames>();
    const contested = new Map<string, Contest>();
    for (const { prefix, holders: all } of byPrefix) {
      const used = findUsed(reach, all);
      const ours = used.filter(isReplaced);
      if (ours.length === 0) continue;
      const tools: ToolNames = Object.assign({}, ...ours.map(({ former }) => former?.tools));
      const stays = used.find(({ isOurs }) => !isOurs);
      if (stays === undefined) names.set(prefix, tools);
      else contested.set(prefix, { names: tools, by: stays.file });
    }
    return { names, contested };
  };
}

/** Whether what holds below the one folder meets what holds below the other. */
export function isNear(reach: string, other: string): boolean {
  return isInside(reach, other) || isInside(other, reach);
}

/** All names that change anywhere. */
export function listReplacedNames(holders: readonly Holder[]): ReadonlyMap<string, ToolNames> {
  const names = new Map<string, ToolNames>();
  for (const { entry, former } of holders.filter(isReplaced)) {
    names.set(entry.toolPrefix, { ...names.get(entry.toolPrefix), ...former?.tools });
  }
  return names;
}

function isReplaced({ isOurs, former }: Holder): boolean {
  return isOurs && former !== undefined;
}

// Claude Code prefers a project's server to the user's of the same name.
function findUsed(reach: string, holders: readonly Holder[]): readonly Holder[] {
  const near = holders.filter(({ entry }) => isNear(entry.reach, reach));
  const own = near.filter(({ entry }) => entry.reach !== EVERYWHERE);
  return reach === EVERYWHERE || own.length === 0 ? near : own;
}
