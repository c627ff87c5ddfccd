// Proposals: what turns in a git worktree of their own have made, until it is landed or discarded. One small file each.
import { join } from "node:path";
import * as z from "zod";
import { createDatedRecords, type DatedRecords } from "./dated-records.ts";

/** Form of a proposal's id. */
export const PROPOSAL_ID = /^pr-[\w-]{8}$/;

/** The key of the lock that is held while a worktree is made, worked in, landed or removed. */
export function toLockKey(id: string): string {
  return `proposal-${id}`;
}

/** Form of the name of a store of snapshots. */
export const STORE_NAME = /^[0-9a-f]{24}-\d+$/;

const OID = z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/);

const ProposalSchema = z.object({
  id: z.string().regex(PROPOSAL_ID),
  /** Directory of the bridge. */
  project: z.string(),
  /** Epoch ms. */
  createdAt: z.number(),
  /** When it last changed, epoch ms. */
  updatedAt: z.number(),
  /**
   * `making`: not ready yet. `open`: a thread works there, and it can be landed. `landed`, `discarded`: over; the worktree goes, or is gone.
   */
  state: z.enum(["making", "open", "landed", "discarded"]),
  threadId: z.string().optional(),
  /** First words of its first prompt, without secrets. */
  title: z.string().optional(),
  /** What the proposals of several attempts at one task have in common. */
  attemptSet: z.string().optional(),
  /** Top folder of the user's working tree that it was made from. */
  top: z.string(),
  /** Folder of the user's repository that holds its objects and branches. */
  commonDir: z.string(),
  /** Top folder of the worktree. */
  worktree: z.string(),
  /** Directory within the worktree that the thread works in. */
  cwd: z.string(),
  branch: z.string(),
  /** What the user's HEAD was: the branch, where it was on one, and the commit, where there was one. */
  headBranch: z.string().optional(),
  head: OID.optional(),
  /**
   * Name of the store that has its trees, below the folder of stores. It is kept as long as the proposal is open. Absent in a record of before: then it
   * is the store of now.
   */
  store: z.string().regex(STORE_NAME).optional(),
  /** Tree of all files when the first turn began, byte by byte. */
  baseTree: OID,
  /** Tree with what no snapshot covers but a commit must keep: submodules, files outside a sparse checkout. */
  keptTree: OID.optional(),
  /** Tree of all files after the newest turn. */
  tree: OID,
  /** The newest commit of the bridge on the branch; absent before the first change. */
  commit: OID.optional(),
  /** How much it changes, in one line. */
  diffStat: z.string().optional(),
  files: z.number().optional(),
  /** When the worktree was ready for its first turn, epoch ms by the clock of its file system. What is older there is no work. */
  readyAt: z.number().optional(),
  /** Mark of what the branch does not hold, as it was last named to the caller. */
  seen: z.string().optional(),
  /** Receipt of the landing. */
  receipt: z.string().optional(),
});

/** A proposal as its file holds it. */
export type Proposal = z.infer<typeof ProposalSchema>;

/** Proposal files below a state folder. */
export type ProposalFiles = DatedRecords<Proposal>;

const PROPOSAL_BYTES = 65_536;

/** Creates access; nothing is created on disk before the first write. */
export function createProposalFiles(stateDir: string): ProposalFiles {
  const shape = { schema: ProposalSchema, version: 1, maxBytes: PROPOSAL_BYTES, form: PROPOSAL_ID };
  return createDatedRecords<Proposal>(join(stateDir, "proposals"), shape);
}
