// Several prompts in one call of `codex`: each in a thread of its own, side by side as far as there are slots.
import type { CallContext, StartRequest, TurnEnd } from "../delegation/requests.ts";
import { cutText } from "../domain/cut-text.ts";
import { amendError, BridgeError, type ErrorReport, reportError } from "../domain/errors.ts";
import { toCheckField } from "./check-words.ts";
import type { FinishedCall, ToolContext } from "./define-tool.ts";
import { describeFields } from "./job-result.ts";
import { toData } from "./json-data.ts";
import { shortenText } from "./shorten-text.ts";
import { takeWithin } from "./take-within.ts";
import { boundProposal, describeSandbox, listReceipts } from "./turn-answer.ts";

/** Most prompts of one call. */
export const MOST_PROMPTS = 10;
/** Limits for all results together; each gets the same part. */
const LIMITS = { characters: 42_000, tokens: 18_000 };
const CHANGES = { items: 20, bytes: 800 };
const WARNINGS = { items: 5, bytes: 800 };
const WARNING_CHARACTERS = 300;
const CHECK_CHARACTERS = 300;
const MESSAGE_CHARACTERS = 800;
const SANDBOX_CHARACTERS = 300;

/** What a batch is run with. */
export interface BatchParts extends Pick<ToolContext, "delegation" | "spill" | "redact"> {
  readonly call: CallContext;
}

/** Runs a thread for each prompt. Progress counts those that have ended. The results come in the order of the prompts; one that failed is named. */
export async function runBatch(
  prompts: readonly string[],
  request: Omit<StartRequest, "prompt">,
  { delegation, call, ...writing }: BatchParts,
): Promise<FinishedCall> {
  const all = prompts.length;
  let done = 0;
  const report = (line: string): void => call.report(`${done} of ${all} done; ${line}`);
  // None of the threads is the one to continue, so the job has none of its own. Its record names them all.
  const each = { ...call, report, listRoots: askOnce(call.listRoots) };
  const ends = await Promise.all(
    prompts.map(async (prompt, at) => {
      const onThread = (threadId: string): void => call.onBatchThread?.(at + 1, threadId);
      const end = await delegation.start({ ...request, prompt }, { ...each, onThread });
      done += 1;
      call.report(`${done} of ${all} done`);
      return end;
    }),
  );
  return toBatchEnd(ends, writing);
}

// All threads start where the client works now, and it is asked for that once.
function askOnce(listRoots: CallContext["listRoots"]): CallContext["listRoots"] {
  let roots: ReturnType<NonNullable<typeof listRoots>> | undefined;
  return (
    listRoots &&
    (() => {
      roots ??= listRoots();
      return roots;
    })
  );
}

/** What one thread can have, and several cannot share. */
interface SingleParts {
  readonly prompt?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly outputFile?: string | undefined;
  readonly onQuota?: string | undefined;
}

/** Throws INVALID_ARGUMENT where the two ways to say what to do are mixed, or where several threads would share what only one can have. */
export function checkBatch({ prompt, sessionId, outputFile, onQuota }: SingleParts): void {
  if (prompt !== undefined) {
    throw new BridgeError("INVALID_ARGUMENT", "`prompt` and `prompts` cannot be given together.");
  }
  if (sessionId !== undefined) {
    throw new BridgeError("INVALID_ARGUMENT", "`sessionId` names one thread, and `prompts` starts several.");
  }
  if (outputFile !== undefined) {
    throw new BridgeError("INVALID_ARGUMENT", "`outputFile` takes one message, and `prompts` has several.");
  }
  if (onQuota !== undefined) {
    throw new BridgeError("INVALID_ARGUMENT", "`onQuota` waits with one thread, and `prompts` starts several.");
  }
}

/** Names the job of a batch: how many there are, and the first words of the first. */
export function toBatchTitle(prompts: readonly string[]): string {
  return `${prompts.length} prompts: ${prompts[0] ?? ""}`;
}

type Writing = Pick<ToolContext, "spill" | "redact">;

function toBatchEnd(ends: readonly TurnEnd[], { spill, redact }: Writing): FinishedCall {
  const failed = ends.flatMap((end, at) => (end.kind === "completed" ? [] : [{ end, number: at + 1 }]));
  const [first] = failed;
  if (failed.some(({ end }) => end.error.code === "CANCELLED")) return { error: toCancelled(ends) };
  if (first !== undefined && failed.length === ends.length) {
    const { error, cause } = first.end;
    return { error: amendError(error, { details: { failed: failed.length } }), cause };
  }
  const limits = { characters: LIMITS.characters / ends.length, tokens: LIMITS.tokens / ends.length };
  const results = ends.map((end) => toResult(end, { spill, redact, limits }));
  const numbers = failed.map(({ number }) => number).join(", ");
  const done = `${ends.length - failed.length} of ${ends.length} done`;
  const content = failed.length === 0 ? `${done}.` : `${done}; failed: number ${numbers}.`;
  const parts = results.map((result, at) => `## ${at + 1}\n\n${result["content"]}\n\n${describeFields(result)}`);
  return { structured: { threadId: "", content, results }, text: [content, ...parts].join("\n\n"), links: [] };
}

// What is done stays known: its threads can be continued.
function toCancelled(ends: readonly TurnEnd[]): ErrorReport {
  const threads = ends.flatMap((end) => (end.kind === "refused" ? [] : (end.answer.threadId ?? [])));
  const done = ends.filter(({ kind }) => kind === "completed").length;
  const named = threads.length === 0 ? "" : ` Threads that had begun: ${threads.join(", ")}.`;
  return reportError("CANCELLED", `The call was cancelled with ${done} of ${ends.length} prompts done.${named}`);
}

interface ResultWriting extends Writing {
  readonly limits: { readonly characters: number; readonly tokens: number };
}

function toResult(end: TurnEnd, { spill, redact, limits }: ResultWriting): Record<string, unknown> {
  if (end.kind !== "completed") {
    const { code, message, nextStep, threadId = "" } = end.error;
    const content = redact(
      `[${code}] ${cutText(redact(message), MESSAGE_CHARACTERS)} ${cutText(nextStep, MESSAGE_CHARACTERS)}`,
    );
    return { threadId, content, error: { code } };
  }
  const { threadId = "", cwd, sandbox, profile, usage, commands, changes, warnings, content: whole } = end.answer;
  const [kept, told] = [
    takeWithin(changes, CHANGES),
    takeWithin(
      warnings.map((text) => cutText(text, WARNING_CHARACTERS)),
      WARNINGS,
    ),
  ];
  const fields = {
    ...{ cwd, sandbox: cutText(describeSandbox(sandbox, profile), SANDBOX_CHARACTERS), usage },
    ...(commands.count === 0 ? {} : { commands }),
    ...(kept.kept.length === 0 ? {} : { changes: kept.kept }),
    ...(kept.more === 0 ? {} : { moreChanges: kept.more }),
    ...(end.answer.receipt === undefined ? {} : { receipts: listReceipts(end.answer) }),
    ...(end.answer.proposal === undefined ? {} : { proposal: boundProposal(end.answer.proposal, 0) }),
    ...(end.answer.check === undefined ? {} : { check: toCheckField(end.answer.check, CHECK_CHARACTERS) }),
    ...(told.kept.length === 0 ? {} : { warnings: told.kept }),
  };
  const { data, warnings: without } = toData(end.answer, JSON.stringify(fields), limits);
  const all = { ...fields, ...data, ...(without.length === 0 ? {} : { warnings: [...told.kept, ...without] }) };
  const { content, truncated } = shortenText(whole, JSON.stringify(all), spill, limits);
  return { threadId, content, ...all, ...(truncated === undefined ? {} : { truncated }) };
}
