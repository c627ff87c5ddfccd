// A panel: several agents review one target at once, each with its own view, and what they find is put side by side.
import type { Failure } from "../../../domain/errors.ts";
import type { Contradiction } from "../../../reviews/panel/contradictions.ts";
import type { PanelFinding } from "../../../reviews/panel/merge-panel.ts";
import type { Verdict } from "../../../reviews/verdict.ts";
import type { Reviewed, ReviewRequest, Reviews } from "../reviews.ts";

/** An agent that can review. */
export interface Reviewer {
  /** As callers name it, `codex` for example. */
  readonly id: string;
  /** Name in sentences. */
  readonly name: string;
  /** What it looks at above all, one or two sentences. */
  readonly view: string;
  readonly reviews: Pick<Reviews, "run">;
}

/** A panel that is asked for. */
export interface PanelRequest
  extends Pick<ReviewRequest, "target" | "base" | "commit" | "text" | "files" | "focus" | "cwd" | "timeoutMs"> {
  /** Ids of the agents. Default: all that are installed. */
  readonly agents?: readonly string[] | undefined;
}

/** How one reviewer ended. Its review is on record under its own id, with all that it found. */
export type PanelMember = { readonly id: string; readonly name: string } & (
  | { readonly reviewed: Reviewed }
  | { readonly failure: Failure }
);

/** What came of a panel. */
export interface PanelEnd {
  /** In the order in which they were asked. */
  readonly members: readonly PanelMember[];
  /** What was reviewed, one line. */
  readonly what: string;
  readonly cwd: string | undefined;
  /** By rule, of what was found by those that answered. */
  readonly verdict: Verdict;
  /** Whether a reviewer that answered did not read all. */
  readonly isIncomplete: boolean;
  readonly findings: readonly PanelFinding[];
  readonly contradictions: readonly Contradiction[];
  readonly durationMs: number;
  /** Those of the panel itself; each review has its own. */
  readonly warnings: readonly string[];
}
