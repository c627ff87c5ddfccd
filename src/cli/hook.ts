// `codex-bridge hook EVENT`: answers a hook of the Claude Code plugin. It never fails the user's work: what it cannot do, it leaves out.
import { readSync, writeSync } from "node:fs";
import { answerUserPromptSubmit } from "./user-prompt-submit.ts";

/** What a hook's payload is answered with; an empty object says nothing. */
type HookAnswer = (payload: unknown) => Readonly<Record<string, unknown>> | Promise<Readonly<Record<string, unknown>>>;

/** Events by their name on the command line. What runs at every prompt is not loaded from a file of its own. */
const EVENTS: Readonly<Record<string, () => Promise<HookAnswer>>> = {
  "user-prompt-submit": async () => answerUserPromptSubmit,
  "subagent-stop": async () => (await import("../setup/hooks/subagent-stop.ts")).answerSubagentStop,
  "pre-compact": async () => (await import("./session-hooks.ts")).saveNow,
  "session-end": async () => (await import("./session-hooks.ts")).saveAfterEnd,
  "session-start": async () => (await import("./session-hooks.ts")).offerAtStart,
  stop: async () => (isGateOn() ? (await import("./review-gate.ts")).answerStop : () => ({})),
};

// Nothing is loaded where it is off. The plugin's option wins over the environment; Claude Code leaves an option empty that the user has not set.
function isGateOn(): boolean {
  const { CLAUDE_PLUGIN_OPTION_REVIEW_GATE: option, BRIDGE_REVIEW_GATE: variable } = process.env;
  const word = option?.trim() || variable?.trim();
  return word === "1" || word === "true";
}

/** A prompt of a megabyte arrives whole. */
const MOST_BYTES = 16_777_216;
const CHUNK_BYTES = 65_536;
const [STDIN, STDOUT] = [0, 1];
/** How long to wait before a pipe without data is read again, in ms. */
const RETRY_MS = 2;

/**
 * Answers the payload on stdin. Resolves with the exit code, which is always 0: any other one is shown to the user. It reads and writes
 * without Node's streams: to load them takes as long as to decide about a prompt.
 */
export async function runHook(event: string | undefined): Promise<number> {
  try {
    const load = event === undefined ? undefined : EVENTS[event];
    const payload: unknown = JSON.parse(readStdin());
    const answer = (await (await load?.())?.(payload)) ?? {};
    if (Object.keys(answer).length > 0) writeAll(Buffer.from(`${JSON.stringify(answer)}\n`));
  } catch {
    // Nobody reads what it would say.
  }
  return 0;
}

function readStdin(): string {
  const chunks: Buffer[] = [];
  let length = 0;
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const read = retry(() => readSync(STDIN, chunk));
    if (read === 0) return Buffer.concat(chunks).toString("utf8");
    chunks.push(chunk.subarray(0, read));
    length += read;
    if (length > MOST_BYTES) throw new Error(`longer than ${MOST_BYTES} bytes`);
  }
}

function writeAll(bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += retry(() => writeSync(STDOUT, bytes, at));
}

// Whoever started us may have made the pipe non-blocking. Claude Code ends a hook that waits too long.
function retry(act: () => number): number {
  for (;;) {
    try {
      return act();
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
}
