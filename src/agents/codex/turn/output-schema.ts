// The answer against the caller's outputSchema: Codex hands the schema to the model, but checks nothing itself (observed on 0.50 to 0.169).
import { BridgeError } from "../../../domain/errors.ts";
import { createTextChecks, toUnusable } from "../../../validation/text-checks.ts";

/** What is wrong with a final message, as the error that the turn ends with; undefined when it fits. */
export type AnswerCheck = (content: string, signal: AbortSignal) => Promise<BridgeError | undefined>;

/** Prepares a check. Throws INVALID_ARGUMENT for a schema that cannot be used, CANCELLED, INTERNAL. */
export type OpenAnswerCheck = (schema: Readonly<Record<string, unknown>>, signal: AbortSignal) => Promise<AnswerCheck>;

/** Makes checks that run in the worker at `workerFile`. */
export function createAnswerChecks(workerFile: string, limitMs?: number): OpenAnswerCheck {
  const open = createTextChecks(workerFile, limitMs);
  return async (schema, signal) => {
    const check = await open(schema, { name: "outputSchema", mayBeFenced: false }, signal);
    return async (content, signal) => {
      const verdict = await check(content, signal);
      switch (verdict.kind) {
        case "fits":
          return undefined;
        case "misfit":
          return misfit(verdict.reason);
        case "unusable":
          return toUnusable("outputSchema", verdict.reason);
        case "cancelled":
          return new BridgeError("CANCELLED", "The turn was cancelled and ended.");
        case "unknown":
          return unchecked(verdict.reason, verdict.cause);
      }
    };
  };
}

function misfit(reason: string): BridgeError {
  return new BridgeError("INVALID_OUTPUT", `Codex's final message does not fit outputSchema: ${reason}.`);
}

function unchecked(reason: string, cause: unknown): BridgeError {
  const message = `It is not known whether Codex's final message fits outputSchema: ${reason}.`;
  return new BridgeError("INVALID_OUTPUT", message, { cause });
}
