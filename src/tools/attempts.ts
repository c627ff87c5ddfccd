// Several attempts at one task in one call of `codex`: each in a worktree of its own, compared, and none landed by itself.
import { randomBytes } from "node:crypto";
import type { StartRequest, TurnEnd } from "../delegation/requests.ts";
import { type RankedAttempt, rankAttempts } from "../delegation/turns/checks/rank-attempts.ts";
import { amendError, BridgeError } from "../domain/errors.ts";
import type { FinishedCall } from "./define-tool.ts";
import { describeFields } from "./job-result.ts";
import { checkSingleParts } from "./prompt-batch.ts";
import { type BatchParts, startAll, toCancelled, toThreadResult } from "./side-by-side.ts";

/** Most attempts of one call. */
export const MOST_ATTEMPTS = 4;
/** Bytes of the diff of the best one, and of each other. */
const DIFF_BYTES = { best: 4_000, others: 1_000 };
const CHECK_CHARACTERS = 800;

/** What cannot go with several attempts. */
type OtherParts = Parameters<typeof checkSingleParts>[0] & { readonly prompts?: unknown };

/** Throws INVALID_ARGUMENT. */
export function checkAttempts({ prompts, ...single }: OtherParts): void {
  if (prompts !== undefined) {
    throw new BridgeError("INVALID_ARGUMENT", "`attempts` tries one `prompt`; it cannot be given with `prompts`.");
  }
  checkSingleParts(single, "attempts");
}

/** Names the job. */
export function toAttemptsTitle(attempts: number, prompt: string): string {
  return `${attempts} attempts: ${prompt}`;
}

/** Runs them. The results come best first; one that failed does not fail the others. */
export async function runAttempts(attempts: number, request: StartRequest, parts: BatchParts): Promise<FinishedCall> {
  const attemptSet = randomBytes(6).toString("hex");
  const start: StartRequest = { ...request, isolation: "worktree", attemptSet };
  const ends = await startAll(
    Array.from({ length: attempts }, () => start),
    parts,
  );
  return toAttemptsEnd(ends, request.check !== undefined, parts);
}

function toAttemptsEnd(ends: readonly TurnEnd[], isChecked: boolean, parts: BatchParts): FinishedCall {
  const failed = ends.filter((end) => end.kind !== "completed");
  if (failed.some(({ error }) => error.code === "CANCELLED")) return { error: toCancelled(ends, "attempts") };
  const [first] = failed;
  if (first !== undefined && failed.length === ends.length) return toFailed(first, ends);
  const ranked = rankAttempts(ends);
  const results = ranked.map((attempt, place) => toResult(attempt, { place, count: ends.length }, parts));
  const content = describeAll(ranked, failed.length, isChecked);
  const texts = results.map(({ attempt, standing, content: said, ...fields }) =>
    [`## Attempt ${attempt}: ${standing}`, said, describeFields(fields)].join("\n\n"),
  );
  return { structured: { threadId: "", content, results }, text: [content, ...texts].join("\n\n"), links: [] };
}

function toResult(
  { number, end, standing }: RankedAttempt,
  { place, count }: { readonly place: number; readonly count: number },
  parts: BatchParts,
): Record<string, unknown> {
  const diffBytes = place === 0 ? DIFF_BYTES.best : DIFF_BYTES.others;
  return {
    ...{ attempt: number, standing },
    ...(end.kind === "completed" ? { durationMs: end.answer.durationMs } : {}),
    ...toThreadResult(end, { count, diffBytes, checkCharacters: CHECK_CHARACTERS }, parts),
  };
}

function toFailed(first: Exclude<TurnEnd, { kind: "completed" }>, ends: readonly TurnEnd[]): FinishedCall {
  const proposals = ends.flatMap((end) => findProposal(end)?.id ?? []);
  const details = { failed: ends.length, ...(proposals.length === 0 ? {} : { proposals }) };
  return { error: amendError(first.error, { details }), cause: first.cause };
}

const findProposal = (end: TurnEnd) => (end.kind === "refused" ? undefined : end.answer.proposal);

function describeAll(ranked: readonly RankedAttempt[], failed: number, isChecked: boolean): string {
  const [best] = ranked;
  const proposals = ranked.flatMap(({ end }) => findProposal(end) ?? []);
  const chosen = best && findProposal(best.end);
  const ended = failed === 0 ? "" : ` ${failed} failed.`;
  const done = `${ranked.length - failed} of ${ranked.length} attempts done.${ended}`;
  if (best === undefined || chosen === undefined || best.standing === "no changes") {
    return `${done} None of them changed anything.${describeOthers(proposals.map(({ id }) => id))}`;
  }
  const passed = isChecked && best.standing !== "check passed" ? " No attempt is known to pass the check." : "";
  const order = isChecked ? "check passed, then fewer changed lines" : "fewer changed lines";
  const others = proposals.filter(({ id }) => id !== chosen.id).map(({ id }) => id);
  return [
    `${done}${passed} First is attempt ${best.number}, proposal ${chosen.id} (${best.standing}; ${chosen.diffStat}).`,
    `The order is by rule (${order}); look at the diffs yourself before you choose.`,
    `Nothing is landed: codex-land with the id of a proposal lands it.${describeOthers(others)}`,
  ].join(" ");
}

function describeOthers(ids: readonly string[]): string {
  if (ids.length === 0) return "";
  return ` codex-land with discard true removes what is not wanted: ${ids.join(", ")}.`;
}
