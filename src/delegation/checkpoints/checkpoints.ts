// Checkpoints: where a session stands, saved for the one that goes on with it.
import type { Checkpoint, StoredCheckpoint } from "../../checkpoints/checkpoint.ts";
import type { CallContext } from "../requests.ts";

/** What a checkpoint says in words. Undefined parts stay as they were in the session's checkpoint before. */
export interface CheckpointWords {
  readonly taskProgress?: string | undefined;
  readonly keyDecisions?: readonly string[] | undefined;
  readonly nextSteps?: readonly string[] | undefined;
}

/** A checkpoint to save. */
export interface SaveRequest extends CheckpointWords {
  /** Default: the id of the session of Claude Code. */
  readonly sessionId?: string | undefined;
  /** Whether the bridge took the words out of a conversation: then they never replace those of a caller. */
  readonly isExtract?: boolean | undefined;
  /** Ms for which the changed files are looked for; then the rest is saved without them. Default: no limit. */
  readonly treeTimeoutMs?: number | undefined;
}

/** A saved checkpoint. */
export interface SavedCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly path: string;
  readonly warnings: readonly string[];
}

/** A checkpoint to go on from. */
export interface RestoredCheckpoint {
  readonly checkpoint: StoredCheckpoint;
  readonly path: string;
  /** What is different now: the branch, the commit, files, jobs. One sentence each. */
  readonly warnings: readonly string[];
}

/** The checkpoints of a project. */
export interface Checkpoints {
  /** Throws INVALID_ARGUMENT, SANDBOX_DENIED, CHECKPOINT_FAILED. */
  save(request: SaveRequest, call: CallContext): Promise<SavedCheckpoint>;
  /** That of a session, or the newest own one. Throws INVALID_ARGUMENT, CHECKPOINT_NOT_FOUND, CHECKPOINT_FAILED. */
  restore(sessionId: string | undefined, call: CallContext): Promise<RestoredCheckpoint>;
  /** Own ones first, of these and of the others the newest first. Throws CHECKPOINT_FAILED. */
  list(): readonly StoredCheckpoint[];
}
