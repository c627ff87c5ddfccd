// What the error of an attempt means for its task.
import { ERROR_TRAITS } from "../../domain/error-codes.ts";
import type { ErrorReport } from "../../domain/errors.ts";
import type { RoutingDecision } from "../../routing/route.ts";
import { toToldName } from "../../routing/told-name.ts";
import type { TaskRequest } from "./task-requests.ts";

/** The task that was tried. */
export interface TriedTask {
  readonly request: TaskRequest;
  readonly decision: RoutingDecision;
}

/** Names the value from the rule that caused the error, since the caller cannot correct it; "" where the rule is not to blame. */
export function blameRule({ code, details }: ErrorReport, { request, decision }: TriedTask): string {
  const { argument } = details;
  const isSandbox = SANDBOX_CODES.some((known) => known === code) && argument === undefined;
  const key = {
    reasoningEffort: argument === "reasoningEffort" ? decision.reasoningEffort : undefined,
    model: code === "MODEL_NOT_FOUND" && request.model === undefined ? decision.model : undefined,
    sandbox: isSandbox && request.sandbox === undefined ? decision.sandbox : undefined,
  };
  const named = Object.entries(key).find(([, value]) => value !== undefined);
  return named === undefined
    ? ""
    : `; ${named[0]} ${named[1]} is from rule ${toToldName(decision.ruleId ?? "")}: ask the user to correct it in the rules file`;
}

// Arguments that do not go together with a sandbox are INVALID_ARGUMENT.
const SANDBOX_CODES = ["SANDBOX_WIDENING", "SANDBOX_DENIED", "INVALID_ARGUMENT"] as const;

/** What the caller can do about it. For a busy thread, waiting is enough. */
export function describeCallersFault({ code }: ErrorReport): string {
  return ERROR_TRAITS[code].retryable ? "the same call may work later" : "the call has to be corrected first";
}

/** Whether the call is at fault, so that another attempt would fail too. */
export function isCallersFault({ code }: ErrorReport): boolean {
  return code !== "CANCELLED" && ERROR_TRAITS[code].fault === "caller";
}

/**
 * Whether the next attempt needs a new thread. A failed turn may have changed files, so a retry continues its thread, unless the thread is
 * full, broken, or was never opened.
 */
export function needsNewThread(error: ErrorReport): boolean {
  return (
    error.code === "CONTEXT_OVERFLOW" ||
    error.code === "THREAD_BROKEN" ||
    (error.code === "AGENT_EXITED" && error.threadId === undefined)
  );
}
