// Several threads in one call: they run side by side as far as there are slots, and share the room of one result.
import { setMaxListeners } from "node:events";
import type { CallContext, HandedFiles, StartRequest, TurnEnd } from "../delegation/requests.ts";
import type { Delegation } from "../delegation/turns/delegation.ts";
import { cutText } from "../domain/cut-text.ts";
import { type ErrorReport, reportError } from "../domain/errors.ts";
import { toCheckField } from "./check-words.ts";
import type { ToolContext } from "./define-tool.ts";
import { toFilesField } from "./handoff-field.ts";
import { toData } from "./json-data.ts";
import { shortenText } from "./shorten-text.ts";
import { takeWithin } from "./take-within.ts";
import { boundProposal, describeSandbox, listReceipts } from "./turn-answer.ts";

/** Limits for all results together; each gets the same part. */
const LIMITS = { characters: 42_000, tokens: 18_000 };
const CHANGES = { items: 20, bytes: 800 };
const WARNINGS = { items: 5, bytes: 800 };
const CHECK_CHARACTERS = 300;
const WARNING_CHARACTERS = 300;
/** Of an answer that does not fit `expect`. */
const UNFIT_CHARACTERS = 600;
const MESSAGE_CHARACTERS = 800;
const SANDBOX_CHARACTERS = 300;

/** What threads are run with. */
export interface BatchParts extends Pick<ToolContext, "spill" | "redact"> {
  readonly delegation: Delegation;
  readonly call: CallContext;
}

/** Starts several threads at once. Progress counts those that have ended. Never throws. */
export async function startAll(
  starts: readonly StartRequest[],
  { delegation, call }: Pick<BatchParts, "delegation" | "call">,
): Promise<readonly TurnEnd[]> {
  // Each thread listens. Node takes more than ten listeners for a leak, and says so on stderr.
  setMaxListeners(0, call.signal);
  const all = starts.length;
  let done = 0;
  const report = (line: string): void => call.report(`${done} of ${all} done; ${line}`);
  // None of the threads is the one to continue, so the job has none of its own. Its record names them all.
  const each = { ...call, report, listRoots: askOnce(call.listRoots) };
  return Promise.all(
    starts.map(async (start, at) => {
      const onThread = (threadId: string): void => call.onBatchThread?.(at + 1, threadId);
      const end = await delegation.start(start, { ...each, onThread });
      done += 1;
      call.report(`${done} of ${all} done`);
      return end;
    }),
  );
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

/** The error of a cancelled call. What is done stays known: its threads can be continued, its proposals landed. `what` they are, in the plural. */
export function toCancelled(ends: readonly TurnEnd[], what: string): ErrorReport {
  const answers = ends.flatMap((end) => (end.kind === "refused" ? [] : [end.answer]));
  const threads = answers.flatMap(({ threadId }) => threadId ?? []);
  const proposals = answers.flatMap(({ proposal }) => proposal?.id ?? []);
  const done = ends.filter(({ kind }) => kind === "completed").length;
  const named = threads.length === 0 ? "" : ` Threads that had begun: ${threads.join(", ")}.`;
  const proposed = proposals.length === 0 ? "" : ` Their proposals: ${proposals.join(", ")}.`;
  return reportError(
    "CANCELLED",
    `The call was cancelled with ${done} of ${ends.length} ${what} done.${named}${proposed}`,
  );
}

/** How much a result shows. */
export interface ResultRoom {
  /** How many results share the room. */
  readonly count: number;
  /** Bytes of a proposal's diff. */
  readonly diffBytes?: number;
  /** Characters of a check's output. */
  readonly checkCharacters?: number;
}

/** One thread's end among several. */
export function toThreadResult(
  end: TurnEnd,
  { count, diffBytes = 0, checkCharacters = CHECK_CHARACTERS }: ResultRoom,
  { spill, redact }: Pick<BatchParts, "spill" | "redact">,
): Record<string, unknown> {
  if (end.kind !== "completed") return toFailedResult(end, redact);
  const { threadId = "", cwd, sandbox, profile, usage, commands, changes, warnings, content: whole } = end.answer;
  const { receipt, proposal, check, handoff } = end.answer;
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
    ...(receipt === undefined ? {} : { receipts: listReceipts(end.answer) }),
    ...(proposal === undefined ? {} : { proposal: boundProposal(proposal, diffBytes) }),
    ...(handoff === undefined ? {} : { handoff: toFilesField(withoutHead(handoff)) }),
    ...(check === undefined ? {} : { check: toCheckField(check, checkCharacters) }),
    ...(told.kept.length === 0 ? {} : { warnings: told.kept }),
  };
  const limits = { characters: LIMITS.characters / count, tokens: LIMITS.tokens / count };
  const { data, warnings: without } = toData(end.answer, JSON.stringify(fields), limits);
  const all = { ...fields, ...data, ...(without.length === 0 ? {} : { warnings: [...told.kept, ...without] }) };
  const { content, truncated } = shortenText(whole, JSON.stringify(all), spill, limits);
  return { threadId, content, ...all, ...(truncated === undefined ? {} : { truncated }) };
}

// Several heads would take the room of the answers.
function withoutHead({ write, ...files }: HandedFiles): HandedFiles {
  return { ...files, write: write && { ...write, head: undefined } };
}

// What it had done by then can be looked at, landed and discarded.
function toFailedResult(end: Exclude<TurnEnd, { kind: "completed" }>, redact: BatchParts["redact"]) {
  const { code, message, nextStep, threadId = "" } = end.error;
  const words = [message, nextStep].map((text) => cutText(redact(text), MESSAGE_CHARACTERS));
  const { proposal, unfit, answered = "" } = end.kind === "refused" ? {} : end.answer;
  const text = unfit?.content ?? answered;
  const said = text === "" ? "" : ` Codex's answer: ${JSON.stringify(cutText(redact(text), UNFIT_CHARACTERS))}`;
  return {
    ...{ threadId, content: redact(`[${code}] ${words.join(" ")}${said}`), error: { code } },
    ...(proposal === undefined ? {} : { proposal: boundProposal(proposal, 0) }),
  };
}
