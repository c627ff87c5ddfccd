// `handoff`: a turn gets a document, and leaves a file that whoever goes on can read.
import type { ContextRules } from "../../../context/context.ts";
import { BridgeError } from "../../../domain/errors.ts";
import type { ThreadFrame } from "../../../domain/thread.ts";
import type { TurnOutcome } from "../../../domain/turn.ts";
import type { HandedFiles, TurnAnswer, TurnOptions } from "../../requests.ts";
import { findRoots } from "../../threads/isolation.ts";
import { toTitle } from "../../threads/thread-titles.ts";
import type { DelegationParts } from "../delegation-parts.ts";
import type { TurnRunner } from "../run-turn.ts";
import { addWarnings } from "../turn-steps.ts";
import { type HandoffDocument, readDocument, resolveWrite } from "./handoff-paths.ts";
import { composeHandoff } from "./handoff-words.ts";
import { type PlacedFiles, placeFiles } from "./place-files.ts";
import { judgeWritten, lookBefore, toOwnName } from "./written-file.ts";

/** What a hand-off is made with. */
export interface HandingOptions {
  /** The window in force. Never throws. */
  readonly readWindow: () => ContextRules;
}

type Asked = Pick<TurnOptions, "handoff" | "readsOnly" | "readsOrigin">;

/** The parts with a runner that hands files on; the parts themselves where the call names none. */
export function handFiles(parts: DelegationParts, { handoff }: Pick<TurnOptions, "handoff">): DelegationParts {
  if (handoff === undefined) return parts;
  const { redact, handing, proposals } = parts.options;
  const run: TurnRunner["run"] = async (asked, thread, call, answer) => {
    const { cwd } = thread.frame;
    const files = placeFiles(asked.handoff ?? handoff, cwd, { ...asked, worktrees: proposals?.worktrees });
    const { write, strategy = "full" } = files;
    checkWriting({ ...asked, handoff: { write } }, thread.narrow ?? thread.frame);
    const document = readPlaced(parts, files);
    const before = write === undefined ? undefined : lookBefore(resolveWrite(write, cwd));
    const { prompt, report } = composeHandoff(
      asked.prompt,
      { document, write: write === undefined ? undefined : toOwnName(write, cwd) },
      { strategy, rules: handing.readWindow() },
    );
    // A thread is named after the task, not after what goes along with it.
    const named = { title: toTitle(asked.prompt, redact), ...thread };
    const outcome = await parts.runner.run({ ...asked, prompt }, named, call, answer);
    const handed = { report, read: document && { path: document.path, bytes: document.bytes } };
    if (write === undefined || before === undefined || outcome.kind !== "completed") return addFiles(outcome, handed);
    const judged = judgeWritten({ asked: write, cwd, before, redact });
    if ("written" in judged) return addFiles(outcome, { ...handed, write: judged.written });
    return addWarnings(addFiles(outcome, handed), { after: [`handoff.write: ${judged.problem} ${ASK_AGAIN}`] });
  };
  return { ...parts, runner: { run } };
}

function addFiles(outcome: TurnOutcome<TurnAnswer>, handoff: HandedFiles): TurnOutcome<TurnAnswer> {
  return { ...outcome, report: { ...outcome.report, handoff } };
}

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
