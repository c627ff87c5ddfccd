// One turn of `codex exec`: from the spawn to the outcome, with everything that can end it in between.
import { toBridgeError, toFailure } from "../../../domain/errors.ts";
import type { LeftRunning, TurnOutcome, TurnReport } from "../../../domain/turn.ts";
import { type ProgramEnd, type RunningProgram, startProgram } from "../../../process/program.ts";
import type { FrameInForce } from "../../codex/rollouts/rollout-records.ts";
import type { ExecRequest } from "../exec-request.ts";
import { checkFrameDirectories, findElsewhere } from "../launch/frame-directories.ts";
import { type ProtectedNames, watchProtectedNames } from "../launch/protected-names.ts";
import { readLine, readRest } from "../stream/events.ts";
import { openRolloutWindow } from "../stream/rollout-window.ts";
import { createStreamState, type StreamState } from "../stream/stream-state.ts";
import { addHints, findEndError, type KnownTurn, settleAnswer, settleThread, toReport } from "./ended-turn.ts";
import { waitForFrame } from "./frame-check.ts";
import { judgeFrame } from "./frame-verdict.ts";
import { createTurnClocks, type TurnClocks } from "./turn-clocks.ts";
import { findStray, toTimeout } from "./turn-errors.ts";
import type { TurnParts } from "./turn-parts.ts";
import { TurnStop } from "./turn-stop.ts";

/** A CLI that has finished its turn and does not exit within this time is ended. */
const EXIT_GRACE_MS = 5_000;

/** Runs the turn of a recorded run. Afterwards none of its processes is alive, except those that a completed turn left running. */
export async function runExecTurn(request: ExecRequest, parts: TurnParts): Promise<TurnOutcome> {
  const turn = new ExecTurn(request, parts);
  return turn.run();
}

class ExecTurn {
  readonly #request: ExecRequest;
  readonly #parts: TurnParts;
  readonly #state: StreamState;
  readonly #known: KnownTurn;
  readonly #names: ProtectedNames;
  readonly #stop: TurnStop;
  #frameCheck: Promise<void> = Promise.resolve();
  #isOver = false;
  #inForce: FrameInForce | undefined;

  constructor(request: ExecRequest, parts: TurnParts) {
    this.#request = request;
    this.#parts = parts;
    this.#state = createStreamState(parts.redact);
    const startedAt = parts.clock();
    const rollout = openRolloutWindow(parts.codexHome, request.threadId);
    this.#known = { request, parts, state: this.#state, rollout, startedAt };
    this.#names = watchProtectedNames(parts.areas);
    this.#stop = new TurnStop(() => parts.ledger.kill(parts.runId));
  }

  async run(): Promise<TurnOutcome> {
    const { signal } = this.#request;
    if (signal.aborted) {
      await this.#parts.ledger.kill(this.#parts.runId);
      return { kind: "interrupted", report: this.#report([]) };
    }
    const clocks = this.#startClocks();
    const onAbort = (): void => this.#stop.cancel();
    try {
      // The last check before Codex is started. What can still happen in between shows in the program's own directory.
      checkFrameDirectories(this.#request.frame);
      const program = await this.#startProgram(clocks);
      this.#attach(program);
      if (signal.aborted) onAbort();
      else signal.addEventListener("abort", onAbort, { once: true });
      const end = await program.ended;
      // Evaluating a turn that is over does not count toward its time.
      clocks.stop();
      return await this.#finish(end);
    } finally {
      clocks.stop();
      signal.removeEventListener("abort", onAbort);
    }
  }

  #startClocks(): TurnClocks {
    const { deadlineMs, silenceMs, quietMs } = this.#request;
    return createTurnClocks({
      deadlineMs,
      silenceMs,
      onDeadline: () => this.#stop.endLate(toTimeout("TURN_TIMED_OUT", deadlineMs, this.#state)),
      onSilence: () => this.#stop.endLate(toTimeout("TURN_STALLED", silenceMs, this.#state)),
      quietMs,
      onQuiet: (forMs) => this.#request.onEvent({ kind: "quiet", forMs }),
    });
  }

  #startProgram(clocks: TurnClocks): Promise<RunningProgram> {
    const { launch } = this.#parts;
    return startProgram({
      file: launch.file,
      args: launch.args,
      env: launch.env,
      cwd: this.#request.frame.cwd,
      input: this.#request.prompt,
      signal: this.#request.signal,
      onLine: (line) => {
        this.#readLine(line);
        clocks.sawEvent(this.#state.openItems.size > 0);
        if (this.#state.isCompleted) clocks.expectExit(EXIT_GRACE_MS, () => this.#stop.endExit());
      },
      onRest: (rest) => this.#readLine(rest, readRest),
      onLongLine: () => this.#state.warnings.push("Codex printed a line that was too long to read; it was skipped."),
    });
  }

  #attach({ pid }: RunningProgram): void {
    if (pid === undefined) return;
    this.#parts.ledger.attach(this.#parts.runId, pid);
    const elsewhere = findElsewhere(pid, this.#request.frame.cwd);
    if (elsewhere !== undefined) this.#stop.endWith(elsewhere);
  }

  // Called by events: an exception here (too many open files, for example) would end the server.
  #readLine(line: string, read = readLine): void {
    try {
      this.#takeLine(line, read);
    } catch (error) {
      this.#stop.endWith(toBridgeError(error));
    }
  }

  #takeLine(line: string, read: typeof readLine): void {
    if (this.#stop.isStopped) return;
    this.#parts.ledger.sample(this.#parts.runId);
    const event = read(this.#state, line);
    if (event?.kind === "thread") this.#openThread(event.threadId);
    if (event !== undefined && !this.#stop.isStopped) this.#request.onEvent(event);
  }

  #openThread(threadId: string): void {
    const stray = findStray(this.#request.threadId, threadId);
    if (stray !== undefined) {
      this.#stop.endWith(stray);
      return;
    }
    this.#parts.ledger.setLaterMark(this.#parts.runId, `CODEX_THREAD_ID=${threadId}`);
    this.#frameCheck = this.#checkFrame(threadId).catch((error: unknown) => this.#stop.endWith(toBridgeError(error)));
  }

  async #checkFrame(threadId: string): Promise<void> {
    const { codexHome, clock } = this.#parts;
    const { rollout, startedAt } = this.#known;
    const inForce = await waitForFrame({
      codexHome,
      threadId,
      offset: rollout.offset,
      since: startedAt,
      clock,
      isOver: () => this.#isOver,
    });
    this.#inForce = inForce;
    if (this.#stop.isStopped) return;
    const { hasFailed, warnings } = this.#state;
    const verdict = judgeFrame(inForce, this.#request.frame, { codexHome, hasFailed });
    if (verdict.kind === "not held") return this.#stop.endWith(verdict.error);
    if (verdict.warning !== undefined) warnings.push(verdict.warning);
    if (verdict.rules !== undefined) this.#request.onEvent({ kind: "rules", rules: verdict.rules });
  }

  async #finish(end: ProgramEnd): Promise<TurnOutcome> {
    const { runId, ledger, launch } = this.#parts;
    this.#isOver = true;
    await Promise.all([this.#stop.settle(), this.#frameCheck]);
    // The check may have ended the turn.
    await this.#stop.settle();
    settleThread(this.#known);
    const answer = settleAnswer(this.#known, end, this.#stop.hasEndedExit);
    const found = this.#stop.isStopped ? this.#stop.error : await findEndError(this.#known, end, answer);
    // Checked again, because looking for an error can take seconds.
    const { isCancelled } = this.#stop;
    const error = isCancelled ? undefined : found;
    const isGood = !isCancelled && error === undefined;
    const leftRunning = isGood ? ledger.leave(runId) : [];
    if (!isGood) await ledger.kill(runId);
    const stayed = isGood ? [] : this.#names.clear((area) => ledger.isShared(runId, area));
    const report = this.#report(leftRunning);
    if (isCancelled) return { kind: "interrupted", report };
    if (error === undefined) return this.#complete(report);
    return { kind: "failed", report, ...toFailure(addHints(error, launch, stayed)), isTimeUp: this.#stop.isTimeUp };
  }

  #complete(report: TurnReport): TurnOutcome {
    if (report.usage !== undefined) this.#request.onEvent({ kind: "usage", usage: report.usage });
    return { kind: "completed", report };
  }

  #report(leftRunning: readonly LeftRunning[]): TurnReport {
    return toReport(this.#known, this.#inForce, leftRunning);
  }
}
