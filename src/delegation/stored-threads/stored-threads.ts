// What can be done with threads besides running turns on them: the words that tools and terminal share.
import type { SandboxMode } from "../../domain/sandbox.ts";
import type { SkipReason } from "../../domain/stored-thread.ts";
import type { ThreadMessage } from "../../domain/thread.ts";
import type { CallContext } from "../requests.ts";

/** Whether somebody has a thread open: nobody, a turn of this session, another program or session; or it cannot be found out. */
export type OpenState = "no" | "here" | "elsewhere" | "unknown";

/** A thread to show. Its texts are one line each, without secrets and control characters. */
export interface ShownThread {
  readonly threadId: string;
  /** The caller's own name for it, in this directory. */
  readonly sessionId: string | undefined;
  /** The agent's own name for it. */
  readonly name: string | undefined;
  /** First words of its first prompt. */
  readonly title: string | undefined;
  readonly cwd: string;
  readonly sandbox: SandboxMode | undefined;
  readonly model: string | undefined;
  readonly reasoningEffort: string | undefined;
  readonly backend: string;
  /** What started it: `codex-bridge`, `terminal`, or the agent's word for another program. */
  readonly startedBy: string;
  /** Epoch ms. */
  readonly lastUsedAt: number;
  readonly open: OpenState;
  readonly isArchived: boolean;
}

/** Which threads to list. */
export interface ListRequest {
  /** Threads of every directory that the user allows. Default: of the directory where the call starts. */
  readonly isEverywhere: boolean;
  readonly withArchived: boolean;
  readonly most: number;
}

/** Threads, the last used first. */
export interface ThreadPage<Thread = ShownThread> {
  /** The directory in which the call starts. */
  readonly base: string;
  readonly threads: readonly Thread[];
  /** Whether every thread was looked at. */
  readonly isComplete: boolean;
  /** Files that were passed over, by reason. */
  readonly skipped: Readonly<Record<SkipReason, number>>;
  readonly warnings: readonly string[];
}

/** What a search has found. `excerpt`: the words around the first hit in a message. */
export interface FoundPage extends ThreadPage<ShownThread & { readonly excerpt: string | undefined }> {
  readonly searched: number;
  /** How many threads were too large to be searched whole. */
  readonly searchedInPart: number;
}

/** A thread with the end of what was said in it. */
export interface ThreadView {
  readonly thread: ShownThread;
  /** Turns that were started here. */
  readonly turns: number;
  /** The last messages, oldest first, each shortened. */
  readonly messages: readonly ThreadMessage[];
  readonly warnings: readonly string[];
}

/** Looks at threads. Changes nothing. */
export interface ThreadReader {
  list(request: ListRequest, call: CallContext): Promise<ThreadPage>;
  /** Threads that contain all words of `query`. Throws INVALID_ARGUMENT if it has none. */
  search(query: string, request: ListRequest, call: CallContext): Promise<FoundPage>;
  /** Throws THREAD_NOT_FOUND, INVALID_ARGUMENT, or SANDBOX_DENIED for a thread outside the user's roots. */
  read(threadId: string): Promise<ThreadView>;
}

/** A thread that was changed. */
export interface EditedThread {
  readonly threadId: string;
  readonly sessionId: string | undefined;
  readonly warnings: readonly string[];
}

/** Changes threads. Each throws SESSION_BUSY for a thread with a running turn, and DEPTH_EXCEEDED below another agent's call. */
export interface ThreadEditor {
  /** Makes a new thread with the history of another one, in the same frame. */
  fork(threadId: string, sessionId: string | undefined, call: CallContext): Promise<EditedThread>;
  /** Archives a thread, or takes it out of the archive. */
  setArchived(threadId: string, isArchived: boolean, call: CallContext): Promise<EditedThread>;
  /** Gives a thread a name in this directory. */
  rename(threadId: string, sessionId: string, call: CallContext): Promise<EditedThread>;
}
