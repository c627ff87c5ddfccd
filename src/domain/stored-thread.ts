// A thread as it is found on this machine, whoever started it. Its texts are untrusted: the caller bounds, redacts and escapes them.
import type { SandboxMode } from "./sandbox.ts";

/** What a program does with a thread. `open`: held, but no turn runs. What cannot be found out is `unknown`, never `free`. */
export type ThreadUse = "running" | "open" | "free" | "unknown";

/** A thread on this machine. */
export interface StoredThread {
  readonly threadId: string;
  /** Directory of its last turn, as the agent wrote it; for a query, the one that it was started in. */
  readonly cwd: string;
  /** What it was started with, in the agent's words, such as `exec` or `cli`. */
  readonly origin: string;
  /** Epoch ms. */
  readonly lastUsedAt: number;
  /** The agent's own name for it. */
  readonly name: string | undefined;
  /** Beginning of its first prompt. */
  readonly firstPrompt: string | undefined;
  /** Sandbox, model and effort of its last turn, where they are known. */
  readonly sandboxMode: SandboxMode | undefined;
  readonly model: string | undefined;
  readonly reasoningEffort: string | undefined;
  readonly isArchived: boolean;
  readonly use: ThreadUse;
}

/** Why a file of a thread was passed over. */
export type SkipReason = "unreadable" | "compressed" | "foreign";

/** Which threads are wanted. */
export interface ThreadQuery {
  /** Whether a thread may be told at all, and is one of those that were asked for. */
  readonly isWanted: (thread: Pick<StoredThread, "threadId" | "cwd">) => boolean;
  /** Whether archived threads count too. */
  readonly withArchived: boolean;
  /** How many are given at most. */
  readonly most: number;
  readonly signal: AbortSignal;
}

/** The threads that were found, the last used first. */
export interface ThreadList<Thread = StoredThread> {
  readonly threads: readonly Thread[];
  /** Whether every thread was looked at. If not, older ones may be missing. */
  readonly isComplete: boolean;
  /** How many files were passed over, by reason. */
  readonly skipped: Readonly<Record<SkipReason, number>>;
}

/** A thread in which words were found. */
export interface ThreadMatch extends StoredThread {
  /** The message that has most of the words; undefined if only the name or the first prompt has them. */
  readonly message: string | undefined;
}

/** What a search has found. */
export interface ThreadMatches extends ThreadList<ThreadMatch> {
  /** How many threads were searched. */
  readonly searched: number;
  /** How many of them were searched in part, since they are large: the beginning and the newest messages. */
  readonly searchedInPart: number;
}
