// A short conversation with `codex app-server`. Afterwards the program and all that it started are ended.
import { PassThrough } from "node:stream";
import { nanoid } from "nanoid";
import type { TalkToAppServer } from "../../agents/codex/program/app-server-questions.ts";
import { startProgram } from "../../process/program.ts";
import type { RunLedger } from "../../process/run-ledger.ts";

/** Time limit for a conversation. Codex gives MCP servers ten seconds to start, unless the user sets another time. */
const TALK_TIMEOUT_MS = 30_000;

/** The program to talk to. */
export interface TalkOptions {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: (runId: string) => Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly ledger: RunLedger;
}

/** Makes conversations. Each is a run in the ledger, so one that hangs leaves nothing running. */
export function createTalk({ file, args, env, cwd, ledger }: TalkOptions): TalkToAppServer {
  return async (lines, isDone) => {
    const runId = nanoid();
    const input = new PassThrough();
    const done = new AbortController();
    ledger.begin(runId, `BRIDGE_RUN=${runId}`);
    try {
      const program = await startProgram({
        file,
        args: [...args, "app-server"],
        env: env(runId),
        cwd,
        input,
        signal: done.signal,
        onLine: (line) => {
          if (isDone(line)) input.end();
        },
        onLongLine: () => {},
      });
      const timer = setTimeout(program.kill, TALK_TIMEOUT_MS);
      input.write(lines.map((line) => `${line}\n`).join(""));
      await program.ended;
      clearTimeout(timer);
    } finally {
      await ledger.kill(runId);
    }
  };
}
