// Starts a program that goes on when this process ends: in its own session, so that no signal to a terminal reaches it.
import { type ChildProcess, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { requireFiles } from "./file-shortage.ts";

/** A detached program, with the pipes to it. */
export interface DetachedProgram {
  readonly pid: number | undefined;
  readonly input: Writable;
  readonly output: Readable;
  /** Resolves once it has exited, or could not be started. Never rejects. */
  readonly ended: Promise<{ readonly code: number | null; readonly error?: Error }>;
  readonly kill: () => void;
}

/** Three pipes with two ends each, and some for what else runs meanwhile. */
const SPAWN_FILES = 16;

/** Starts it. Its stderr is not read: nobody would read it later. Throws the system's error where too few files can be opened. */
export function startDetached(
  file: string,
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string | undefined>> },
): DetachedProgram {
  requireFiles(SPAWN_FILES);
  const child = spawn(file, args, { cwd, env: { ...env }, detached: true, stdio: ["pipe", "pipe", "ignore"] });
  // The end of the program says what happened, not the pipe's error.
  for (const stream of [child.stdin, child.stdout]) stream.on("error", () => {});
  return {
    pid: child.pid,
    input: child.stdin,
    output: child.stdout,
    ended: waitForEnd(child),
    kill: () => void child.kill("SIGKILL"),
  };
}

function waitForEnd(child: ChildProcess): Promise<{ readonly code: number | null; readonly error?: Error }> {
  return new Promise((resolve) => {
    child.once("close", (code) => resolve({ code }));
    child.once("error", (error) => resolve({ code: null, error }));
  });
}
