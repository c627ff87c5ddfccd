// Several prompts in one call of `codex`: each in a thread of its own.
import type { StartRequest, TurnEnd } from "../delegation/requests.ts";
import { amendError, BridgeError } from "../domain/errors.ts";
import type { FinishedCall } from "./define-tool.ts";
import { describeFields } from "./job-result.ts";
import { type BatchParts, startAll, toCancelled, toThreadResult } from "./side-by-side.ts";

/** Most prompts of one call. */
export const MOST_PROMPTS = 10;

/** Runs a thread for each prompt. The results come in the order of the prompts; one that failed is named. */
export async function runBatch(
  prompts: readonly string[],
  request: Omit<StartRequest, "prompt">,
  parts: BatchParts,
): Promise<FinishedCall> {
  const starts = prompts.map((prompt) => ({ ...request, prompt }));
  return toBatchEnd(await startAll(starts, parts), parts);
}

/** What one thread can have, and several cannot share. */
interface SingleParts {
  readonly prompt?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly outputFile?: string | undefined;
  readonly commit?: string | boolean | undefined;
  readonly onQuota?: string | undefined;
  readonly handoff?: { readonly write?: string | undefined } | undefined;
}

/** Throws INVALID_ARGUMENT where the two ways to say what to do are mixed, or where several threads would share what only one can have. */
export function checkBatch({ prompt, ...single }: SingleParts): void {
  if (prompt !== undefined) {
    throw new BridgeError("INVALID_ARGUMENT", "`prompt` and `prompts` cannot be given together.");
  }
  if (single.handoff?.write !== undefined) {
    throw new BridgeError("INVALID_ARGUMENT", "`handoff.write` names one file, and `prompts` starts several threads.");
  }
  checkSingleParts(single, "prompts");
}

/** Throws INVALID_ARGUMENT where several threads, which the argument `name` starts, would share what only one can have. */
export function checkSingleParts(
  { sessionId, outputFile, commit, onQuota }: SingleParts,
  name: "prompts" | "attempts",
): void {
  if (sessionId !== undefined) {
    throw new BridgeError("INVALID_ARGUMENT", `\`sessionId\` names one thread, and \`${name}\` starts several.`);
  }
  if (outputFile !== undefined) {
    throw new BridgeError("INVALID_ARGUMENT", `\`outputFile\` takes one message, and \`${name}\` has several.`);
  }
  if (commit !== undefined && commit !== false) {
    throw new BridgeError("INVALID_ARGUMENT", `\`commit\` takes the changes of one turn, and \`${name}\` has several.`);
  }
  if (onQuota !== undefined) {
    throw new BridgeError("INVALID_ARGUMENT", `\`onQuota\` waits with one thread, and \`${name}\` starts several.`);
  }
}

/** Names the job of a batch: how many there are, and the first words of the first. */
export function toBatchTitle(prompts: readonly string[]): string {
  return `${prompts.length} prompts: ${prompts[0] ?? ""}`;
}

function toBatchEnd(ends: readonly TurnEnd[], parts: BatchParts): FinishedCall {
  const failed = ends.flatMap((end, at) => (end.kind === "completed" ? [] : [{ end, number: at + 1 }]));
  const [first] = failed;
  if (failed.some(({ end }) => end.error.code === "CANCELLED")) return { error: toCancelled(ends, "prompts") };
  if (first !== undefined && failed.length === ends.length) {
    const { error, cause } = first.end;
    return { error: amendError(error, { details: { failed: failed.length } }), cause };
  }
  const results = ends.map((end) => toThreadResult(end, { count: ends.length }, parts));
  const numbers = failed.map(({ number }) => number).join(", ");
  const done = `${ends.length - failed.length} of ${ends.length} done`;
  const content = failed.length === 0 ? `${done}.` : `${done}; failed: number ${numbers}.`;
  const texts = results.map((result, at) => `## ${at + 1}\n\n${result["content"]}\n\n${describeFields(result)}`);
  return { structured: { threadId: "", content, results }, text: [content, ...texts].join("\n\n"), links: [] };
}
