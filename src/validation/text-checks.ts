// Checks texts by a regular expression or a JSON Schema, in a thread that can be ended.
import { BridgeError } from "../domain/errors.ts";
import type { Expectation } from "./expectation.ts";
import { type JudgementEnd, runJudgement } from "./validation-thread.ts";

/** Whether a text fits. `reason` is a bounded part of a sentence. What could not be found out is never a fit. */
export type TextVerdict =
  | { readonly kind: "fits" }
  | { readonly kind: "misfit"; readonly reason: string }
  /** The expectation cannot be used with this text. */
  | { readonly kind: "unusable"; readonly reason: string }
  | { readonly kind: "unknown"; readonly reason: string; readonly cause?: unknown }
  | { readonly kind: "cancelled" };

/** Checks a text. Never rejects. */
export type TextCheck = (text: string, signal: AbortSignal) => Promise<TextVerdict>;

/** How an expectation is used. */
export interface CheckOptions {
  /** What the expectation is called where it was given, for errors. */
  readonly name: string;
  /** Whether JSON may be within one code fence. */
  readonly mayBeFenced: boolean;
}

/** Prepares a check. Throws INVALID_ARGUMENT for an expectation that cannot be used, CANCELLED, INTERNAL. */
export type OpenTextCheck = (
  expectation: Expectation,
  options: CheckOptions,
  signal: AbortSignal,
) => Promise<TextCheck>;

/** A good expectation takes milliseconds; one with a catastrophic pattern takes for ever. */
const LIMIT_MS = 2_000;
/** Characters of a text that is checked: about ten times of what a model writes at once. */
export const MAX_TEXT_CHARACTERS = 4_000_000;

/** Makes checks that run in the worker at `workerFile`. */
export function createTextChecks(workerFile: string, limitMs = LIMIT_MS): OpenTextCheck {
  return async (expectation, { name, mayBeFenced }, signal) => {
    const expected =
      typeof expectation === "string" ? { pattern: expectation } : { schema: JSON.stringify(expectation) };
    const job = { ...expected, mayBeFenced };
    const run = { workerFile, limitMs };
    const problem = findProblem(await runJudgement({ ...job, text: undefined }, { ...run, signal }), name);
    if (problem !== undefined) throw problem;
    return async (text, signal) => {
      if (text.length > MAX_TEXT_CHARACTERS) {
        const reason = `it has ${text.length} characters, and at most ${MAX_TEXT_CHARACTERS} are checked`;
        return { kind: "unknown", reason };
      }
      return toVerdict(await runJudgement({ ...job, text }, { ...run, signal }));
    };
  };
}

function findProblem(end: JudgementEnd, name: string): BridgeError | undefined {
  switch (end.kind) {
    case "fits":
      return undefined;
    case "out of time":
      return toUnusable(name, "checking against it takes too long; make its patterns and references simpler");
    case "out of memory":
      return toUnusable(name, "checking against it takes too much memory; make it smaller");
    case "misfit":
    case "unusable":
      return toUnusable(name, end.reason);
    case "cancelled":
      return new BridgeError("CANCELLED", "The turn was cancelled before it began.");
    case "unknown":
      return new BridgeError("INTERNAL", `${name} could not be checked.`, { cause: end.cause });
  }
}

function toVerdict(end: JudgementEnd): TextVerdict {
  switch (end.kind) {
    case "fits":
    case "misfit":
    case "unusable":
    case "cancelled":
      return end;
    case "out of time":
      return { kind: "unknown", reason: "the check took too long and was ended" };
    case "out of memory":
      return { kind: "unknown", reason: "the check took too much memory and was ended" };
    case "unknown":
      return { kind: "unknown", reason: "the check itself failed", cause: end.cause };
  }
}

/** The error for an expectation that cannot be used. */
export function toUnusable(name: string, reason: string): BridgeError {
  return new BridgeError("INVALID_ARGUMENT", `${name} cannot be used: ${reason}.`);
}
