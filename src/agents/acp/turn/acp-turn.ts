// One turn of an agent, from its prompt to its outcome.
import { BridgeError, toBridgeError, toFailure } from "../../../domain/errors.ts";
import { isRecord } from "../../../domain/guards.ts";
import type { JsonObject } from "../../../domain/json.ts";
import type { Redact } from "../../../domain/redact.ts";
import type { LeftRunning, TurnOutcome, TurnReport, TurnRequest } from "../../../domain/turn.ts";
import type { TurnEvent } from "../../../domain/turn-events.ts";
import { createTurnClocks, type TurnClocks } from "../../turn/clocks.ts";
import { findElsewhere } from "../../turn/frame-directories.ts";
import { toShownWord } from "../../turn/shown-word.ts";
import { TurnStop } from "../../turn/stop.ts";
import { waitAtMost } from "../../turn/wait-at-most.ts";
import type { AcpAgent } from "../acp-agent.ts";
import { findStopFailure, toAcpFailure, toExitFailure } from "../failures/acp-failure.ts";
import type { AcpLaunch } from "../launch/acp-launch.ts";
import type { AcpProcess } from "../process/acp-process.ts";
import type { OpenSession } from "../session/open-session.ts";
import type { AcpPeer, AcpWire } from "../wire/acp-wire.ts";
import { CLOSING } from "./closing.ts";
import { toJsonAnswer } from "./json-answer.ts";
import { isYes, judgeRequest, toQuestion, toReply } from "./permission.ts";
import { toPromptBlocks } from "./prompt-blocks.ts";
import { endSaid, readUpdate, refuseTool } from "./read-update.ts";
import { createTurnState, type TurnState } from "./turn-state.ts";
import { readTurnModel, readTurnUsage } from "./turn-usage.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What a turn needs besides its request. */
export interface AcpTurnParts {
  readonly agent: AcpAgent;
  readonly process: AcpProcess;
  readonly session: OpenSession;
  readonly launch: AcpLaunch;
  readonly threadId: string;
  readonly signal: AbortSignal;
  readonly clock: () => number;
  readonly startedAt: number;
  readonly redact: Redact;
}

/** How the turn ended. */
export interface EndedTurn {
  readonly outcome: TurnOutcome;
  /** Whether the process can run a further turn. */
  readonly isReusable: boolean;
}

/** How a prompt was answered. */
type Answer = { readonly result: Fields } | { readonly error: unknown };

/** Gemini CLI 0.61.0 takes 3 to 44 ms, opencode 1.18.33 takes 388. */
const CANCEL_MS = 2_000;
/** What a cancelled command has started takes a moment to end. */
const SETTLE_MS = 300;
const LOOK_MS = 25;

const CANCELLED: JsonObject = { outcome: { outcome: "cancelled" } };

/** Gives the process its prompt, and waits for the end of the turn. Never rejects. */
export function runAcpTurn(request: TurnRequest, parts: AcpTurnParts): Promise<EndedTurn> {
  return new AcpTurn(request, parts).run();
}

class AcpTurn implements AcpPeer {
  readonly #request: TurnRequest;
  readonly #parts: AcpTurnParts;
  readonly #state: TurnState;
  readonly #stop: TurnStop;
  readonly #clocks: TurnClocks;
  /** Ends the questions that are open. */
  readonly #withdrawn = new AbortController();
  #wire: AcpWire | undefined;
  #answer: Promise<Answer> = new Promise(() => {});
  /** Whether the process must end with the turn. */
  #isSpoilt = false;

  constructor(request: TurnRequest, parts: AcpTurnParts) {
    this.#request = request;
    this.#parts = parts;
    this.#state = createTurnState(parts.redact);
    this.#stop = new TurnStop(() => this.#end());
    this.#clocks = this.#startClocks();
  }

  async run(): Promise<EndedTurn> {
    const { process, signal } = this.#parts;
    const onAbort = (): void => this.#stop.cancel();
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    await this.#begin();
    const end = await Promise.race([this.#answer, process.ended.then(() => undefined), this.#stop.stopped]);
    this.#clocks.stop();
    this.#withdrawn.abort();
    signal.removeEventListener("abort", onAbort);
    await this.#stop.settle();
    this.#wire?.serve(undefined);
    process.listen(undefined);
    return this.#finish(end === undefined ? undefined : end);
  }

  onUpdate(update: Fields): void {
    this.#act(() => {
      const { agent, launch } = this.#parts;
      this.#tell(readUpdate(this.#state, update, agent.id));
      const { otherMode } = this.#state;
      if (otherMode === undefined || otherMode === launch.mode || launch.heldBy !== "mode") return;
      this.#isSpoilt = true;
      const message = `${agent.name} left the mode ${launch.mode}, which alone holds it, for ${toShownWord(otherMode)}.`;
      this.#stop.endWith(new BridgeError("SANDBOX_NOT_HELD", message));
    });
  }

  async onPermission({ toolCall, options }: Fields): Promise<JsonObject> {
    const call = isRecord(toolCall) ? toolCall : {};
    const { frame, ask } = this.#request;
    if (this.#stop.isStopped) return CANCELLED;
    const verdict = judgeRequest(call, frame, this.#parts.launch.heldBy);
    if (verdict === "refuse") return this.#refuse(call, options);
    this.#act(() => this.#tell(readUpdate(this.#state, { ...call, sessionUpdate: "tool_call" }, this.#parts.agent.id)));
    if (verdict === "allow") return toReply(options, true);
    const goOn = this.#clocks.pause();
    const { signal } = this.#withdrawn;
    const withdrawn = new Promise<undefined>((resolve) => signal.addEventListener("abort", () => resolve(undefined)));
    const answer = await Promise.race([ask(toQuestion(call, frame.cwd), signal), withdrawn]);
    goOn();
    if (answer === undefined || this.#stop.isStopped) return CANCELLED;
    if (isYes(answer)) return toReply(options, true);
    if (answer.kind === "chosen" && answer.id === "stop") {
      const message = `The user stopped the turn when ${this.#parts.agent.name} asked for approval.`;
      setImmediate(() => this.#stop.endWith(new BridgeError("STOPPED_BY_USER", message)));
    }
    return this.#refuse(call, options);
  }

  // An unanswered question keeps Gemini CLI from heeding a cancel, so the questions end first.
  async #end(): Promise<void> {
    const { process, signal } = this.#parts;
    this.#withdrawn.abort();
    if (this.#isSpoilt || this.#wire === undefined || signal.reason === CLOSING) {
      this.#isSpoilt = true;
      await process.kill();
      return;
    }
    await new Promise((resolve) => setImmediate(resolve));
    this.#wire.notify("session/cancel", { sessionId: this.#parts.session.id });
    let hasEnded = false;
    void this.#answer.then(() => {
      hasEnded = true;
    });
    await waitAtMost(Promise.race([this.#answer, process.ended]), CANCEL_MS);
    if (hasEnded && (await this.#hasNothingLeft())) return;
    this.#isSpoilt = true;
    await process.kill();
  }

  async #hasNothingLeft(): Promise<boolean> {
    const until = performance.now() + SETTLE_MS;
    for (;;) {
      if (this.#parts.process.listLeftByTurns().length === 0) return true;
      if (performance.now() > until) return false;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  async #begin(): Promise<void> {
    const { process, session, agent, threadId } = this.#parts;
    try {
      const blocks = toPromptBlocks(this.#request, session, agent);
      const wire = await process.connect(() => this.#onLongLine());
      const elsewhere = process.pid === undefined ? undefined : findElsewhere(process.pid, this.#request.frame.cwd);
      if (elsewhere !== undefined) throw elsewhere;
      if (this.#stop.isStopped) return;
      this.#wire = wire;
      wire.serve(this);
      this.#tell([{ kind: "thread", threadId }, { kind: "begun" }]);
      this.#answer = wire.request("session/prompt", { sessionId: session.id, prompt: blocks }).then(
        (result) => ({ result: isRecord(result) ? result : {} }),
        (error: unknown) => ({ error }),
      );
    } catch (error) {
      this.#isSpoilt = true;
      this.#stop.endWith(toBridgeError(error));
    }
  }

  // The line may have been the answer.
  #onLongLine(): void {
    this.#isSpoilt = true;
    const message = `${this.#parts.agent.name} printed a line that was too long to read.`;
    this.#stop.endWith(new BridgeError("PROTOCOL_ERROR", message));
  }

  #refuse(call: Fields, options: unknown): JsonObject {
    this.#act(() => this.#tell(refuseTool(this.#state, call, this.#parts.agent.id)));
    return toReply(options, false);
  }

  // Never throws: it is called by an event listener.
  #act(act: () => void): void {
    if (this.#stop.isStopped) return;
    try {
      act();
      const { open, said } = this.#state;
      this.#clocks.sawEvent(open.size > 0 && said?.kind !== "message");
    } catch (error) {
      this.#stop.endWith(toBridgeError(error));
    }
  }

  #tell(events: readonly TurnEvent[]): void {
    for (const event of events) this.#request.onEvent(event);
  }

  #startClocks(): TurnClocks {
    const { deadlineMs, silenceMs, quietMs, onEvent } = this.#request;
    const { name } = this.#parts.agent;
    const endLate = (code: "TURN_TIMED_OUT" | "TURN_STALLED", words: string): void =>
      this.#stop.endLate(new BridgeError(code, `${name} ${words}`));
    return createTurnClocks({
      deadlineMs,
      silenceMs,
      quietMs,
      onDeadline: () => endLate("TURN_TIMED_OUT", `did not finish within ${deadlineMs / 1_000} s.`),
      // No agent was seen to tell that its provider refuses it for now, or has fallen silent.
      onSilence: () =>
        endLate(
          "TURN_STALLED",
          `said nothing for ${silenceMs / 1_000} s. Its protocol does not tell whether its provider refuses it for now.`,
        ),
      onQuiet: (forMs) => onEvent({ kind: "quiet", forMs }),
    });
  }

  async #finish(answer: Answer | undefined): Promise<EndedTurn> {
    const { process } = this.#parts;
    if (!this.#stop.isStopped) this.#tell(endSaid(this.#state));
    else endSaid(this.#state);
    const error = this.#stop.isStopped ? this.#stop.error : await this.#findError(answer);
    const isGood = !this.#stop.isStopped && error === undefined;
    // A session is lost with its process, so it is kept after a failure that was told.
    if (error?.code === "PROTOCOL_ERROR" || !process.isAlive) this.#isSpoilt = true;
    if (this.#isSpoilt) await process.kill();
    // To look at the processes takes as long as a short turn. One that used no tool has started none.
    const report = this.#report(answer, isGood && this.#state.hasUsedTools ? process.listLeftByTurns() : []);
    return {
      outcome: this.#toOutcome(report, error),
      isReusable: !this.#isSpoilt,
    };
  }

  async #findError(answer: Answer | undefined): Promise<BridgeError | undefined> {
    const { process, agent, redact } = this.#parts;
    const { hasWorked, content } = this.#state;
    if (!process.isAlive && (answer === undefined || "error" in answer)) {
      // With its prompt it may have worked without a word.
      if (this.#wire !== undefined) this.#state.hasWorked = true;
      return toExitFailure(await process.ended, agent, true, redact);
    }
    if (answer === undefined) return new BridgeError("PROTOCOL_ERROR", `${agent.name} did not answer its prompt.`);
    if ("error" in answer) return toAcpFailure(answer.error, agent, redact);
    const failure = findStopFailure(answer.result["stopReason"], hasWorked, agent);
    if (failure !== undefined || this.#request.outputSchema === undefined) return failure;
    if (toJsonAnswer(content) !== undefined) return undefined;
    return new BridgeError("INVALID_OUTPUT", `The final message of ${agent.name} is no JSON.`);
  }

  #toOutcome(report: TurnReport, error: BridgeError | undefined): TurnOutcome {
    if (this.#stop.isCancelled) return { kind: "interrupted", report };
    if (error !== undefined) return { kind: "failed", report, ...toFailure(error), isTimeUp: this.#stop.isTimeUp };
    if (report.usage !== undefined) this.#request.onEvent({ kind: "usage", usage: report.usage });
    return { kind: "completed", report };
  }

  #report(answer: Answer | undefined, leftRunning: readonly LeftRunning[]): TurnReport {
    const { redact, clock, startedAt, launch, threadId } = this.#parts;
    const { refused, commands, failedCommands, changes, hasWorked, warnings, content } = this.#state;
    const result = answer !== undefined && "result" in answer ? answer.result : {};
    const json = this.#request.outputSchema === undefined ? undefined : toJsonAnswer(content);
    return {
      threadId,
      content: redact(json ?? content),
      sandbox: launch.inForce,
      model: readTurnModel(result),
      usage: readTurnUsage(result),
      changes: [...changes.values()],
      commands: { count: commands, failed: failedCommands, refused: refused.count },
      refusedCommands: [...refused.named],
      hasWorked,
      warnings: [...warnings].map(redact),
      leftRunning,
      durationMs: clock() - startedAt,
    };
  }
}
