// A file that a turn was to write and did not: it is asked for once, by its name, on the same thread within the same call.
import { cutText } from "../../../domain/cut-text.ts";
import { toBridgeError } from "../../../domain/errors.ts";
import type { TurnOutcome } from "../../../domain/turn.ts";
import type { CallContext, TurnAnswer, TurnOptions } from "../../requests.ts";
import type { TurnThread } from "../../threads/record-keeper.ts";
import { toTitle } from "../../threads/thread-titles.ts";
import type { DelegationParts } from "../delegation-parts.ts";
import { hearMore } from "../hear-more.ts";
import type { TurnRunner } from "../run-turn.ts";
import { goOnInThread, LEAST_CORRECTION_MS } from "../same-thread.ts";
import { joinAsked } from "./join-asked.ts";
import type { WatchedFile } from "./written-file.ts";

/** The turn that left no file. */
export interface FilelessTurn {
  readonly answer: TurnAnswer;
  readonly asked: TurnOptions;
  readonly thread: TurnThread;
  readonly file: WatchedFile;
  /** Ms that are left of the call's time. */
  readonly leftMs: number;
}

/** What became of the asking. */
export interface AskedForFile {
  /** What both turns did, with the message of the first, and what else the agent said (`joinAsked`); undefined where there was no second one. */
  readonly answer?: TurnAnswer;
  /** In a sentence: that it was asked for, or why not. */
  readonly told: string;
  readonly isCancelled?: boolean;
}

/** Asks for it with `run`, which expects nothing of the final message. Never throws: the turn before has its answer. */
export async function askForFile(
  parts: Pick<DelegationParts, "permits" | "options">,
  run: TurnRunner["run"],
  turn: FilelessTurn,
  call: CallContext,
): Promise<AskedForFile> {
  const { answer, asked, leftMs, file } = turn;
  const { name } = file;
  const why = findHindrance(turn, call);
  if (why !== undefined) return { told: `It was not asked for again: ${why}.` };
  call.report(`The file ${JSON.stringify(name)} was not written; it is asked for`);
  const { redact } = parts.options;
  const request = {
    ...asked,
    ...{ prompt: composeAsking(name), timeoutMs: leftMs, mayRelay: false },
    ...{ images: undefined, handoff: undefined, expect: undefined, outputSchema: undefined },
  };
  const more = hearMore(call);
  try {
    const outcome = await goOnInThread(parts, turn.thread, answer, (thread) =>
      run(request, { title: toTitle(asked.prompt, redact), ...thread }, more.call),
    );
    const mustFit = asked.expect !== undefined || asked.outputSchema !== undefined;
    const isThere = "written" in file.judge();
    const joined = joinAsked(answer, outcome.report, { name, isThere, wasToldMore: more.wasTold(), mustFit });
    if (outcome.kind === "interrupted") return { answer: joined, told: "", isCancelled: true };
    return { answer: joined, told: describeEnd(outcome) };
  } catch (thrown) {
    if (call.signal.aborted) return { told: "", isCancelled: true };
    return { told: `It could not be asked for again: ${cutText(toBridgeError(thrown).message, 500)}` };
  }
}

// A turn that could not write, or whose work goes on anyway, is not asked.
function findHindrance({ answer, leftMs }: FilelessTurn, { signal }: CallContext): string | undefined {
  if (signal.aborted) return "the call was cancelled";
  if (answer.sandbox.mode === "read-only") return "the turn could not write";
  if (answer.check !== undefined && answer.check.exitCode !== 0) return "the check did not pass";
  return leftMs < LEAST_CORRECTION_MS ? "no time was left" : undefined;
}

function composeAsking(name: string): string {
  return [
    `Your turn was to write the file ${JSON.stringify(name)}, relative to your working directory, and has not written it.`,
    "Write it now, with the result of that turn, and change nothing else. If there is nothing true to write, say in one sentence why.",
  ].join(" ");
}

function describeEnd(outcome: Exclude<TurnOutcome<TurnAnswer>, { kind: "interrupted" }>): string {
  if (outcome.kind === "completed") return "It was asked for once more.";
  const { code, message } = outcome.error;
  return `It was asked for once more, which failed: [${code}] ${cutText(message, 500)}`;
}
