// What a checkpoint holds: where a session stands, for the one that goes on with it. Its names are those of the file.
import * as z from "zod";

/** Version of the file's form. */
export const CHECKPOINT_VERSION = 1;

const CodeChangeSchema = z.object({
  path: z.string(),
  kind: z.string(),
  from: z.string().optional(),
  /** Lines. */
  added: z.number().optional(),
  deleted: z.number().optional(),
});

const GitStateSchema = z.object({
  /** Undefined where HEAD is on no branch. */
  branch: z.string().optional(),
  /** Undefined before the first commit. */
  head: z.string().optional(),
  /** HEAD when the session saved first: `code_changes` are counted from there. */
  base: z.string().optional(),
  /** Id of the working tree in the bridge's snapshots, and of the tree that it was compared with. */
  tree: z.string(),
  before: z.string().optional(),
});

/** A checkpoint as its file holds it. */
export const CheckpointSchema = z.object({
  session_id: z.string(),
  /** When it was saved, ISO 8601. */
  timestamp: z.string(),
  context: z.object({
    task_progress: z.string(),
    key_decisions: z.array(z.string()),
    code_changes: z.array(CodeChangeSchema),
    next_steps: z.array(z.string()),
  }),
  /** Changed files beyond those of `code_changes`. */
  more_changes: z.number().optional(),
  /** Who worded `context`: whoever called, or the bridge, which takes sentences out of the conversation. */
  worded_by: z.enum(["caller", "bridge"]),
  /** Threads of the project's agents that were used last. */
  threads: z.array(
    z.object({ thread_id: z.string(), session_id: z.string().optional(), title: z.string().optional() }),
  ),
  jobs: z.array(
    z.object({
      job_id: z.string(),
      tool: z.string(),
      title: z.string(),
      state: z.string(),
      thread_id: z.string().optional(),
    }),
  ),
  /** Undefined where there is no git repository that can be read. */
  git: GitStateSchema.optional(),
  version: z.number(),
});

/** A checkpoint. */
export type Checkpoint = z.infer<typeof CheckpointSchema>;
/** A changed file of it. */
export type CodeChange = z.infer<typeof CodeChangeSchema>;
