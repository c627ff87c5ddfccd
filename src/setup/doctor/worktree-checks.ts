// Checks the worktrees of isolated turns: what is left over, and which proposals wait for the user.
import { countOf } from "../../domain/count-of.ts";
import type { BridgeError } from "../../domain/errors.ts";
import { sayThrown, toPrintableLine } from "../../domain/printable.ts";
import type { StagingFolders } from "../../receipts/staging-folders.ts";
import {
  findLeftovers,
  type Leftover,
  type LeftoverKind,
  type LeftoverScope,
  removeLeftover,
} from "../../worktrees/leftovers.ts";
import { addressUser, type Finding, failed, ok, warning } from "./check.ts";

const WORDS: Readonly<Record<LeftoverKind, string>> = {
  over: "landed or discarded, not removed",
  unfinished: "its making was killed",
  empty: "nothing changed in it for a day",
  old: "unused for 30 days",
  gone: "its folder was removed",
  unknown: "a folder without a record",
};
const MOST_NAMED = 5;

/** What is looked at. */
export interface WorktreeScope extends LeftoverScope {
  readonly staging: Pick<StagingFolders, "listLeft" | "sweep">;
  /** As `findObstacle` of worktrees/tree-git.ts, for the bridge's own directory. */
  readonly findObstacle: () => BridgeError | undefined;
}

/**
 * Looks for what is left over, and whether a worktree could be made here. `isFix` removes what is left over, says what it removed and what it left because
 * something would be lost, and keeps every branch with work.
 */
export async function checkWorktrees(scope: WorktreeScope, isFix: boolean): Promise<Finding> {
  try {
    const found = isFix ? await fix(scope) : describeLeft(scope);
    const obstacle = scope.findObstacle();
    if (obstacle === undefined) return found;
    const said = `${found.found.replace(/\.$/, "")}. Not possible here: ${toPrintableLine(obstacle.message)}`;
    return warning(said, found.advice ?? addressUser(obstacle.report.nextStep));
  } catch (error) {
    const reason = sayThrown(error);
    return failed(`the proposals cannot be read: ${reason}`, "Make BRIDGE_STATE_DIR readable.");
  }
}

async function fix(scope: WorktreeScope): Promise<Finding> {
  const removed: string[] = [];
  const held: string[] = [];
  const problems: string[] = [];
  for (const one of findLeftovers(scope, true)) await removeOne(scope, one, { removed, held, problems });
  const folders = scope.staging.listLeft();
  await scope.staging.sweep().catch((error: unknown) => problems.push(sayThrown(error)));
  const stays = new Set(scope.staging.listLeft());
  removed.push(...folders.filter((path) => !stays.has(path)).map((path) => `${path} (${HALF_DONE})`));
  const done = removed.length === 0 ? "nothing to remove" : `removed ${removed.join("; ")}`;
  const found = toPrintableLine(`${done}. ${describeOpen(scope)}`);
  const isLeft = held.length > 0;
  const all = `${found}${isLeft ? ` Left, since no branch holds: ${toPrintableLine(held.join("; "))}.` : ""}`;
  if (problems.length === 0) return isLeft ? warning(all, AFTER_LOOKING) : ok(found);
  return warning(`${all} Not removed: ${toPrintableLine(problems.join("; "))}`, "Remove these folders yourself.");
}

const AFTER_LOOKING = "Take what you want from there; then have codex-land with discard true remove the rest.";
const HALF_DONE = "of a landing or an undo that was killed";

async function removeOne(
  scope: LeftoverScope,
  left: Leftover,
  { removed, held, problems }: { readonly removed: string[]; readonly held: string[]; readonly problems: string[] },
): Promise<void> {
  try {
    const end = await removeLeftover(scope, left);
    if (end !== undefined) (end.isRemoved ? removed : held).push(end.words);
  } catch (error) {
    problems.push(`${left.id} (${sayThrown(error)})`);
  }
}

function describeLeft(scope: WorktreeScope): Finding {
  const open = describeOpen(scope);
  const left = findLeftovers(scope, true).map(({ id, kind }) => `${id} (${WORDS[kind]})`);
  const all = [...left, ...scope.staging.listLeft().map((path) => `${path} (${HALF_DONE})`)];
  if (all.length === 0) return ok(`none left over. ${open}`);
  const more = all.length > MOST_NAMED ? ", …" : "";
  const named = toPrintableLine(all.slice(0, MOST_NAMED).join(", "));
  return warning(
    `left over: ${named}${more}. ${open}`,
    "Run doctor --fix to remove them. Branches with work are kept.",
  );
}

// A turn that was killed may have left changes that are not on record.
function describeOpen({ files }: LeftoverScope): string {
  const open = files.listNewest(undefined, Number.POSITIVE_INFINITY).filter(({ state }) => state === "open");
  const count = open.filter(({ files = 0, commit }) => files > 0 || commit !== undefined).length;
  const unchanged = open.length - count;
  if (open.length === 0) return "No proposal waits";
  const counted = [
    ...(count === 0 ? [] : [`${countOf(count, "proposal")} not landed yet`]),
    ...(unchanged === 0 ? [] : [`${countOf(unchanged, "open proposal")} without a recorded change`]),
  ];
  const later = unchanged === 0 ? "" : "; --fix removes one that is unused for a day if nothing changed in it";
  return `${counted.join(", ")} (\`codex-bridge proposals --all\` lists them${later})`;
}
