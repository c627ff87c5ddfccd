// A routed task and its failures in words, for the user who is asked and for the caller who gets it back.
import type { CheckResult } from "../../domain/check.ts";
import { countOf } from "../../domain/count-of.ts";
import { cutText } from "../../domain/cut-text.ts";
import type { ErrorReport } from "../../domain/errors.ts";
import type { Redact } from "../../domain/redact.ts";
import type { Attempt } from "../../domain/task.ts";

/** A form holds a thousand characters: the question itself must not be cut off. */
const QUOTED_CHARACTERS = 250;
const CAUSE_CHARACTERS = 300;

/** Whose failure it is, and its check, where one ran. */
export interface CauseScope {
  readonly agentName: string;
  readonly redact: Redact;
  readonly check?: CheckResult | undefined;
}

/** Why an attempt failed, in one bounded line without secrets; the agent's words, and those of the check that failed, are marked as such. */
export function describeCause({ code, message, agentText }: ErrorReport, scope: CauseScope): string {
  const { agentName, redact, check } = scope;
  const words =
    agentText === undefined || agentText.trim() === "" ? "" : ` ${agentName} said: ${quote(redact(agentText))}`;
  const said = code === "CHECK_FAILED" && check !== undefined ? describeOutput(check) : "";
  return `${cutText(redact(toLine(message)), CAUSE_CHARACTERS)}${words}${said}`;
}

// Its secrets were taken out already. The end says most: what failed stands there.
function describeOutput({ output }: CheckResult): string {
  const line = toLine(output.slice(-QUOTED_CHARACTERS));
  return line === "" ? "" : ` Its output ends: ${quote(line)}`;
}

/** The last failure with its code and cause; undefined where nothing failed. */
export function describeLastFailure(attempts: readonly Attempt[]): string | undefined {
  const last = attempts.findLast(({ outcome }) => outcome === "failed");
  if (last === undefined) return undefined;
  return last.cause === undefined ? `${last.code}` : `${last.code}: ${last.cause}`;
}

/** How often the agent failed at the task, and the reason of the last failure. */
export function summarizeFailures(agentName: string, task: string, attempts: readonly Attempt[]): string {
  const failures = attempts.filter(({ outcome }) => outcome === "failed").length;
  const last = describeLastFailure(attempts) ?? "an unknown failure";
  return `${agentName} failed ${countOf(failures, "time")} at this task, last with ${last} ${describeTask(task)}`;
}

/** The task in one bounded line. */
export function describeTask(task: string): string {
  return `The task: ${quote(task)}.`;
}

function quote(text: string): string {
  // Its own quotes must not end the quotation.
  return `"${cutText(toLine(text), QUOTED_CHARACTERS).replaceAll('"', "'")}"`;
}

// A terminal may show it, so it must not hold control characters.
function toLine(text: string): string {
  return text
    .slice(0, 10_000)
    .replace(/[\s\p{C}]+/gu, " ")
    .trim();
}
