// The agent that makes a call of the bridge.
import type { AgentId } from "./agents.ts";
import type { SandboxMode } from "./sandbox.ts";

/** What the program of a calling agent says of its turn. Its model chooses none of it. */
export interface Caller {
  readonly agent: AgentId;
  readonly threadId?: string | undefined;
  readonly turnId?: string | undefined;
  /** Sandbox of the turn; undefined where it does not say. What cannot be read is `read-only`. */
  readonly sandbox?: SandboxMode | undefined;
  /** Ms after which its program gives a call up, unless that is set otherwise; undefined where it is not known. */
  readonly limitMs?: number | undefined;
}

/** Ms after which a call of an agent goes on as a job, unless the user sets it otherwise. */
export const USUAL_JOB_AFTER_MS = 240_000;

/** Ms after which a Codex 0.MINOR gives a call up, unless the entry of the server says otherwise (docs/codex-cli.md#as-a-caller). */
export function toCodexLimit(minor: number): number {
  if (minor < 120) return 60_000;
  return minor < 142 ? 120_000 : 300_000;
}

/** When a call becomes a job: in time for a program that gives it up after `limitMs`. What the user has set counts as it is. */
export function toJobAfter(jobAfterMs: number, limitMs: number | undefined): number {
  if (limitMs === undefined || jobAfterMs !== USUAL_JOB_AFTER_MS) return jobAfterMs;
  return Math.min(jobAfterMs, limitMs * 0.8);
}
