// One process of Claude Code, which runs turns of one thread (docs/claude-code.md#as-a-callee).
import type { CalleeSandbox } from "../../callee/callee-sandbox.ts";
import { LineProcess, type LineProcessParts, type PlainProgram } from "../../turn/line-process.ts";
import { waitAtMost } from "../../turn/wait-at-most.ts";
import type { ClaudeLaunch } from "../launch/claude-launch.ts";

/** Measured: 4 to 30 ms, in a command too. */
const INTERRUPT_MS = 1_000;

/** Parts of a process. */
export interface ClaudeProcessParts extends LineProcessParts {
  readonly sandbox: CalleeSandbox;
}

/** A process. */
export class ClaudeProcess extends LineProcess {
  /** Starts one. `threadArgs` name its thread. Rejects as `startProgram`; then nothing is running. */
  static async launch(
    { flags, held, ...launch }: ClaudeLaunch,
    threadArgs: readonly string[],
    { sandbox, ...parts }: ClaudeProcessParts,
    signal: AbortSignal,
  ): Promise<ClaudeProcess> {
    const { mode, writableRoots } = flags.inForce;
    const areas = mode === "read-only" ? [] : [launch.cwd, ...writableRoots];
    const wrap = held && ((program: PlainProgram) => sandbox.wrap(program, held));
    const whole = { ...launch, areas, wrap, args: [...launch.args, ...threadArgs] };
    const made = new ClaudeProcess(whole, parts);
    await made.start(whole, signal);
    return made;
  }

  /** Has it stop its turn, then ends it with everything that it has started. `stopped` settles when it has stopped. Never rejects. */
  async stop(stopped: Promise<unknown>): Promise<void> {
    if (this.isAlive) {
      this.send(JSON.stringify({ type: "control_request", request_id: "stop", request: { subtype: "interrupt" } }));
      await waitAtMost(Promise.race([stopped, this.ended]), INTERRUPT_MS);
    }
    await this.kill();
  }
}
