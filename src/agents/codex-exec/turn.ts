// One turn of `codex exec`: from the spawn to the outcome, with everything that can end it in between.
import type { Clock } from "../../domain/clock.ts";
import { BridgeError, toBridgeError } from "../../domain/errors.ts";
import type { Redact } from "../../domain/redact.ts";
import type { TokenUsage } from "../../domain/thread.ts";
import type { LeftRunning, TurnOutcome, TurnReport, TurnRequest } from "../../domain/turn.ts";
import { type ProgramEnd, startProgram } from "../../process/program.ts";
import type { RunLedger } from "../../process/run-ledger.ts";
import { withCertificateHint } from "../codex/certificates.ts";
import { type FrameInForce, findErrorInfo } from "../codex/rollout-records.ts";
import { findThreadId } from "../codex/thread-id.ts";
import { countRefused, toCommands } from "./count-commands.ts";
import { createStreamState, NOTHING_SEEN, readLine, readRest, type StreamState } from "./events.ts";
import { addPhases, chooseAnswer, type FinalAnswer, readMessages } from "./final-answer.ts";
import { waitForFrame } from "./frame-check.ts";
import { checkFramePlaces, findElsewhere } from "./frame-places.ts";
import { describeNarrowing, findFrameError, toShown } from "./frame-verdict.ts";
import type { Launch } from "./launch.ts";
import { describeLostImages } from "./lost-images.ts";
import type { AnswerCheck } from "./output-schema.ts";
import { type ProtectedNames, watchProtectedNames } from "./protected-names.ts";
import { openRolloutWindow, type RolloutWindow } from "./rollout-window.ts";
import { toSpawnError } from "./spawn-errors.ts";
import { createTurnClocks } from "./turn-clocks.ts";
import { findMisfit, findUnstarted, toEndError, toTimeout } from "./turn-errors.ts";
import { describeEnd } from "./turn-notes.ts";

/** A CLI that has finished its turn and does not exit within this time is ended. */
const EXIT_GRACE_MS = 5_000;

/** Most of what a turn has added to its rollout that is read for its messages. */
const MAX_ADDED_BYTES = 33_554_432;

/** What a turn needs besides its request. */
export interface TurnParts {
  readonly runId: string;
  /** Directories that it may write. */
  readonly areas: readonly string[];
  readonly launch: Launch;
  readonly codexHome: string;
  readonly ledger: RunLedger;
  readonly clock: Clock;
  readonly checkAnswer: AnswerCheck | undefined;
  /** Takes secrets out of what is told of the turn. */
  readonly redact: Redact;
}

// Why the bridge ended the turn itself.
type EndReason = { readonly kind: "cancelled" } | { readonly kind: "error"; readonly error: BridgeError };

/** Runs the turn of a run that is on record. Nothing that belongs to it is alive afterwards, except what a completed turn left running. */
export async function runExecTurn(request: TurnRequest, parts: TurnParts): Promise<TurnOutcome> {
  const turn = new ExecTurn(request, parts);
  return turn.run();
}

class ExecTurn {
  readonly #request: TurnRequest;
  readonly #parts: TurnParts;
  readonly #state: StreamState;
  readonly #startedAt: number;
  readonly #rollout: RolloutWindow;
  readonly #names: ProtectedNames;
  #endReason: EndReason | undefined;
  #killing: Promise<unknown> = Promise.resolve();
  #frameCheck: Promise<void> = Promise.resolve();
  #isOver = false;
  #wasEnded = false;
  #answer: FinalAnswer | undefined;
  #inForce: FrameInForce | undefined;

  constructor(request: TurnRequest, parts: TurnParts) {
    this.#request = request;
    this.#parts = parts;
    this.#state = createStreamState(parts.redact);
    this.#startedAt = parts.clock();
    this.#rollout = openRolloutWindow(parts.codexHome, request.threadId);
    this.#names = watchProtectedNames(parts.areas);
  }

  async run(): Promise<TurnOutcome> {
    const { runId, launch, ledger } = this.#parts;
    const { signal } = this.#request;
    if (signal.aborted) {
      await ledger.kill(runId);
      return { kind: "interrupted", report: this.#report([]) };
    }
    const clocks = createTurnClocks({
      deadlineMs: this.#request.deadlineMs,
      silenceMs: this.#request.silenceMs,
      onDeadline: () => this.#endWith(toTimeout("TURN_TIMED_OUT", this.#request.deadlineMs, this.#state)),
      onSilence: () => this.#endWith(toTimeout("TURN_STALLED", this.#request.silenceMs, this.#state)),
      quietMs: this.#request.quietMs,
      onQuiet: (forMs) => this.#tellQuiet(forMs),
    });
    const onAbort = (): void => this.#end({ kind: "cancelled" });
    try {
      // The last look before Codex is started; what can still happen between the two is seen by the program's own directory.
      checkFramePlaces(this.#request.frame);
      const program = await startProgram({
        file: launch.file,
        args: launch.args,
        env: launch.env,
        cwd: this.#request.frame.cwd,
        input: this.#request.prompt,
        signal,
        onLine: (line) => {
          this.#readLine(line);
          clocks.sawEvent(this.#state.openItems.size > 0);
          if (this.#state.isCompleted) clocks.expectExit(EXIT_GRACE_MS, () => this.#endExit());
        },
        onRest: (rest) => this.#readLine(rest, readRest),
        onLongLine: () => this.#state.warnings.push("Codex printed a line that was too long to read; it was skipped."),
      });
      if (program.pid !== undefined) {
        ledger.attach(runId, program.pid);
        const elsewhere = findElsewhere(program.pid, this.#request.frame.cwd);
        if (elsewhere !== undefined) this.#endWith(elsewhere);
      }
      if (signal.aborted) onAbort();
      else signal.addEventListener("abort", onAbort, { once: true });
      const end = await program.ended;
      // What is found out of a turn that is over is no part of its time.
      clocks.stop();
      return await this.#finish(end);
    } finally {
      clocks.stop();
      signal.removeEventListener("abort", onAbort);
    }
  }

  // Called by events, where whatever is thrown (too many open files, say) would end the server.
  #readLine(line: string, read = readLine): void {
    try {
      this.#takeLine(line, read);
    } catch (error) {
      this.#endWith(toBridgeError(error));
    }
  }

  #takeLine(line: string, read: typeof readLine): void {
    if (this.#endReason !== undefined) return;
    this.#parts.ledger.sample(this.#parts.runId);
    for (const event of read(this.#state, line)) {
      if (event.kind === "thread") this.#openThread(event.threadId);
      if (this.#endReason !== undefined) return;
      this.#request.onEvent(event);
    }
  }

  #openThread(threadId: string): void {
    const asked = this.#request.threadId;
    if (asked !== undefined && asked.toLowerCase() !== threadId.toLowerCase()) {
      const message = `Codex does not know the thread ${asked}; it began a new one, which was stopped.`;
      this.#endWith(new BridgeError("THREAD_NOT_FOUND", message, { details: { strayThreadId: threadId } }));
      return;
    }
    this.#parts.ledger.setLaterMark(this.#parts.runId, `CODEX_THREAD_ID=${threadId}`);
    this.#frameCheck = this.#checkFrame(threadId).catch((error: unknown) => this.#endWith(toBridgeError(error)));
  }

  async #checkFrame(threadId: string): Promise<void> {
    const { codexHome, clock } = this.#parts;
    const { frame } = this.#request;
    const isOver = (): boolean => this.#isOver;
    const inForce = await waitForFrame({
      codexHome,
      threadId,
      offset: this.#rollout.offset,
      since: this.#startedAt,
      clock,
      isOver,
    });
    this.#inForce = inForce;
    if (this.#endReason !== undefined) return;
    if (inForce?.sandbox === undefined) return this.#missFrame(threadId);
    const error = findFrameError(inForce, frame, codexHome, threadId);
    if (error !== undefined) return this.#endWith(error);
    const narrowing = describeNarrowing(inForce, frame);
    if (narrowing !== undefined) this.#state.warnings.push(narrowing);
    if (inForce.rules !== undefined) this.#request.onEvent({ kind: "rules", rules: inForce.rules });
  }

  // A profile is in force only where Codex says so; a mode was given to it with `-s`.
  #missFrame(threadId: string): void {
    if (this.#state.hasFailed) return;
    const message = "The sandbox in force could not be read back from Codex's rollout.";
    if (this.#request.frame.permissions === undefined) this.#state.warnings.push(message);
    else this.#endWith(new BridgeError("SANDBOX_NOT_HELD", `${message} The turn was ended.`, { threadId }));
  }

  #endWith(error: BridgeError): void {
    this.#end({ kind: "error", error });
  }

  #end(reason: EndReason): void {
    if (this.#endReason !== undefined) return;
    this.#endReason = reason;
    this.#kill();
  }

  #endExit(): void {
    this.#wasEnded = true;
    this.#kill();
  }

  #kill(): void {
    this.#killing = this.#parts.ledger.kill(this.#parts.runId);
  }

  async #finish(end: ProgramEnd): Promise<TurnOutcome> {
    const { runId, ledger } = this.#parts;
    this.#isOver = true;
    await Promise.all([this.#killing, this.#frameCheck]);
    await this.#killing;
    this.#findThread();
    this.#settleAnswer(end);
    const found = this.#isCancelled() ? undefined : await this.#findError(end);
    // Looked at again: looking for an error can take seconds.
    const isCancelled = this.#isCancelled();
    const error = isCancelled ? undefined : found;
    const isGood = !isCancelled && error === undefined;
    const leftRunning = isGood ? ledger.leave(runId) : [];
    if (!isGood) await ledger.kill(runId);
    const stayed = isGood ? [] : this.#names.clear((area) => ledger.isShared(runId, area));
    const report = this.#report(leftRunning);
    if (isCancelled) return { kind: "interrupted", report };
    if (error !== undefined) {
      const hinted =
        error.code === "NETWORK" ? withCertificateHint(error, this.#parts.launch.findCertificateProblem()) : error;
      return { kind: "failed", report, error: nameStayed(hinted, stayed).withThread(report.threadId) };
    }
    return { kind: "completed", report };
  }

  #isCancelled(): boolean {
    return this.#endReason?.kind === "cancelled";
  }

  async #findError(end: ProgramEnd): Promise<BridgeError | undefined> {
    if (this.#endReason?.kind === "error") return this.#endReason.error;
    if (end.spawnError !== undefined)
      return toSpawnError(end.spawnError, this.#parts.launch.file, this.#request.frame.cwd);
    if (!this.#state.isCompleted || this.#state.hasFailed) {
      const readErrorInfo = () => findErrorInfo(this.#rollout.readAdded(this.#state.threadId));
      return toEndError({
        end,
        state: this.#state,
        request: this.#request,
        readErrorInfo,
      });
    }
    const { launch, checkAnswer } = this.#parts;
    return (
      (await findUnstarted(this.#state, this.#request.frame, launch)) ??
      findMisfit(this.#state, this.#answer, checkAnswer, this.#request.signal)
    );
  }

  // The output may have named no thread (an old CLI, a lost line): then the rollout that the run made tells.
  #findThread(): void {
    const { codexHome, launch } = this.#parts;
    const asked = this.#request.threadId;
    if (this.#state.threadId !== undefined) return;
    if (asked !== undefined) {
      if (this.#rollout.hasGrown()) this.#state.threadId = asked;
      return;
    }
    // A CLI that said nothing has opened no thread: what is there is somebody else's.
    if (this.#state.lastSeen === NOTHING_SEEN && !this.#state.isCompleted) return;
    this.#state.threadId = findThreadId(undefined, codexHome, {
      cwd: this.#request.frame.cwd,
      startedAt: this.#startedAt,
      threadSource: launch.threadSource,
    });
  }

  // Its process is alive: had it ended, the turn would have.
  #tellQuiet(forMs: number): void {
    const seconds = Math.round(forMs / 1_000);
    const text = `Nothing new from Codex for ${seconds} s, its process is alive; last: ${this.#state.lastSeen}`;
    this.#request.onEvent({ kind: "activity", text });
  }

  // Codex's last word is not always its answer.
  #settleAnswer(end: ProgramEnd): void {
    const state = this.#state;
    if (!state.isCompleted) return;
    // The record of a message holds its text, with every other character escaped at worst.
    const added = this.#rollout.readAdded(
      state.threadId,
      Math.min(MAX_ADDED_BYTES, 1_048_576 + 4 * state.content.length),
    );
    const refused = countRefused(state, added, this.#request.frame);
    if (refused !== undefined) this.#request.onEvent({ kind: "activity", text: refused });
    const stored = readMessages(added);
    if (stored.hasLateWork) state.isMessageLast = false;
    const messages = addPhases(state.messages, stored.messages);
    this.#answer = chooseAnswer(messages, this.#parts.checkAnswer !== undefined, state.redact);
    state.content = this.#answer.content;
    state.warnings.push(...this.#answer.warnings, ...describeEnd(state, end, this.#wasEnded));
    const { images } = this.#request;
    const lost = images.length === 0 ? undefined : describeLostImages(this.#rollout.readPrompt(state.threadId), images);
    if (lost !== undefined) state.warnings.push(lost);
  }

  #findUsage(): TokenUsage | undefined {
    const { threadId, usage } = this.#state;
    return this.#parts.launch.tellsRunningUsage ? this.#rollout.toTurnUsage(threadId, usage) : usage;
  }

  #report(leftRunning: readonly LeftRunning[]): TurnReport {
    const state = this.#state;
    return {
      threadId: state.threadId ?? this.#request.threadId,
      content: state.content,
      sandbox: toShown(this.#inForce?.sandbox, this.#parts.codexHome),
      model: this.#inForce?.model,
      reasoningEffort: this.#inForce?.reasoningEffort,
      usage: state.isCompleted ? this.#findUsage() : undefined,
      changes: [...state.changes.values()],
      commands: toCommands(state),
      hasWorked: state.hasItems,
      warnings: [...this.#parts.launch.warnings, ...state.warnings],
      leftRunning,
      durationMs: this.#parts.clock() - this.#startedAt,
    };
  }
}

function nameStayed(error: BridgeError, stayed: readonly string[]): BridgeError {
  return stayed.length === 0 ? error : error.with({ details: { leftByCodex: stayed } });
}
