// A task to route: what its caller wrote, and what the caller knows about it.

/** Agents that a rule may name. */
export const AGENTS = ["codex_cli", "claude_code"] as const;

/** One of them. */
export type Agent = (typeof AGENTS)[number];

/** How much of the caller's context goes along. */
export const CONTEXT_STRATEGIES = ["full", "filtered", "minimal", "isolated", "compressed"] as const;

/** One of them. */
export type ContextStrategy = (typeof CONTEXT_STRATEGIES)[number];

/** What of a context is kept where it has to be cut: what relates to the task, both ends, or the end. */
export const PRESERVATION_STRATEGIES = ["hierarchical", "head_and_tail", "recent"] as const;

/** A task with what is known of it; undefined means that the caller did not say. */
export interface TaskFacts {
  readonly task: string;
  readonly taskType?: string | undefined;
  /** Tokens of the context. */
  readonly contextTokens?: number | undefined;
  /** 0 to 1. */
  readonly complexity?: number | undefined;
  readonly requiresFileSystem?: boolean | undefined;
}

/** One try at a task. */
export interface Attempt {
  readonly agent: Agent | "human";
  /** `handed_back`: the task was given back to Claude Code, which is the caller; `needs_human`: the user was to decide; `stopped`: the user did, for the end. */
  readonly outcome: "completed" | "failed" | "handed_back" | "needs_human" | "stopped";
  /** Code of a failure. */
  readonly code?: string | undefined;
  /** Step of the escalation path that it was made for; 0 before any. */
  readonly step: number;
  /** Epoch ms at which its turn began. */
  readonly startedAt: number;
  /** Ms that it waited before that, for a free place above all. */
  readonly waitedMs?: number | undefined;
  /** Epoch ms. */
  readonly endedAt: number;
  readonly threadId?: string | undefined;
  /** Why it failed, in one line without secrets. */
  readonly cause?: string | undefined;
  /** Why the task was handed back, in words. */
  readonly reason?: string | undefined;
}
