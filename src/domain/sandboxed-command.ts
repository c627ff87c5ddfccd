// A shell command that runs in the agent's own sandbox without a model, such as a project's tests after a turn.
import type { ThreadFrame } from "./thread.ts";

/** A command to run. */
export interface SandboxedCommand {
  /** For `/bin/sh -c`; without NUL. */
  readonly command: string;
  /** Directory, sandbox and permission profile that it runs under. */
  readonly frame: ThreadFrame;
  /** Ms after which it is ended. */
  readonly timeoutMs: number;
  /** Gets each line of its output; must not throw. */
  readonly onLine: (line: string) => void;
  readonly signal: AbortSignal;
}

/** How a command ended. */
export interface CommandEnd {
  /** 128 + its number for a signal; undefined if the time was up. */
  readonly exitCode: number | undefined;
  readonly timedOut: boolean;
  /** The end of stdout and stderr together, in the order in which they were written. */
  readonly output: string;
  /** Whether the beginning of the output was left out. */
  readonly isCut: boolean;
  readonly durationMs: number;
  readonly warnings: readonly string[];
}
