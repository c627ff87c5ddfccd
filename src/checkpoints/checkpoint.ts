// What a checkpoint holds: where a session stands, for the one that goes on with it. Its names are those of the file.
import * as z from "zod";

/** Version of the file's form. */
export const CHECKPOINT_VERSION = 1;

// A cloned project can bring such files. What is short in ours is short in all of them.
const name = z.string().max(5_000);
const MOST_NAMED = 100;
const MOST_CHANGES = 1_000;

const CodeChangeSchema = z.object({
  path: name,
  kind: name,
  from: name.optional(),
  /** Lines. */
  added: z.number().optional(),
  deleted: z.number().optional(),
});

const GitStateSchema = z.object({
  /** Undefined where HEAD is on no branch. */
  branch: name.optional(),
  /** Undefined before the first commit. */
  head: name.optional(),
  /** HEAD when the session saved first: `code_changes` are counted from there. */
  base: name.optional(),
  /** Id of the working tree in the bridge's snapshots, and of the tree that it was compared with. */
  tree: name,
  before: name.optional(),
});

/** A checkpoint as its file holds it. */
export const CheckpointSchema = z.object({
  session_id: name,
  /** When it was saved, ISO 8601. */
  timestamp: name.refine((text) => !Number.isNaN(Date.parse(text))),
  context: z.object({
    task_progress: z.string(),
    key_decisions: z.array(z.string()),
    code_changes: z.array(CodeChangeSchema).max(MOST_CHANGES),
    next_steps: z.array(z.string()),
  }),
  /** Changed files beyond those of `code_changes`. */
  more_changes: z.number().optional(),
  /** Who worded `context`: whoever called, or the bridge, which takes sentences out of the conversation. */
  worded_by: z.enum(["caller", "bridge"]),
  /** Threads of the project's agents that were used last. */
  threads: z.array(z.object({ thread_id: name, session_id: name.optional(), title: name.optional() })).max(MOST_NAMED),
  jobs: z
    .array(z.object({ job_id: name, tool: name, title: name, state: name, thread_id: name.optional() }))
    .max(MOST_NAMED),
  /** Undefined where there is no git repository that can be read. */
  git: GitStateSchema.optional(),
  /** The one saved last in a project has the highest: a clock may be set back. */
  order: z.number().optional(),
  version: z.number(),
  /** By which a bridge of the same user knows that one of them has saved it (`seal.ts`). */
  seal: z.string().optional(),
});

/** A checkpoint. */
export type Checkpoint = z.infer<typeof CheckpointSchema>;
/** One that was found in a project. */
export interface StoredCheckpoint extends Checkpoint {
  /** Whether a bridge of this user saved it just so. Any other words in it are those of somebody else. */
  readonly own: boolean;
}
/** A changed file of it. */
export type CodeChange = z.infer<typeof CodeChangeSchema>;
