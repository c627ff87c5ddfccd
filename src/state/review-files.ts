// Reviews, one small file each: what was reviewed, what was found, and what of it the bridge could check.
import { join } from "node:path";
import * as z from "zod";
import { createDatedRecords, type DatedRecords } from "./dated-records.ts";

/** Form of an id. */
const REVIEW_ID = /^rv-[\w-]{8}$/;

const OneFindingSchema = z.object({
  severity: z.enum(["P0", "P1", "P2", "P3"]),
  /** Relative to `top`. */
  file: z.string().optional(),
  startLine: z.number().optional(),
  endLine: z.number().optional(),
  title: z.string(),
  body: z.string(),
  /** 0 to 1. */
  confidence: z.number(),
  evidence: z.string().optional(),
  /** Whether it is about removed lines: they count in the old file. */
  isAboutRemoval: z.boolean().optional(),
  /** Whether the quoted lines stand in the file. */
  isVerified: z.boolean(),
  /** Whether they stood there in an earlier review, and it is open since. */
  wasVerified: z.boolean().optional(),
  /** Why not. */
  why: z.string().optional(),
  note: z.string().optional(),
  /** Its id in the review that this one follows. */
  earlier: z.string().optional(),
  /** Whether an earlier review of another target found it. Then this review says nothing of whether it is settled. */
  isFromOtherTarget: z.boolean().optional(),
});

const FindingSchema = OneFindingSchema.extend({
  id: z.string(),
  /** Findings that say the same, and went into this one. */
  merged: z.array(OneFindingSchema).optional(),
});

const ReviewSchema = z.object({
  id: z.string().regex(REVIEW_ID),
  /** Directory of the bridge. */
  project: z.string(),
  /** When it began, epoch ms. */
  createdAt: z.number(),
  durationMs: z.number(),
  /** One line: what was reviewed. */
  what: z.string(),
  target: z.object({
    kind: z.enum(["uncommitted", "branch", "commit", "text", "files"]),
    base: z.string().optional(),
    commit: z.string().optional(),
    files: z.array(z.string()).optional(),
  }),
  focus: z.string().optional(),
  /** The review that this one follows. */
  since: z.string().optional(),
  /** Whether the project's instructions were part of what was reviewed, here or in an earlier review, so that Codex did not get them. */
  withoutInstructions: z.boolean().optional(),
  /** Whether other instructions of Codex were, which it got all the same. */
  isInstructed: z.boolean().optional(),
  cwd: z.string(),
  /** Folder that paths are relative to. */
  top: z.string().optional(),
  verdict: z.string(),
  /** Whether something was not reviewed. */
  isIncomplete: z.boolean(),
  /** The reviewer's own words, one paragraph for each pass. */
  summary: z.string(),
  findings: z.array(FindingSchema),
  /** Findings of the review before that are settled. */
  settled: z.array(z.object({ id: z.string(), title: z.string(), why: z.string().optional() })),
  /** The reviewed state, so that a later review reads what changed since. */
  state: z.union([
    z.object({
      kind: z.literal("tree"),
      tree: z.string(),
      before: z.string().optional(),
      branch: z.string().optional(),
    }),
    z.object({ kind: z.literal("contents"), hashes: z.record(z.string(), z.string()) }),
  ]),
  leftOut: z.array(z.object({ path: z.string(), reason: z.string() })),
  /** The turns, one for each pass. */
  passes: z.array(
    z.object({ threadId: z.string().optional(), files: z.array(z.string()), error: z.string().optional() }),
  ),
  agent: z.string(),
  model: z.string().optional(),
  reasoningEffort: z.string().optional(),
  usage: z.record(z.string(), z.number()).optional(),
  warnings: z.array(z.string()),
});

/** A review as its file holds it. */
export type Review = z.infer<typeof ReviewSchema>;
/** A finding of a review. */
export type ReviewFinding = Review["findings"][number];

/** Review files below a state folder. */
export type ReviewFiles = DatedRecords<Review>;

const REVIEW_BYTES = 33_554_432;

/** Creates access; nothing is created on disk before the first write. */
export function createReviewFiles(stateDir: string): ReviewFiles {
  const shape = { schema: ReviewSchema, version: 1, maxBytes: REVIEW_BYTES, form: REVIEW_ID };
  return createDatedRecords<Review>(join(stateDir, "reviews"), shape);
}
