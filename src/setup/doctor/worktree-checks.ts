// Checks the worktrees of isolated turns: what is left over, and which proposals wait for the user.
import { countOf } from "../../domain/count-of.ts";
import { sayThrown, toPrintableLine } from "../../domain/printable.ts";
import {
  findLeftovers,
  type Leftover,
  type LeftoverKind,
  type LeftoverScope,
  removeLeftover,
} from "../../worktrees/leftovers.ts";
import { type Finding, failed, ok, warning } from "./check.ts";

const WORDS: Readonly<Record<LeftoverKind, string>> = {
  over: "landed or discarded, not removed",
  unfinished: "its making was killed",
  empty: "nothing changed in it for a day",
  old: "unused for 30 days",
  gone: "its folder was removed",
  unknown: "a folder without a record",
};
const MOST_NAMED = 5;

/** Looks for them. `isFix` removes what is left over, says what it removed and what it left because something would be lost, and keeps every branch with work. */
export async function checkWorktrees(scope: LeftoverScope, isFix: boolean): Promise<Finding> {
  try {
    const left = findLeftovers(scope, true);
    if (!isFix) return describeLeft(left, describeOpen(scope));
    const removed: string[] = [];
    const held: string[] = [];
    const problems: string[] = [];
    for (const one of left) await removeOne(scope, one, { removed, held, problems });
    const done = removed.length === 0 ? "nothing to remove" : `removed ${removed.join("; ")}`;
    const found = toPrintableLine(`${done}. ${describeOpen(scope)}`);
    const isLeft = held.length > 0;
    const all = `${found}${isLeft ? ` Left, since no branch holds: ${toPrintableLine(held.join("; "))}.` : ""}`;
    if (problems.length === 0) return isLeft ? warning(all, AFTER_LOOKING) : ok(found);
    return warning(`${all} Not removed: ${toPrintableLine(problems.join("; "))}`, "Remove these folders yourself.");
  } catch (error) {
    const reason = sayThrown(error);
    return failed(`the proposals cannot be read: ${reason}`, "Make BRIDGE_STATE_DIR readable.");
  }
}

const AFTER_LOOKING = "Take what you want from there; then have codex-land with discard true remove the rest.";

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

function describeLeft(left: readonly Leftover[], open: string): Finding {
  if (left.length === 0) return ok(`none left over. ${open}`);
  const named = left.slice(0, MOST_NAMED).map(({ id, kind }) => `${id} (${WORDS[kind]})`);
  const more = left.length > MOST_NAMED ? ", …" : "";
  return warning(
    `left over: ${named.join(", ")}${more}. ${open}`,
    "Run doctor --fix to remove them. Branches with work are kept.",
  );
}

function describeOpen({ files }: LeftoverScope): string {
  const open = files.listNewest(undefined, Number.POSITIVE_INFINITY).filter(({ state }) => state === "open");
  const count = open.filter(({ files = 0 }) => files > 0).length;
  return count === 0
    ? "No proposal waits"
    : `${countOf(count, "proposal")} not landed yet (\`codex-bridge proposals --all\` lists them)`;
}
