// One pass of a review: a read-only turn in a thread of its own, and its answer, read. An answer that cannot be read is asked for once more.
import type { Clock } from "../../domain/clock.ts";
import { cutText } from "../../domain/cut-text.ts";
import { type Failure, reportError } from "../../domain/errors.ts";
import type { TokenUsage } from "../../domain/thread.ts";
import { addTokens } from "../../domain/token-usage.ts";
import type { ParsedAnswer } from "../../reviews/finding.ts";
import { parseFindings } from "../../reviews/parse-findings.ts";
import type { CallContext, StartRequest, TurnAnswer, TurnEnd } from "../requests.ts";
import type { Delegation } from "../turns/delegation.ts";
import { type Decision, readDecisions, toSchema } from "./earlier-schema.ts";
import { composeCorrection, composeReview, type PromptParts } from "./review-prompt.ts";

/** What every pass is run with. */
export interface PassOptions {
  readonly delegation: Delegation;
  readonly clock: Clock;
  /** Absolute directory of the turns. */
  readonly cwd: string;
  readonly model: string | undefined;
  readonly reasoningEffort: string | undefined;
  readonly timeoutMs: number | undefined;
  /** Settings of its thread. */
  readonly config: StartRequest["config"];
}

/** What a pass found. */
export interface PassAnswer extends ParsedAnswer {
  readonly earlier: readonly Decision[];
}

/** How a pass ended: with an answer or a failure. */
export interface PassEnd {
  readonly parts: PromptParts;
  /** Thread of the pass, where one was opened. */
  readonly threadId: string | undefined;
  readonly usage: TokenUsage | undefined;
  /** The report of its last turn, where one began. */
  readonly report: TurnAnswer | undefined;
  readonly result: { readonly answer: PassAnswer } | Failure;
}

/** Characters of an unreadable answer that its error shows. */
const SHOWN_CHARACTERS = 1_500;
const LEAST_MS = 1_000;
/** The author of a change may have stored what is to be thought of it. */
const UNSWAYED = { readsOnly: true, withoutMemory: true } as const;

/** Runs a pass to its end. Never throws. */
export async function runPass(parts: PromptParts, options: PassOptions, call: CallContext): Promise<PassEnd> {
  const { delegation, cwd, model, reasoningEffort, timeoutMs, config, clock } = options;
  const startedAt = clock();
  const start = (outputSchema: PassSchema) => {
    const prompt = toPrompt(composeReview(parts));
    const frame = { cwd, model, reasoningEffort, config };
    return delegation.start({ ...UNSWAYED, outputSchema, prompt, timeoutMs, ...frame }, call);
  };
  let outputSchema: PassSchema = toSchema(parts.earlier.length > 0);
  let first = await start(outputSchema);
  if (refusesSchema(first)) {
    outputSchema = undefined;
    first = await start(outputSchema);
  }
  const read = readEnd(parts, first);
  const { problems, threadId } = read;
  if (problems === undefined || threadId === undefined || call.signal.aborted) return read;
  call.report("The answer could not be read; asking once more");
  const leftMs = timeoutMs === undefined ? undefined : Math.max(LEAST_MS, timeoutMs - (clock() - startedAt));
  const correction = toPrompt(composeCorrection(problems, parts.earlier.length > 0));
  const again = { ...UNSWAYED, outputSchema, prompt: correction, threadId, timeoutMs: leftMs };
  const second = readEnd(parts, await delegation.reply(again, call));
  return { ...second, threadId: second.threadId ?? threadId, usage: sum(read.usage, second.usage) };
}

type PassSchema = Readonly<Record<string, unknown>> | undefined;

// Some providers take no schema. The prompt says the form too.
function refusesSchema(end: TurnEnd): boolean {
  return end.kind !== "completed" && end.error.details["argument"] === "outputSchema";
}

// `problems` where there is an answer that cannot be read.
function readEnd(parts: PromptParts, end: TurnEnd): PassEnd & { readonly problems?: readonly string[] } {
  const report = end.kind === "refused" ? undefined : end.answer;
  const threadId = report?.threadId ?? (end.kind === "completed" ? undefined : end.error.threadId);
  const known = { parts, threadId, usage: report?.usage, report };
  // An answer that does not fit the schema may still say what was found.
  const hasAnswer = end.kind === "completed" || end.error.code === "INVALID_OUTPUT";
  if (report === undefined || !hasAnswer) {
    const failure = end.kind === "completed" ? undefined : { error: end.error, cause: end.cause };
    return { ...known, result: failure ?? { error: reportError("INTERNAL", "A turn ended without a report.") } };
  }
  const { content } = report;
  const answer = parseFindings(content);
  if (answer.isWhole || answer.findings.length > 0) {
    return { ...known, result: { answer: { ...answer, earlier: readDecisions(content) } } };
  }
  return { ...known, result: toUnreadable(content, answer.problems, threadId), problems: answer.problems };
}

function toUnreadable(content: string, problems: readonly string[], threadId: string | undefined): Failure {
  const error = reportError("INVALID_OUTPUT", `The review could not be read as findings. ${problems.join(" ")}`, {
    nextStep: "Ask for the findings in plain words with codex-reply, or call again.",
    threadId,
    agentText: cutText(content, SHOWN_CHARACTERS),
  });
  return { error };
}

function sum(one: TokenUsage | undefined, other: TokenUsage | undefined): TokenUsage | undefined {
  return one === undefined || other === undefined ? (one ?? other) : addTokens(one, other);
}

// Files may contain what no prompt can.
function toPrompt(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\ufffd");
}
