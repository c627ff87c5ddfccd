// One turn of `codex exec`: from the spawn to the exit of the program.
import type { TurnOutcome } from "../../domain/turn.ts";
import { type RunningProgram, startProgram } from "../../process/program.ts";
import { CodexTurn } from "../codex/turn/codex-turn.ts";
import type { CodexTurnRequest } from "../codex/turn/codex-turn-request.ts";
import type { TurnParts } from "../codex/turn/turn-parts.ts";
import type { TurnClocks } from "../turn/clocks.ts";
import { checkFrameDirectories, findElsewhere } from "../turn/frame-directories.ts";
import { readLine, readRest } from "./events.ts";

/** A CLI that has finished its turn and does not exit within this time is ended. */
const EXIT_GRACE_MS = 5_000;

/**
 * Runs the turn of a recorded run; `args` are those of the program. Afterwards none of its processes is alive, except those that a
 * completed turn left running.
 */
export async function runExecTurn(
  request: CodexTurnRequest,
  parts: TurnParts,
  args: readonly string[],
): Promise<TurnOutcome> {
  const { signal } = request;
  const endRun = (): Promise<void> => parts.ledger.kill(parts.runId);
  const turn = new CodexTurn(request, parts, endRun);
  if (signal.aborted) {
    await endRun();
    return { kind: "interrupted", report: turn.report() };
  }
  const clocks = turn.startClocks();
  const onAbort = (): void => turn.stop.cancel();
  try {
    // The last check before Codex is started. What can still happen in between shows in the program's own directory.
    checkFrameDirectories(request.frame);
    const program = await startExec({ request, parts, args, turn, clocks });
    attach(program, request, parts, turn);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    const end = await program.ended;
    // Evaluating a turn that is over does not count toward its time.
    clocks.stop();
    return await turn.finish(end);
  } finally {
    clocks.stop();
    signal.removeEventListener("abort", onAbort);
  }
}

interface StartingTurn {
  readonly request: CodexTurnRequest;
  readonly parts: TurnParts;
  readonly args: readonly string[];
  readonly turn: CodexTurn;
  readonly clocks: TurnClocks;
}

function startExec({ request, parts, args, turn, clocks }: StartingTurn): Promise<RunningProgram> {
  const { file, env } = parts.launch;
  const { state, stop } = turn;
  return startProgram({
    file,
    args,
    env,
    cwd: request.frame.cwd,
    input: request.prompt,
    signal: request.signal,
    onLine: (line) => {
      turn.read((known) => readLine(known, line));
      clocks.sawEvent(state.openItems.size > 0);
      if (state.isCompleted) clocks.expectExit(EXIT_GRACE_MS, () => stop.endExit());
    },
    onRest: (rest) => turn.read((known) => readRest(known, rest)),
    onLongLine: () => state.warnings.push("Codex printed a line that was too long to read; it was skipped."),
  });
}

function attach({ pid }: RunningProgram, { frame }: CodexTurnRequest, parts: TurnParts, turn: CodexTurn): void {
  if (pid === undefined) return;
  parts.ledger.attach(parts.runId, pid);
  const elsewhere = findElsewhere(pid, frame.cwd);
  if (elsewhere !== undefined) turn.stop.endWith(elsewhere);
}
