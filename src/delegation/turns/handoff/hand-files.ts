// `handoff`: a turn gets a document, and leaves a file that whoever goes on can read.
import type { ContextRules } from "../../../context/context.ts";
import { BridgeError } from "../../../domain/errors.ts";
import type { ThreadFrame } from "../../../domain/thread.ts";
import type { TurnOutcome } from "../../../domain/turn.ts";
import type { HandedFiles, TurnAnswer, TurnOptions } from "../../requests.ts";
import { findRoots } from "../../threads/isolation.ts";
import { toTitle } from "../../threads/thread-titles.ts";
import type { DelegationParts } from "../delegation-parts.ts";
import { timeQuestions } from "../questions/time-questions.ts";
import type { TurnRunner } from "../run-turn.ts";
import { addWarnings } from "../turn-steps.ts";
import { type AskedForFile, askForFile } from "./ask-for-file.ts";
import { type HandoffDocument, readDocument, resolveWrite } from "./handoff-paths.ts";
import { composeHandoff } from "./handoff-words.ts";
import { type PlacedFiles, placeFiles } from "./place-files.ts";
import { watchFile } from "./written-file.ts";

/** What a hand-off is made with. */
export interface HandingOptions {
  /** The window in force. Never throws. */
  readonly readWindow: () => ContextRules;
}

type Asked = Pick<TurnOptions, "handoff" | "readsOnly" | "readsOrigin">;

/**
 * The parts with a runner that hands files on; the parts themselves where the call names none. `plain` runs a turn of which nothing is expected: with it,
 * a file that the turn did not write is asked for once.
 */
export function handFiles(
  parts: DelegationParts,
  { handoff }: Pick<TurnOptions, "handoff">,
  plain: TurnRunner,
): DelegationParts {
  if (handoff === undefined) return parts;
  const { redact, handing, proposals, clock, turnTimeoutMs } = parts.options;
  const run: TurnRunner["run"] = async (asked, thread, call, answer) => {
    const { cwd } = thread.frame;
    const files = placeFiles(asked.handoff ?? handoff, cwd, { ...asked, worktrees: proposals?.worktrees });
    const { write, strategy = "full" } = files;
    checkWriting({ ...asked, handoff: { write } }, thread.narrow ?? thread.frame);
    const document = readPlaced(parts, files);
    const file = write === undefined ? undefined : watchFile(write, cwd, redact);
    const shaping = { strategy, rules: handing.readWindow() };
    const { prompt, report } = composeHandoff(asked.prompt, { document, write: file?.name }, shaping);
    // A thread is named after the task, not after what goes along with it.
    const named = { title: toTitle(asked.prompt, redact), ...thread };
    let until = clock() + (asked.timeoutMs ?? turnTimeoutMs);
    // As in a turn, the time that a person takes to answer the agent does not count.
    const timed = timeQuestions(call, clock, (ms) => {
      until += ms;
    });
    const outcome = await parts.runner.run({ ...asked, prompt }, named, timed, answer);
    const handed = { report, read: document && { path: document.path, bytes: document.bytes } };
    if (file === undefined || outcome.kind !== "completed") return addFiles(outcome, handed);
    const first = file.judge();
    if ("written" in first) return addFiles(outcome, { ...handed, write: first.written });
    const turn = { answer: outcome.report, asked, thread: named, file, leftMs: until - clock() };
    const again = first.isMissing === true ? await askForFile(parts, plain.run, turn, timed) : NOT_ASKED;
    const { answer: both = outcome.report, told, isCancelled = false } = again;
    if (isCancelled) {
      return addFiles({ kind: "interrupted", report: { ...both, answered: both.content } }, handed);
    }
    const last = file.judge();
    const isThere = "written" in last;
    const words = isThere ? [first.problem, told] : [last.problem, told, ASK_AGAIN];
    const left = isThere ? { ...handed, write: last.written } : handed;
    return addWarnings(addFiles({ ...outcome, report: both }, left), {
      after: [`handoff.write: ${words.filter((word) => word !== "").join(" ")}`],
    });
  };
  return { ...parts, runner: { run } };
}

function addFiles(outcome: TurnOutcome<TurnAnswer>, handoff: HandedFiles): TurnOutcome<TurnAnswer> {
  return { ...outcome, report: { ...outcome.report, handoff } };
}

// What is in the file's place is not for the agent to mend.
const NOT_ASKED: AskedForFile = { told: "" };

const ASK_AGAIN =
  "What the agent found is in its final message; to have the file, ask for it on this thread with the same handoff.";

/** Checks what can be known before a turn. Throws INVALID_ARGUMENT or SANDBOX_DENIED. */
export function checkHandoff(
  parts: Pick<DelegationParts, "options">,
  asked: Asked,
  frame: Pick<ThreadFrame, "cwd" | "sandbox">,
): void {
  if (asked.handoff === undefined) return;
  checkWriting(asked, frame);
  const files = placeFiles(asked.handoff, frame.cwd, { ...asked, worktrees: parts.options.proposals?.worktrees });
  readPlaced(parts, files);
  if (files.write !== undefined) resolveWrite(files.write, frame.cwd);
}

function readPlaced(
  { options: { areas, limits, proposals } }: Pick<DelegationParts, "options">,
  { read, from }: PlacedFiles,
): HandoffDocument | undefined {
  if (read === undefined) return undefined;
  return readDocument(read, from, { home: areas.home, roots: findRoots(limits.roots, from, proposals?.worktrees) });
}

function checkWriting({ handoff, readsOnly }: Asked, { sandbox }: Pick<ThreadFrame, "sandbox">): void {
  if (handoff?.write === undefined || (sandbox.mode !== "read-only" && readsOnly !== true)) return;
  throw new BridgeError("SANDBOX_DENIED", "handoff.write is for a turn that may write, and this one is read-only.", {
    nextStep: "Use sandbox workspace-write, or outputFile, which the bridge writes, in place of handoff.write.",
    details: { argument: "handoff" },
  });
}
