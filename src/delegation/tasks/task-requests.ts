// What `route_task` asks of delegation, and what it gets.
import type { HandedContext } from "../../context/context-item.ts";
import type { HandoffReport } from "../../context/shape-items.ts";
import type { Failure } from "../../domain/errors.ts";
import type { SandboxMode } from "../../domain/sandbox.ts";
import type { TaskFacts } from "../../domain/task.ts";
import type { EscalationStep } from "../../escalation/policy.ts";
import type { RoutingDecision } from "../../routing/route.ts";
import type { TurnAnswer, TurnOptions } from "../requests.ts";
import type { OwnAttempt } from "./task-attempts.ts";

/** A task, and what to do with it. */
export interface TaskRequest extends TaskFacts {
  /** What the caller knows already. */
  readonly context?: HandedContext | undefined;
  /** `decide` only says who should do it; `run` also has the agent do it where the rules choose it. */
  readonly mode?: "decide" | "run" | undefined;
  readonly cwd?: string | undefined;
  readonly sandbox?: SandboxMode | undefined;
  readonly model?: string | undefined;
  readonly sessionId?: string | undefined;
  /** What the final message of an attempt must fit. */
  readonly expect?: TurnOptions["expect"];
  /** Path of the file that the bridge writes the final message of a completed task to. */
  readonly outputFile?: string | undefined;
  /** Whether `outputFile` may replace a file. Default: no. */
  readonly overwrite?: boolean | undefined;
  /** Files that the attempts get and leave. */
  readonly handoff?: TurnOptions["handoff"];
  /** Shell command that is run in the sandbox after each attempt. An attempt counts as failed unless it ends with exit code 0. */
  readonly check?: string | undefined;
  /** `worktree`: the attempts work in one git worktree of the bridge's own, and what they change is proposed. */
  readonly isolation?: "worktree" | undefined;
  /** Time limit for all attempts together, in ms. Time spent waiting for the user does not count. */
  readonly timeoutMs?: number | undefined;
}

/** The decision on a task, the attempts at it, and how it ended. */
export interface TaskResult {
  readonly decision: RoutingDecision;
  readonly attempts: readonly OwnAttempt[];
  /** The step of the policy that was reached. */
  readonly escalation:
    | { readonly policyId: string; readonly step: EscalationStep; readonly reason: string }
    | undefined;
  /** What of the context was not sent. */
  readonly dropped: string | undefined;
  /** What became of the context on its way; undefined if none was sent. */
  readonly handoff?: HandoffReport | undefined;
  /** What the newest attempt of this call left; undefined before any turn. */
  readonly left: Pick<TurnAnswer, "check" | "proposal" | "outputFile"> | undefined;
  readonly end: TaskEnd;
}

/** How a task ended. */
export type TaskEnd =
  | { readonly outcome: "decided" }
  | { readonly outcome: "completed"; readonly answer: TurnAnswer }
  | { readonly outcome: "handed_back"; readonly instructions: string; readonly cause: string }
  | {
      readonly outcome: "needs_human";
      readonly summary: string;
      readonly suggestions: readonly string[];
      /** Why the agent failed last. */
      readonly cause: string;
    }
  /** Why no other attempt was made. */
  | ({ readonly outcome: "failed"; readonly reason: string } & Failure)
  /** The call was cancelled, so nobody needs the history. */
  | ({ readonly outcome: "cancelled" } & Failure);
