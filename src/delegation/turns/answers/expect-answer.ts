// `expect`: the final message is checked, and corrected once on the same thread within the same call.
import { cutText } from "../../../domain/cut-text.ts";
import { reportError, toBridgeError } from "../../../domain/errors.ts";
import type { HeldChanges, TurnOutcome } from "../../../domain/turn.ts";
import type { TextCheck, TextVerdict } from "../../../validation/text-checks.ts";
import type { CallContext, TurnAnswer, TurnOptions } from "../../requests.ts";
import type { TurnThread } from "../../threads/record-keeper.ts";
import { toTitle } from "../../threads/thread-titles.ts";
import type { DelegationParts } from "../delegation-parts.ts";
import { hearMore, quoteMessage } from "../hear-more.ts";
import { timeQuestions } from "../questions/time-questions.ts";
import type { TurnRunner } from "../run-turn.ts";
import { goOnInThread, LEAST_CORRECTION_MS } from "../same-thread.ts";
import { addWarnings } from "../turn-steps.ts";
import { composeCorrection } from "./expect-words.ts";
import { joinAnswers } from "./join-answers.ts";

type Outcome = TurnOutcome<TurnAnswer>;

/**
 * The parts with a runner that checks what the call expects; the parts themselves where it expects nothing. Throws INVALID_ARGUMENT for an
 * expectation that cannot be used.
 */
export async function expectAnswer(
  parts: DelegationParts,
  { expect }: Pick<TurnOptions, "expect">,
  { signal }: CallContext,
): Promise<DelegationParts> {
  if (expect === undefined) return parts;
  const check = await parts.options.openCheck(expect, { name: "expect", mayBeFenced: true }, signal);
  const run: TurnRunner["run"] = (asked, thread, call) => new ExpectedTurn(parts, check, thread).run(asked, call);
  return { ...parts, runner: { run } };
}

/** A turn whose answer must fit, with its correction; used once. */
class ExpectedTurn {
  readonly #parts: DelegationParts;
  readonly #check: TextCheck;
  readonly #thread: TurnThread;

  constructor(parts: DelegationParts, check: TextCheck, thread: TurnThread) {
    this.#parts = parts;
    this.#check = check;
    this.#thread = thread;
  }

  async run(asked: TurnOptions, call: CallContext): Promise<Outcome> {
    const { clock, turnTimeoutMs } = this.#parts.options;
    let until = clock() + (asked.timeoutMs ?? turnTimeoutMs);
    // As in a turn, the time that a person takes to answer the agent does not count.
    const timed = timeQuestions(call, clock, (ms) => {
      until += ms;
    });
    const more = hearMore(timed);
    const { outcome, verdict } = await this.#runChecked(asked, this.#thread, more.call);
    if (outcome.kind === "interrupted" || verdict === undefined || verdict.kind === "fits") return outcome;
    const reason = this.#parts.options.redact(verdict.reason);
    const first = this.#keepUnfit(outcome.report, reason);
    if (call.signal.aborted || verdict.kind === "cancelled") return { kind: "interrupted", report: first };
    if (verdict.kind !== "misfit") return toUnfit(first, describeUnknown(reason));
    const timeoutMs = until - clock();
    if (timeoutMs < LEAST_CORRECTION_MS) return toUnfit(first, `${describeMisfit(reason)} ${NO_TIME}`);
    const corrected = await this.#correct(first, { ...asked, timeoutMs }, timed);
    // Its answer to what came in is not in the corrected message.
    if (corrected.kind !== "completed" || first.content === "" || !more.wasTold()) return corrected;
    const told = `More had come in for the first turn. Its message began, in the agent's own words: ${quoteMessage(first.unfit?.content ?? "")}`;
    return addWarnings(corrected, { after: [told] });
  }

  async #runChecked(
    asked: TurnOptions,
    thread: TurnThread,
    call: CallContext,
    held: readonly HeldChanges[] = [],
  ): Promise<{ readonly outcome: Outcome; readonly verdict: Judged | undefined }> {
    let verdict: Judged | undefined;
    let judged: string | undefined;
    const outcome = await this.#parts.runner.run(asked, thread, call, {
      judge: async (content) => {
        judged = content;
        verdict = await judge(content, this.#check, call.signal);
      },
      isFit: () => verdict?.kind === "fits",
      held,
    });
    // An answer that does not fit outputSchema is corrected too, where the call expects something.
    if (outcome.kind === "failed" && outcome.error.code === "INVALID_OUTPUT") {
      return {
        outcome,
        verdict: {
          kind: "misfit",
          reason: outcome.error.message.replace(/^\w+'s final message/, "it").replace(/\.$/, ""),
        },
      };
    }
    if (outcome.kind !== "completed") return { outcome, verdict: undefined };
    const isChanged = verdict?.kind === "fits" && outcome.report.content !== judged;
    return { outcome: isChanged ? await this.#tellUnlike(outcome, call) : outcome, verdict };
  }

  // What was taken out of the message may be what made it fit. The agent said it right, so it is not asked again.
  async #tellUnlike(outcome: Outcome, { signal }: CallContext): Promise<Outcome> {
    const verdict = await judge(outcome.report.content, this.#check, signal);
    if (verdict.kind === "fits") return outcome;
    const { redact } = this.#parts.options;
    const told =
      verdict.kind === "misfit"
        ? `does not fit \`expect\` any more: ${cutText(redact(verdict.reason), 1_000)}`
        : "may not fit `expect` any more";
    return addWarnings(outcome, {
      after: [`The final message fitted, but as it is given here, without what looks like a secret, it ${told}.`],
    });
  }

  async #correct(first: TurnAnswer, asked: TurnOptions, call: CallContext): Promise<Outcome> {
    call.report("The answer does not fit what is expected; it is corrected");
    const { held, unfit } = first;
    const corrected = { ...asked, images: undefined, mayRelay: false, prompt: composeCorrection(unfit?.reason ?? "") };
    // A commit is named after the work, not after the correction.
    const title = toTitle(asked.prompt, this.#parts.options.redact);
    try {
      return await goOnInThread(this.#parts, this.#thread, first, async (thread) => {
        const named = { title, ...thread };
        const { outcome, verdict } = await this.#runChecked(corrected, named, call, held === undefined ? [] : [held]);
        return this.#settle(first, outcome, verdict);
      });
    } catch (error) {
      if (call.signal.aborted) return { kind: "interrupted", report: first };
      const { message } = toBridgeError(error);
      const what = `${describeMisfit(first.unfit?.reason ?? "")} It was not corrected: ${cutText(message, 500)}`;
      return { ...toUnfit(first, what), cause: error };
    }
  }

  #settle(first: TurnAnswer, outcome: Outcome, verdict: Judged | undefined): Outcome {
    const { unfit, ...earlier } = first;
    const report = joinAnswers(earlier, outcome.report);
    if (verdict === undefined) return { ...outcome, report: { ...report, unfit, content: first.content } };
    if (verdict.kind === "fits") {
      const told = `The first final message did not fit \`expect\` (${unfit?.reason}). This is the corrected one.`;
      return addWarnings({ ...outcome, report }, { after: [told] });
    }
    const reason = this.#parts.options.redact(verdict.reason);
    const second = this.#keepUnfit(report, reason);
    if (verdict.kind === "cancelled") return { kind: "interrupted", report: second };
    const what = verdict.kind === "misfit" ? describeMisfit(reason) : describeUnknown(reason);
    return toUnfit(second, `${what} It was corrected once already.`);
  }

  // The answer is not lost, whatever comes after it. It was redacted as JSON where JSON was asked for, which it may not be.
  #keepUnfit(report: TurnAnswer, reason: string): TurnAnswer {
    return { ...report, unfit: { content: this.#parts.options.redact(report.content), reason } };
  }
}

type Judged =
  | Exclude<TextVerdict, { kind: "unusable" | "cancelled" }>
  | { readonly kind: "cancelled"; readonly reason: string };

async function judge(content: string, check: TextCheck, signal: AbortSignal): Promise<Judged> {
  if (content === "") return { kind: "misfit", reason: "there is no final message" };
  const verdict = await check(content, signal);
  if (verdict.kind === "unusable") return { ...verdict, kind: "unknown" };
  return verdict.kind === "cancelled" ? { kind: "cancelled", reason: "the call was cancelled" } : verdict;
}

function toUnfit(report: TurnAnswer, message: string): Extract<Outcome, { kind: "failed" }> {
  return { kind: "failed", report, error: reportError("INVALID_OUTPUT", message) };
}

const NO_TIME = "No time was left to have it corrected.";

function describeMisfit(reason: string): string {
  return `The final message does not fit expect: ${cutText(reason, 1_000)}.`;
}

function describeUnknown(reason: string): string {
  return `It is not known whether the final message fits expect: ${cutText(reason, 1_000)}.`;
}
