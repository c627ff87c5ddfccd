// Asks a program of another agent a short question, such as its version.
import { runForBytes } from "../../process/run-bytes.ts";

/** Measured: half a second for Claude Code, one and a half for Gemini CLI; neither needs the network for it. */
const LIMITS = { timeoutMs: 15_000, maxBytes: 262_144 };

/** How it is asked. */
export interface Asking {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What it prints, whatever its exit code; "" where it did not end by itself, or could not be started. */
export async function askProgram(file: string, args: readonly string[], asking: Asking): Promise<string> {
  const { signal } = new AbortController();
  const { exitCode, stdout } = await runForBytes({ file, args, ...asking }, { ...LIMITS, signal });
  return exitCode === undefined ? "" : stdout.toString("utf8");
}

/** Its version; undefined if it does not say one. */
export async function askVersion(file: string, asking: Asking): Promise<string | undefined> {
  return /\d+\.\d+\.\d+\S*/.exec(await askProgram(file, ["--version"], asking))?.[0];
}
