// What is left of worktrees: of bridges that were killed, of removals that failed, of proposals that nobody lands. Nothing is removed that could hold
// work. The folder of an old one goes if its branch, which stays, holds everything.
import { lstatSync, readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { listNames } from "../domain/list-names.ts";
import type { LockFiles } from "../state/lock-files.ts";
import { listFolder } from "../state/private-files.ts";
import { PROPOSAL_ID, type Proposal, type ProposalFiles, toLockKey } from "../state/proposal-files.ts";
import type { LeftOut } from "./left-out.ts";
import { isMoved, toEntryPath } from "./worktree-folder.ts";
import type { Worktrees } from "./worktrees.ts";

/** Why something is left over. */
export type LeftoverKind =
  /** Landed or discarded, and not removed. */
  | "over"
  /** Its making was killed. */
  | "unfinished"
  /** Open for more than a day, and nothing was changed in it. */
  | "empty"
  /** Open, and unused for 30 days. */
  | "old"
  /** Its folder was removed by somebody, and nothing was changed in it. */
  | "gone"
  /** A folder without a record, untouched for 30 days. */
  | "unknown";

/** Something that is left over. */
export interface Leftover {
  readonly kind: LeftoverKind;
  readonly id: string;
  /** undefined for `unknown`. */
  readonly proposal: Proposal | undefined;
}

/** Where is looked. */
export interface LeftoverScope {
  readonly worktrees: Pick<Worktrees, "folder" | "findLeftOut" | "forget" | "remove" | "removeFolder" | "update">;
  readonly files: Pick<ProposalFiles, "find" | "listNewest" | "remove">;
  /** Proposals that are in use are locked. */
  readonly locks: Pick<LockFiles, "look" | "take">;
  readonly clock: () => number;
}

const DAY_MS = 86_400_000;
const EMPTY_MS = DAY_MS;
/** After this time a proposal is given up: its folder goes, its branch stays. */
const OLD_MS = 30 * DAY_MS;

/** Finds what is left over and not in use; with `looksDeep` also folders without a record. Throws what the file system throws. */
export function findLeftovers({ worktrees, files, locks, clock }: LeftoverScope, looksDeep = false): Leftover[] {
  const proposals = files.listNewest(undefined, Number.POSITIVE_INFINITY);
  const known = new Set(proposals.map(({ id }) => id));
  const ofRecords = proposals.flatMap((proposal): Leftover[] => {
    const kind = judge(proposal, clock(), worktrees.folder);
    if (kind === undefined || locks.look(toLockKey(proposal.id)) !== undefined) return [];
    return [{ kind, id: proposal.id, proposal }];
  });
  const names = looksDeep ? listFolder(worktrees.folder) : [];
  const folders = names.filter((name) => PROPOSAL_ID.test(name) && !known.has(name));
  const unknown = folders.filter((name) => isUntouched(join(worktrees.folder, name), clock() - OLD_MS));
  return [...ofRecords, ...unknown.map((id): Leftover => ({ kind: "unknown", id, proposal: undefined }))];
}

function judge(proposal: Proposal, now: number, folder: string): LeftoverKind | undefined {
  const { state, worktree, updatedAt, commit, files = 0 } = proposal;
  const age = now - updatedAt;
  // Whoever makes one holds its lock.
  if (state === "making") return "unfinished";
  const isThere = exists(worktree);
  if (!isThere && isMoved(folder, proposal)) return undefined;
  if (state !== "open") return isThere || exists(toEntryPath(proposal)) ? "over" : undefined;
  const isEmpty = files === 0 && commit === undefined;
  if (!isThere) return isEmpty ? "gone" : undefined;
  if (age > OLD_MS) return "old";
  return isEmpty && age > EMPTY_MS ? "empty" : undefined;
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

const MOST_ENTRIES = 500_000;

// A bridge with another state folder may have made it, and somebody may work there.
function isUntouched(folder: string, before: number): boolean {
  const open = [folder];
  let seen = 0;
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    seen += 1;
    if (seen > MOST_ENTRIES || (stat !== undefined && stat.mtimeMs >= before)) return false;
    if (stat?.isDirectory() !== true) continue;
    for (const name of readdirSync(path)) open.push(join(path, name));
  }
  return true;
}

/** What has become of one, in words. */
export interface LeftoverEnd {
  readonly isRemoved: boolean;
  readonly words: string;
}

/**
 * Removes one, or leaves it and says what would be lost; undefined if it is in use by now, or its branch has got work. Throws what the file system and
 * git throw.
 */
export async function removeLeftover(scope: LeftoverScope, left: Leftover): Promise<LeftoverEnd | undefined> {
  const { worktrees, locks } = scope;
  const { kind, id } = left;
  const lock = locks.take(toLockKey(id));
  if (lock.kind !== "taken") return undefined;
  try {
    const proposal = readAgain(scope, left);
    if (proposal === "changed") return undefined;
    if (proposal === undefined) {
      await rm(join(worktrees.folder, id), { recursive: true, force: true });
      return toRemoved(`${id}: folder without a record`);
    }
    return await removeProposal(scope, kind, proposal);
  } finally {
    lock.release();
  }
}

// A bridge may have gone on with it between the search and the lock.
function readAgain(
  { files, clock, worktrees }: LeftoverScope,
  { kind, id }: Leftover,
): Proposal | undefined | "changed" {
  const stored = files.find(undefined, id);
  if (stored.kind === "absent") return kind === "unknown" ? undefined : "changed";
  if (stored.kind !== "record") return "changed";
  return judge(stored.value, clock(), worktrees.folder) === kind ? stored.value : "changed";
}

const toRemoved = (words: string): LeftoverEnd => ({ isRemoved: true, words });

async function removeProposal(
  { worktrees }: LeftoverScope,
  kind: LeftoverKind,
  proposal: Proposal,
): Promise<LeftoverEnd | undefined> {
  const { id, branch, state } = proposal;
  const { signal } = new AbortController();
  // No turn has run there.
  if (kind === "unfinished") {
    await worktrees.forget(proposal);
    return toRemoved(`${id}: never finished`);
  }
  const left = await worktrees.findLeftOut(proposal, signal);
  const held = describeHeld(left);
  if (held !== undefined) return { isRemoved: false, words: `${id} (${held}; ${proposal.worktree})` };
  if (kind === "over") {
    await worktrees.remove(left.proposal, signal);
    return toRemoved(
      `${id}: ${state}${left.ignored.length === 0 ? "" : `, with what git ignores (${listNames(left.ignored, MOST_NAMED)})`}`,
    );
  }
  // A turn may have been killed before its work was committed.
  if ((left.proposal.files ?? 0) === 0) {
    await worktrees.forget(left.proposal);
    return toRemoved(`${id}: ${kind === "gone" ? "its folder was removed" : "nothing was changed in it"}`);
  }
  if (kind !== "old") return undefined;
  // First the folder: what is discarded and not removed loses its branch too.
  await worktrees.removeFolder(left.proposal);
  worktrees.update({ ...left.proposal, state: "discarded" });
  return toRemoved(`${id}: unused for 30 days; its work is on branch ${branch}`);
}

const MOST_NAMED = 5;

// What would be lost; what a discard has named may go. Nobody has said of an open one that it is over, so what git ignores is kept too.
function describeHeld({ proposal, unheld, mark, ignored }: LeftOut): string | undefined {
  const isNamed = proposal.state === "discarded" && proposal.seen === mark;
  const held = proposal.state === "open" ? [...unheld, ...ignored] : unheld;
  return held.length === 0 || isNamed ? undefined : listNames(held, MOST_NAMED);
}

// A landing has kept it and named why: whoever discards it, or `doctor --fix`, looks again.
const isKept = (proposal: Proposal | undefined): boolean => proposal?.state === "landed" && proposal.seen !== undefined;

/** What a bridge does once after its start: finishes removals, and forgets what has long been over. Throws what the file system and git throw. */
export async function sweepLeftovers(scope: LeftoverScope, signal: AbortSignal): Promise<void> {
  const { files, clock } = scope;
  for (const left of findLeftovers(scope)) {
    if (signal.aborted) return;
    if (isKept(left.proposal)) continue;
    if (left.kind === "over" || left.kind === "unfinished") await removeLeftover(scope, left);
  }
  for (const proposal of files.listNewest(undefined, Number.POSITIVE_INFINITY)) {
    const isOver = proposal.state === "landed" || proposal.state === "discarded";
    if (isOver && clock() - proposal.updatedAt > OLD_MS && !exists(proposal.worktree)) files.remove(proposal);
  }
}
