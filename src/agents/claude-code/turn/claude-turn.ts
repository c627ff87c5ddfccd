// One turn of Claude Code, from its prompt to its outcome.
import { BridgeError, toBridgeError, toFailure } from "../../../domain/errors.ts";
import type { Redact } from "../../../domain/redact.ts";
import type { LeftRunning, TurnOutcome, TurnReport, TurnRequest } from "../../../domain/turn.ts";
import type { ProgramEnd } from "../../../process/program.ts";
import { createTurnClocks, type TurnClocks } from "../../turn/clocks.ts";
import { findElsewhere } from "../../turn/frame-directories.ts";
import { TurnStop } from "../../turn/stop.ts";
import { findResultFailure, toExitFailure } from "../failures/turn-failure.ts";
import type { ClaudeLaunch } from "../launch/claude-launch.ts";
import type { ClaudeProcess } from "../process/claude-process.ts";
import { CLOSING } from "./closing.ts";
import { findOutOfFrame } from "./frame-held.ts";
import type { ToldLimits } from "./read-limits.ts";
import { type LineNews, readLine } from "./read-line.ts";
import { createTurnState, type TurnState } from "./turn-state.ts";
import { toTurnUsage } from "./turn-usage.ts";

/** What a turn needs besides its request. */
export interface ClaudeTurnParts {
  readonly process: ClaudeProcess;
  readonly launch: ClaudeLaunch;
  /** The thread that it must run on. */
  readonly threadId: string;
  readonly signal: AbortSignal;
  readonly clock: () => number;
  readonly startedAt: number;
  readonly redact: Redact;
  /** Keeps the usage limits that the turn was told; must not throw. */
  readonly keepLimits?: ((limits: ToldLimits) => void) | undefined;
}

/** How the turn ended. */
export interface EndedTurn {
  readonly outcome: TurnOutcome;
  /** Whether the process can run a further turn. */
  readonly isReusable: boolean;
  /** Whether the process ended before it had said anything of this turn. */
  readonly wasUnheard: boolean;
}

/** Gives the process its prompt (`line`), and waits for the end of the turn. Never rejects. */
export function runClaudeTurn(request: TurnRequest, line: string, parts: ClaudeTurnParts): Promise<EndedTurn> {
  return new ClaudeTurn(request, parts).run(line);
}

class ClaudeTurn {
  readonly #request: TurnRequest;
  readonly #parts: ClaudeTurnParts;
  readonly #state: TurnState;
  readonly #stop: TurnStop;
  #sayOver: () => void = () => {};
  /** Settles with the line that ends the turn. */
  readonly #over = new Promise<void>((resolve) => {
    this.#sayOver = resolve;
  });
  #hasHeard = false;
  #isOutOfFrame = false;

  constructor(request: TurnRequest, parts: ClaudeTurnParts) {
    this.#request = request;
    this.#parts = parts;
    this.#state = createTurnState(parts.redact);
    // One that has more than it was given must not go on for another moment, and a bridge that ends has no moment to give.
    this.#stop = new TurnStop(() =>
      this.#isOutOfFrame || parts.signal.reason === CLOSING ? parts.process.kill() : parts.process.stop(this.#over),
    );
  }

  async run(line: string): Promise<EndedTurn> {
    const { process, signal } = this.#parts;
    const clocks = this.#startClocks();
    const onAbort = (): void => this.#stop.cancel();
    process.listen({
      onLine: (text) => this.#take(text, clocks),
      onLongLine: () =>
        this.#state.warnings.push("Claude Code printed a line that was too long to read; it was skipped."),
    });
    this.#checkDirectory();
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    if (!this.#stop.isStopped) process.send(line);
    const end = await Promise.race([
      this.#over.then(() => undefined),
      process.ended,
      this.#stop.stopped.then(() => undefined),
    ]);
    clocks.stop();
    signal.removeEventListener("abort", onAbort);
    await this.#stop.settle();
    process.listen(undefined);
    return this.#finish(end);
  }

  #startClocks(): TurnClocks {
    const { deadlineMs, silenceMs, quietMs, onEvent } = this.#request;
    return createTurnClocks({
      deadlineMs,
      silenceMs,
      quietMs,
      onDeadline: () =>
        this.#stop.endLate(
          new BridgeError("TURN_TIMED_OUT", `Claude Code did not finish within ${deadlineMs / 1_000} s.`),
        ),
      // A stream that hangs is never told by Claude Code itself.
      onSilence: () =>
        this.#stop.endLate(new BridgeError("TURN_STALLED", `Claude Code said nothing for ${silenceMs / 1_000} s.`)),
      onQuiet: (forMs) => onEvent({ kind: "quiet", forMs }),
    });
  }

  #checkDirectory(): void {
    const { pid } = this.#parts.process;
    const elsewhere = pid === undefined ? undefined : findElsewhere(pid, this.#request.frame.cwd);
    if (elsewhere !== undefined) this.#stop.endWith(elsewhere);
  }

  // Never throws: it is called by an event listener.
  #take(text: string, clocks: TurnClocks): void {
    try {
      this.#hasHeard = true;
      if (this.#state.result !== undefined) return;
      const news = readLine(this.#state, text);
      clocks.sawEvent(this.#state.open.size > 0);
      if (this.#state.result !== undefined) this.#sayOver();
      if (!this.#stop.isStopped) this.#tell(news);
    } catch (error) {
      this.#stop.endWith(toBridgeError(error));
    }
  }

  #tell({ events, greeting }: LineNews): void {
    const { launch, threadId } = this.#parts;
    const error = findOutOfFrame({ launch, threadId, greeting, state: this.#state });
    if (error !== undefined) {
      this.#isOutOfFrame = true;
      this.#stop.endWith(error);
      return;
    }
    for (const event of events) this.#request.onEvent(event);
  }

  async #finish(end: ProgramEnd | undefined): Promise<EndedTurn> {
    const { process, keepLimits } = this.#parts;
    if (this.#state.limits !== undefined) keepLimits?.(this.#state.limits);
    const error = this.#stop.isStopped ? this.#stop.error : this.#findError(end);
    const isGood = !this.#stop.isStopped && error === undefined;
    if (!isGood && !this.#stop.isStopped) await process.kill();
    const report = this.#report(isGood && this.#parts.launch.flags.tools.includes("Bash") ? process.listLeft() : []);
    return {
      outcome: this.#toOutcome(report, error),
      isReusable: isGood,
      wasUnheard: end !== undefined && !this.#hasHeard && !this.#stop.isStopped,
    };
  }

  #findError(end: ProgramEnd | undefined): BridgeError | undefined {
    const { redact, launch } = this.#parts;
    const { result } = this.#state;
    if (result === undefined) return end && toExitFailure(end, this.#state, launch.file, redact);
    const failure = findResultFailure(this.#state, redact);
    if (failure !== undefined) return failure;
    // A model that does not use the schema's tool still counts as a success there.
    if (this.#request.outputSchema === undefined || result["structured_output"] !== undefined) return undefined;
    return new BridgeError("INVALID_OUTPUT", "Claude's final message does not have the form of the JSON Schema.");
  }

  #toOutcome(report: TurnReport, error: BridgeError | undefined): TurnOutcome {
    if (this.#stop.isCancelled) return { kind: "interrupted", report };
    if (error !== undefined) return { kind: "failed", report, ...toFailure(error), isTimeUp: this.#stop.isTimeUp };
    if (report.usage !== undefined) this.#request.onEvent({ kind: "usage", usage: report.usage });
    return { kind: "completed", report };
  }

  #report(leftRunning: readonly LeftRunning[]): TurnReport {
    const { redact, clock, startedAt, launch } = this.#parts;
    const { threadId, model, refused, commands, failedCommands, changes, hasWorked, warnings, result } = this.#state;
    return {
      threadId: threadId ?? this.#request.threadId,
      content: redact(this.#readContent()),
      ...(threadId === undefined ? {} : { sandbox: launch.flags.inForce }),
      model,
      usage: toTurnUsage(result),
      changes: [...changes.values()],
      commands: { count: commands, failed: failedCommands, refused: refused.count },
      refusedCommands: [...refused.named],
      hasWorked,
      warnings: [...launch.warnings, ...warnings.map(redact)],
      leftRunning,
      durationMs: clock() - startedAt,
    };
  }

  #readContent(): string {
    const { result, content } = this.#state;
    if (result?.["is_error"] !== false) return content;
    const structured = result["structured_output"];
    if (this.#request.outputSchema !== undefined && structured !== undefined) return JSON.stringify(structured);
    const said = result["result"];
    return typeof said === "string" && said !== "" ? said : content;
  }
}
