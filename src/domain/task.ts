// A task to route: what its caller wrote, and what the caller knows about it.

/** Agents that a rule may name. */
export const AGENTS = ["codex_cli", "claude_code"] as const;

/** One of them. */
export type Agent = (typeof AGENTS)[number];

/** How much of the caller's context goes along. */
export const CONTEXT_STRATEGIES = ["full", "filtered", "minimal", "isolated", "compressed"] as const;

/** One of them. */
export type ContextStrategy = (typeof CONTEXT_STRATEGIES)[number];

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
  readonly agent: Agent;
  /** `handed_back`: the task was given back to Claude Code, which is the caller. */
  readonly outcome: "completed" | "failed" | "handed_back";
  /** Code of a failure. */
  readonly code?: string | undefined;
  /** Step of the escalation path that it was made for; 0 before any. */
  readonly step: number;
  /** Epoch ms. */
  readonly startedAt: number;
  /** Epoch ms. */
  readonly endedAt: number;
  readonly threadId?: string | undefined;
  /** Why the task was handed back, in words. */
  readonly reason?: string | undefined;
}
