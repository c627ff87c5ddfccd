// One turn of Codex from its first event to its outcome, whichever way Codex runs it: what is known of it, what can end it early, the check
// of the frame in force, and the evaluation at its end.
import { type BridgeError, toBridgeError, toFailure } from "../../../domain/errors.ts";
import type { LeftRunning, TurnOutcome, TurnReport } from "../../../domain/turn.ts";
import type { TurnEvent } from "../../../domain/turn-events.ts";
import { listEmpty } from "../../../process/empty-names.ts";
import type { ProgramEnd } from "../../../process/program.ts";
import { createTurnClocks, type TurnClocks } from "../../turn/clocks.ts";
import { TurnStop } from "../../turn/stop.ts";
import { toThreadMark } from "../launch/launch-options.ts";
import type { FrameInForce } from "../rollouts/rollout-records.ts";
import type { CodexTurnRequest } from "./codex-turn-request.ts";
import {
  addHints,
  findEndError,
  type KnownTurn,
  MAX_ADDED_BYTES,
  mayHaveCalled,
  settleAnswer,
  settleThread,
  toReport,
} from "./ended-turn.ts";
import { waitForFrame } from "./frame-check.ts";
import { judgeFrame } from "./frame-verdict.ts";
import { openRolloutWindow } from "./rollout-window.ts";
import { createStreamState, type StreamState } from "./stream-state.ts";
import { findStray, toTimeout } from "./turn-errors.ts";
import type { TurnParts } from "./turn-parts.ts";

/** A running turn. Its backend tells it what Codex says, and that Codex is done. */
export class CodexTurn {
  readonly state: StreamState;
  readonly stop: TurnStop;
  readonly #request: CodexTurnRequest;
  readonly #parts: TurnParts;
  readonly #known: KnownTurn;
  /** Settles with the checks so far. */
  #frameChecks: Promise<unknown> = Promise.resolve();
  #isFrameChecked = false;
  /** From when on Codex writes the frame of what runs now, epoch ms. */
  #frameSince: number;
  readonly #over = new AbortController();
  #inForce: FrameInForce | undefined;

  /** `end` ends the turn and all its processes early, and settles once none is alive. */
  constructor(request: CodexTurnRequest, parts: TurnParts, end: () => Promise<unknown>) {
    this.#request = request;
    this.#parts = parts;
    this.state = createStreamState(parts.redact);
    const startedAt = parts.clock();
    const rollout = openRolloutWindow(parts.codexHome, request.threadId);
    this.#frameSince = startedAt;
    this.#known = { request, parts, state: this.state, rollout, startedAt };
    this.stop = new TurnStop(end);
  }

  /** Starts the clocks of the turn. */
  startClocks(): TurnClocks {
    const { deadlineMs, silenceMs, quietMs } = this.#request;
    return createTurnClocks({
      deadlineMs,
      silenceMs,
      onDeadline: () => this.stop.endLate(toTimeout("TURN_TIMED_OUT", deadlineMs, this.state)),
      onSilence: () => this.stop.endLate(toTimeout("TURN_STALLED", silenceMs, this.state)),
      quietMs,
      onQuiet: (forMs) => this.#request.onEvent({ kind: "quiet", forMs }),
    });
  }

  /** Reads one thing that Codex said, and tells the event that follows from it. Never throws: its callers are event listeners. */
  read(reader: (state: StreamState) => TurnEvent | undefined): void {
    try {
      this.#take(reader);
    } catch (error) {
      // Too many open files, for example.
      this.stop.endWith(toBridgeError(error));
    }
  }

  #take(reader: (state: StreamState) => TurnEvent | undefined): void {
    if (this.stop.isStopped) return;
    this.#parts.ledger.sample(this.#parts.runId);
    const event = reader(this.state);
    if (event?.kind === "thread") this.#openThread(event.threadId);
    // The frame is written when the turn begins. The app server knows the thread long before.
    if (event?.kind === "begun") this.#startFrameCheck();
    if (event !== undefined && !this.stop.isStopped) this.#request.onEvent(event);
  }

  #openThread(threadId: string): void {
    const stray = findStray(this.#request.threadId, threadId);
    if (stray !== undefined) {
      this.stop.endWith(stray);
      return;
    }
    this.#parts.ledger.setLaterMark(this.#parts.runId, toThreadMark(threadId));
  }

  #startFrameCheck(): void {
    const { threadId } = this.state;
    if (threadId === undefined || this.#isFrameChecked) return;
    this.#isFrameChecked = true;
    const check = this.#checkFrame(threadId).catch((error: unknown) => this.stop.endWith(toBridgeError(error)));
    this.#frameChecks = Promise.all([this.#frameChecks, check]);
  }

  async #checkFrame(threadId: string): Promise<void> {
    const { codexHome, clock } = this.#parts;
    const { offset, find } = this.#known.rollout;
    const over = this.#over.signal;
    const query = { find: () => find(threadId), offset, since: this.#frameSince, clock, over };
    let inForce = await waitForFrame(query);
    // On a busy machine it may come later. A thread under a profile does not go on without it.
    if (inForce === undefined && !over.aborted && this.#request.frame.permissions === undefined) {
      await new Promise((resolve) => over.addEventListener("abort", resolve, { once: true }));
      inForce = await waitForFrame(query);
    }
    this.#inForce = inForce;
    if (this.stop.isStopped) return;
    const { hasFailed, warnings } = this.state;
    const verdict = judgeFrame(inForce, this.#request.frame, { codexHome, hasFailed });
    if (verdict.kind === "not held") return this.stop.endWith(verdict.error);
    if (verdict.warning !== undefined) warnings.push(verdict.warning);
    if (verdict.rules !== undefined) this.#request.onEvent({ kind: "rules", rules: verdict.rules });
  }

  /** Whether the model may have said or called anything so far. The rollout knows calls that no event told of. */
  mayHaveActed(): boolean {
    return this.state.hasItems || mayHaveCalled(this.#known.rollout.readAdded(this.state.threadId, MAX_ADDED_BYTES));
  }

  /** The turn goes on in a further one of Codex's. What was done so far stays, the failure does not, and the frame is checked once more. */
  goOn(): void {
    this.#frameSince = this.#parts.clock();
    this.#isFrameChecked = false;
    Object.assign(this.state, { failure: "", errorInfo: undefined, notice: "", hasFailed: false });
  }

  /** Evaluates the turn once Codex is done with it. Afterwards none of its processes is alive, except those that a completed turn left. */
  async finish(end: ProgramEnd): Promise<TurnOutcome> {
    const { runId, ledger } = this.#parts;
    this.#over.abort();
    this.#startFrameCheck();
    await Promise.all([this.stop.settle(), this.#frameChecks]);
    // The check may have ended the turn.
    await this.stop.settle();
    const error = await this.#findError(end);
    // Read only now, because looking for an error can take seconds.
    const { isCancelled } = this.stop;
    const isGood = !isCancelled && error === undefined;
    const leftRunning = isGood ? this.#leave() : [];
    if (!isGood) await ledger.kill(runId);
    const stayed = isGood ? [] : listEmpty(this.#parts.absentNames);
    const report = this.report(leftRunning);
    if (isCancelled) return { kind: "interrupted", report };
    if (error === undefined) return this.#complete(report);
    const hinted = addHints(error, this.#parts.launch, stayed);
    return { kind: "failed", report, ...toFailure(hinted), isTimeUp: this.stop.isTimeUp };
  }

  async #findError(end: ProgramEnd): Promise<BridgeError | undefined> {
    settleThread(this.#known);
    const answer = settleAnswer(this.#known, end, this.stop.hasEndedExit);
    return this.stop.isStopped ? this.stop.error : findEndError(this.#known, end, answer);
  }

  // To look at all processes takes as long as a quarter of a short turn.
  #leave(): readonly LeftRunning[] {
    const { runId, ledger, marksCallsOnly } = this.#parts;
    if (this.state.mayHaveCalled || !marksCallsOnly) return ledger.leave(runId);
    ledger.forget(runId);
    return [];
  }

  #complete(report: TurnReport): TurnOutcome {
    if (report.usage !== undefined) this.#request.onEvent({ kind: "usage", usage: report.usage });
    return { kind: "completed", report };
  }

  /** The report of the turn as far as it is known. */
  report(leftRunning: readonly LeftRunning[] = []): TurnReport {
    return toReport(this.#known, this.#inForce, leftRunning);
  }
}
