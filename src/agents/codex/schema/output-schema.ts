// The answer against the caller's JSON Schema: Codex hands the schema to the model, but checks nothing itself (observed on 0.50 to 0.169).
import { BridgeError } from "../../../domain/errors.ts";
import { type JudgementEnd, runJudgement } from "./schema-thread.ts";

/** What is wrong with a final message, as the error that the turn ends with; undefined when it fits. */
export type AnswerCheck = (content: string, signal: AbortSignal) => Promise<BridgeError | undefined>;

/** Prepares a check. Throws INVALID_ARGUMENT for a schema that cannot be used, CANCELLED, INTERNAL. */
export type OpenAnswerCheck = (schema: Readonly<Record<string, unknown>>, signal: AbortSignal) => Promise<AnswerCheck>;

/** A good schema takes milliseconds; one with a catastrophic pattern takes for ever. */
const LIMIT_MS = 2_000;
/** Characters of an answer that is checked: about ten times of what a model writes at once. */
const MAX_ANSWER_CHARACTERS = 4_000_000;

/** Makes checks that run in the worker at `workerFile`. */
export function createAnswerChecks(workerFile: string, limitMs = LIMIT_MS): OpenAnswerCheck {
  return async (schema, signal) => {
    const text = JSON.stringify(schema);
    const run = { workerFile, limitMs, signal };
    const problem = toSchemaProblem(await runJudgement({ schema: text, answer: undefined }, run));
    if (problem !== undefined) throw problem;
    return async (content, signal) => {
      if (content.length > MAX_ANSWER_CHARACTERS) {
        return unchecked(`it has ${content.length} characters, and at most ${MAX_ANSWER_CHARACTERS} are checked`);
      }
      return toAnswerProblem(await runJudgement({ schema: text, answer: content }, { ...run, signal }));
    };
  };
}

function toSchemaProblem(end: JudgementEnd): BridgeError | undefined {
  switch (end.kind) {
    case "fits":
      return undefined;
    case "out of time":
      return badSchema("checking against it takes too long; make its patterns and references simpler");
    case "out of memory":
      return badSchema("checking against it takes too much memory; make it smaller");
    case "misfit":
    case "bad schema":
      return badSchema(end.reason);
    case "cancelled":
      return new BridgeError("CANCELLED", "The turn was cancelled before it began.");
    case "unknown":
      return new BridgeError("INTERNAL", "outputSchema could not be checked.", { cause: end.cause });
  }
}

// What could not be found out never counts as a fit.
function toAnswerProblem(end: JudgementEnd): BridgeError | undefined {
  switch (end.kind) {
    case "fits":
      return undefined;
    case "misfit":
      return misfit(end.reason);
    case "out of time":
      return unchecked("the check took too long and was ended");
    case "out of memory":
      return unchecked("the check took too much memory and was ended");
    case "bad schema":
      return badSchema(end.reason);
    case "cancelled":
      return new BridgeError("CANCELLED", "The turn was cancelled and ended.");
    case "unknown":
      return unchecked("the check itself failed", end.cause);
  }
}

function badSchema(reason: string): BridgeError {
  return new BridgeError("INVALID_ARGUMENT", `outputSchema cannot be used: ${reason}.`);
}

function misfit(reason: string): BridgeError {
  return new BridgeError("INVALID_OUTPUT", `Codex's final message does not fit outputSchema: ${reason}.`);
}

function unchecked(reason: string, cause?: unknown): BridgeError {
  const message = `It is not known whether Codex's final message fits outputSchema: ${reason}.`;
  return new BridgeError("INVALID_OUTPUT", message, { cause });
}
