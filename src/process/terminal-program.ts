// Runs a program in the user's own terminal, in the place of this one.
import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";

/** A program to run. */
export interface TerminalProgram {
  /** Absolute path. */
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** Signals that end this program; the other one is to end too, in its own way. */
const PASSED_ON = ["SIGTERM", "SIGHUP"] as const;
/** Numbers from here on tell the signal that ended a program, as a shell does. */
const SIGNAL_BASE = 128;

/** Runs it; resolves with its exit code. Rejects with the system's error where it does not start. */
export async function runInTerminal({ file, args, env, cwd }: TerminalProgram): Promise<number> {
  const child = spawn(file, args, { cwd, env, stdio: "inherit" });
  const stopListening = listen(child);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code, signal) =>
        resolve(code ?? SIGNAL_BASE + (signal === null ? 0 : constants.signals[signal])),
      );
    });
  } finally {
    stopListening();
  }
}

function listen(child: ChildProcess): () => void {
  const ignore = (): void => {};
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  // The terminal sends it to both.
  process.on("SIGINT", ignore);
  for (const signal of PASSED_ON) process.on(signal, pass);
  return () => {
    process.off("SIGINT", ignore);
    for (const signal of PASSED_ON) process.off(signal, pass);
  };
}
