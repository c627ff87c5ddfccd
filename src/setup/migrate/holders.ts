// Which servers hold where, and so: which tool names change for a settings file.
import { EVERYWHERE } from "../../clients/claude-code/places.ts";
import type { KnownServer } from "./known-servers.ts";
import type { ServerEntry } from "./server-plan.ts";
import { isNear } from "./target.ts";

/** A registration, by what became of it. */
export interface Holder {
  readonly entry: ServerEntry;
  /** File that it stands in. */
  readonly file: string;
  /** Whether it is the bridge, from now on or since before. */
  readonly isOurs: boolean;
  /** Whether it is so from now on. */
  readonly isFresh: boolean;
  /** Whether it could be replaced too, if it were asked for. */
  readonly canFollow: boolean;
  /** The server that the bridge took the place of, now or in an earlier migration; undefined where there was none. */
  readonly former: KnownServer | undefined;
}

/** What changes for the tools of one server, somewhere. */
export interface Rename {
  /** What Claude Code's names for the tools begin with. */
  readonly prefix: string;
  /** Old tool names to new ones; undefined: it has no counterpart. */
  readonly tools: KnownServer["tools"];
  /** Old tools that could continue a session too: here that is `codex-reply`. */
  readonly continuing: readonly string[];
  /** Whether they change now, or did so in an earlier migration. */
  readonly isFresh: boolean;
  /** Servers that stay there under the same name: rules cannot follow for one and not for the other. */
  readonly stays: readonly Holder[];
}

/** Gives what changes where something holds: below a folder, or everywhere. */
export function createRenames(holders: readonly Holder[]): (reach: string) => readonly Rename[] {
  const byPrefix = [...new Set(holders.filter(isReplaced).map(({ entry }) => entry.toolPrefix))].map((prefix) => ({
    prefix,
    all: holders.filter(({ entry }) => entry.toolPrefix === prefix),
  }));
  return (reach) =>
    byPrefix.flatMap(({ prefix, all }) => {
      const used = findUsed(reach, all);
      const ours = used.filter(isReplaced);
      return ours.length === 0
        ? []
        : [
            toRename(
              prefix,
              ours,
              used.filter(({ isOurs }) => !isOurs),
            ),
          ];
    });
}

/** All that changes, wherever. */
export function listAllRenames(holders: readonly Holder[]): readonly Rename[] {
  return createRenames(holders)(EVERYWHERE);
}

function isReplaced({ isOurs, former }: Holder): boolean {
  return isOurs && former !== undefined;
}

function toRename(prefix: string, ours: readonly Holder[], stays: readonly Holder[]): Rename {
  const servers = ours.flatMap(({ former }) => former ?? []);
  return {
    prefix,
    tools: Object.assign({}, ...servers.map(({ tools }) => tools)),
    continuing: servers.flatMap(({ tools }) => listContinuing(tools)),
    isFresh: ours.some(({ isFresh }) => isFresh),
    stays,
  };
}

// Where none only continues, the one that begins does both.
function listContinuing(tools: KnownServer["tools"]): string[] {
  const names = Object.entries(tools);
  return names.some(([, next]) => next === "codex-reply")
    ? []
    : names.flatMap(([old, next]) => (next === "codex" ? [old] : []));
}

// Claude Code prefers a project's own server to the user's of the same name.
function findUsed(reach: string, holders: readonly Holder[]): readonly Holder[] {
  const near = holders.filter(({ entry }) => isNear(entry.reach, reach));
  const isHidden = reach !== EVERYWHERE && near.some(({ entry }) => entry.reach === reach);
  return isHidden ? near.filter(({ entry }) => entry.reach !== EVERYWHERE) : near;
}
