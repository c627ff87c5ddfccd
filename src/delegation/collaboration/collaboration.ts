// A piece of work that two agents carry through in steps: one plans, the other reviews the plan, the first one implements, the other validates.
// Each step is an entry of the shared memory, so either side can go on from another window, another program or another day.
import type { CheckResult } from "../../domain/check.ts";
import type { MemoryEntry } from "../../memory/memory-store.ts";
import type { Review } from "../../state/review-files.ts";
import type { CallContext } from "../requests.ts";

/** Where a session stands. The words are those that people look for in its entries. */
export const SESSION_STATUSES = [
  "AWAITING_CODEX_REVIEW",
  "CHANGES_REQUESTED",
  "READY_FOR_IMPLEMENTATION",
  "READY_FOR_CODEX_VALIDATION",
  "COMPLETE",
] as const;
export type SessionStatus = (typeof SESSION_STATUSES)[number];

/** The steps that change a session. */
export const SESSION_STEPS = ["plan", "review", "implemented", "validate", "extract_pattern"] as const;
export type SessionStep = (typeof SESSION_STEPS)[number];

/** A session as its entries tell it. */
export interface SessionState {
  readonly sessionId: string;
  /** What it is about, from its plan. */
  readonly title: string;
  readonly status: SessionStatus;
  /** The steps that are open now. */
  readonly open: readonly SessionStep[];
  /** When its newest entry was stored, epoch ms. */
  readonly at: number;
  /** The newest entry of each kind. */
  readonly plan: MemoryEntry;
  readonly review?: MemoryEntry | undefined;
  readonly implementation?: MemoryEntry | undefined;
  readonly validation?: MemoryEntry | undefined;
  /** The entry that said last where it stands: the next step follows it. */
  readonly stand: string;
  /** Steps that were taken on another machine while it could not know of the last one: they decide nothing. */
  readonly cameSecond: readonly MemoryEntry[];
}

/** A plan to store: of a new session, or the next version of one. */
export interface PlanRequest {
  readonly sessionId?: string | undefined;
  readonly title?: string | undefined;
  readonly text: string;
  /** Files that it is about, besides those that its text names. */
  readonly files?: readonly string[] | undefined;
}

/** A step that Codex takes. */
export interface JudgeRequest {
  readonly sessionId: string;
  readonly model?: string | undefined;
  readonly reasoningEffort?: string | undefined;
  readonly timeoutMs?: number | undefined;
}

/** A step that was taken. */
export interface StepTaken {
  readonly session: SessionState;
  readonly entry: MemoryEntry;
  /** What Codex found, in a step that it takes. */
  readonly review?: Review | undefined;
  readonly check?: CheckResult | undefined;
  readonly warnings: readonly string[];
}

/**
 * The steps. Each throws INVALID_ARGUMENT, STEP_OUT_OF_ORDER with the steps that are open, SESSION_NOT_FOUND, SESSION_BUSY where another window takes a step
 * of the session, and the errors of the memory; those that Codex takes also the errors of a review.
 */
export interface Collaboration {
  plan(request: PlanRequest, call: CallContext): Promise<StepTaken>;
  review(request: JudgeRequest, call: CallContext): Promise<StepTaken>;
  /** `taken`: ids of the findings of the review that were followed. */
  implemented(
    request: { readonly sessionId: string; readonly text: string; readonly taken?: readonly string[] | undefined },
    call: CallContext,
  ): Promise<StepTaken>;
  /** `check`: a shell command that must end with 0. */
  validate(request: JudgeRequest & { readonly check?: string | undefined }, call: CallContext): Promise<StepTaken>;
  /** Keeps what is worth repeating for every project of the user. */
  extractPattern(
    request: { readonly sessionId: string; readonly text: string; readonly title?: string | undefined },
    call: CallContext,
  ): Promise<StepTaken>;
  status(sessionId: string): Promise<SessionState>;
  /** The sessions of this project, newest first. */
  list(): Promise<readonly SessionState[]>;
}
