// Runs the user's own setup command in a new worktree, where the files that git ignores are missing. It runs as the user would run it, outside
// Codex's sandbox: the agent has not touched this worktree yet, and installing packages needs what no sandbox gives.
import { cutText } from "../domain/cut-text.ts";
import { BridgeError } from "../domain/errors.ts";
import { runCommand } from "../process/program.ts";
import type { RunLedger } from "../process/run-ledger.ts";

/** What it runs with. */
export interface SetUpOptions {
  /** The command, for `/bin/sh`. */
  readonly command: string;
  /** Ms after which it is ended. */
  readonly timeoutMs: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly ledger: Pick<RunLedger, "begin" | "kill">;
}

const MARK = "BRIDGE_RUN";
const TAIL_CHARACTERS = 1_500;

/** Runs it in a directory, and ends whatever it leaves running. `id` names the run. Throws CONFIG_INVALID with the end of its output, or CANCELLED. */
export async function setUp(options: SetUpOptions, cwd: string, id: string, signal: AbortSignal): Promise<void> {
  const { command, timeoutMs, ledger } = options;
  const env: Record<string, string> = { ...withoutUnset(options.env), [MARK]: id };
  ledger.begin(id, `${MARK}=${id}`);
  try {
    const program = { file: "/bin/sh", args: ["-c", `exec 2>&1\n${command}`], env, cwd };
    const end = await runCommand(program, { timeoutMs, signal });
    if (signal.aborted) throw new BridgeError("CANCELLED", "The call was cancelled while its worktree was set up.");
    if (end.exitCode === 0) return;
    const how = end.wasEnded ? `was ended after ${timeoutMs / 1_000} s` : `ended with exit code ${end.exitCode ?? "?"}`;
    const reason = end.spawnError?.message ?? end.stdout.slice(-TAIL_CHARACTERS).trim();
    throw new BridgeError("CONFIG_INVALID", `BRIDGE_WORKTREE_SETUP (${cutText(command, 200)}) ${how}: ${reason}`, {
      nextStep: "Ask the user to correct BRIDGE_WORKTREE_SETUP. No turn has run, and the worktree is removed.",
    });
  } finally {
    await ledger.kill(id);
  }
}

function withoutUnset(env: SetUpOptions["env"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
