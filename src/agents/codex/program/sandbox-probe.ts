// Tests whether Codex's own sandbox works on this machine. A turn does not report it (docs/codex-cli.md#sandbox-that-does-not-start).
import { statSync } from "node:fs";
import { cutText } from "../../../domain/cut-text.ts";
import { type Override, toFlags } from "../config/overrides.ts";
import type { RunCodex } from "./capabilities.ts";
import { readCodexWords } from "./codex-words.ts";

/** `works`; `cannot start`: no command of a turn would run; `does not hold`: it let a write through; `unknown`: it did not answer in time. */
export type SandboxState =
  | { readonly kind: "works" }
  | { readonly kind: "cannot start"; readonly reason: string }
  | { readonly kind: "does not hold" }
  | { readonly kind: "unknown" };

/** Whether a command's whole output is the message of a sandbox that did not start: bubblewrap's (0.120 and later) or Landlock's. Only a suspicion, since a command may print the same. */
export function looksUnstarted(output: string): boolean {
  return /^\s*(bwrap: |error (running landlock|applying legacy Linux sandbox|building bubblewrap command)|thread 'main'.{0,40} panicked at .{0,200}linux-sandbox)/.test(
    output.slice(0, 400),
  );
}

const STARTED = "sandbox-started";
const WROTE = "sandbox-wrote";
const REASON_CHARACTERS = 300;

/** Runs one command in Codex's read-only sandbox that tries to write to `path`. Takes about 50 ms and no network. */
export function probeSandbox(run: RunCodex, path: string): Promise<SandboxState> {
  const script = `echo ${STARTED}; (: > "$1") 2>/dev/null && echo ${WROTE}; true`;
  return probe(run, [["sandbox_mode", "read-only"]], ["/bin/sh", "-c", script, "sh", path]);
}

/**
 * Whether the sandbox that `overrides` describe starts in the directory in which `run` works. Writes
 * nothing. 0.50 and 0.120 always test a read-only sandbox.
 */
export function probeStart(run: RunCodex, overrides: readonly Override[]): Promise<SandboxState> {
  return probe(run, overrides, ["/bin/sh", "-c", `echo ${STARTED}`]);
}

/** `$TMPDIR` of an environment if it is not a directory, otherwise undefined. From 0.150 on commands do not start with such a value. */
export function findMissingTmpdir(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const path = env["TMPDIR"];
  if (path === undefined || path === "") return undefined;
  try {
    return statSync(path).isDirectory() ? undefined : path;
  } catch {
    return path;
  }
}

async function probe(run: RunCodex, overrides: readonly Override[], command: readonly string[]): Promise<SandboxState> {
  const named = await findSandboxCommand(run);
  if (named === undefined) return { kind: "unknown" };
  const { exitCode, stdout, stderr } = await run([...named.words, ...toFlags(overrides), "--", ...command]);
  if (stdout.includes(WROTE)) return { kind: "does not hold" };
  if (stdout.includes(STARTED)) return { kind: "works" };
  if (exitCode === undefined) return { kind: "unknown" };
  const words = readCodexWords(stderr);
  return { kind: "cannot start", reason: cutText(words === "" ? "it said nothing" : words, REASON_CHARACTERS) };
}

/** How this CLI's sandbox is asked to run a command. */
export interface SandboxCommand {
  readonly words: readonly string[];
  /** Whether it runs every command read-only, whatever it is asked. */
  readonly isReadOnly: boolean;
}

/** From 0.142 on `codex sandbox` takes the command directly. Before that, it needs the system's name first. undefined if it did not answer in time. */
export async function findSandboxCommand(run: RunCodex): Promise<SandboxCommand | undefined> {
  const { exitCode, stdout } = await run(["sandbox", "--help"]);
  if (exitCode === undefined) return undefined;
  const system = process.platform === "darwin" ? "macos" : "linux";
  const isReadOnly = new RegExp(`^\\s+${system}\\b`, "m").test(stdout);
  return { words: isReadOnly ? ["sandbox", system] : ["sandbox"], isReadOnly };
}
