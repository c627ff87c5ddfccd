// A task to route: its text, and what the caller knows about it.

/** Agents that a rule may name. */
export const AGENTS = ["codex_cli", "claude_code"] as const;

/** One of the agents. */
export type Agent = (typeof AGENTS)[number];

/** How much of the caller's context is passed on. */
export const CONTEXT_STRATEGIES = ["full", "filtered", "minimal", "isolated", "compressed"] as const;

/** One of the context strategies. */
export type ContextStrategy = (typeof CONTEXT_STRATEGIES)[number];

/** What is kept of a context that has to be cut: what relates to the task, both ends, or the end. */
export const PRESERVATION_STRATEGIES = ["hierarchical", "head_and_tail", "recent"] as const;

/** A task and what is known about it; undefined means that the caller did not say. */
export interface TaskFacts {
  readonly task: string;
  readonly taskType?: string | undefined;
  /** Tokens of the context. */
  readonly contextTokens?: number | undefined;
  /** 0 to 1. */
  readonly complexity?: number | undefined;
  readonly requiresFileSystem?: boolean | undefined;
}

/** A worktree in which attempts at a task work. */
export interface AttemptPlace {
  /** Id of the proposal that it holds. */
  readonly proposal: string;
  /** Directory of the attempts in it. */
  readonly cwd: string;
}

/** One attempt at a task. */
export interface Attempt {
  readonly agent: Agent | "human";
  /** `handed_back`: given back to Claude Code, the caller. `needs_human`: the user had to decide. `stopped`: the user stopped it for good. */
  readonly outcome: "completed" | "failed" | "handed_back" | "needs_human" | "stopped";
  /** Error code of a failure. */
  readonly code?: string | undefined;
  /** Step of the escalation path that this attempt belongs to; 0 before the path began. */
  readonly step: number;
  /** When its turn began, epoch ms. */
  readonly startedAt: number;
  /** Ms that it waited before its turn, mostly for a free slot. */
  readonly waitedMs?: number | undefined;
  /** Epoch ms. */
  readonly endedAt: number;
  readonly threadId?: string | undefined;
  /** Where it worked, if that was a worktree of the bridge's own. */
  readonly place?: AttemptPlace | undefined;
  /** Why it failed, in one line without secrets. */
  readonly cause?: string | undefined;
  /** Why the task was handed back, in words. */
  readonly reason?: string | undefined;
}
