// Makes a thread with the history of another one: `codex exec fork` without a prompt, which asks no model (docs/codex-cli.md#forks).
import { BridgeError } from "../../domain/errors.ts";
import { runCommand } from "../../process/program.ts";
import type { ForkRequest } from "../agent-backend.ts";
import { readOwn } from "../codex/codex-frame.ts";
import { toTurnError } from "../codex/failures/failure.ts";
import { NOTHING_ASKED } from "../codex/failures/refused-argument.ts";
import { toSpawnError } from "../codex/launch/spawn-errors.ts";
import { parseRecord } from "../codex/rollouts/rollout-files.ts";
import { toThreadId } from "../codex/rollouts/thread-id.ts";
import type { CodexTurnRequest } from "../codex/turn/codex-turn-request.ts";
import type { BriefRun } from "../codex/turn/turn-runs.ts";
import { checkFrameDirectories } from "../turn/frame-directories.ts";
import { toExecStart } from "./launch.ts";
import { type RunFilesOptions, writeRunFiles } from "./run-files.ts";

/** Time limit of a fork. One takes about 140 ms on an idle machine (0.169). */
const TIMEOUT_MS = 60_000;

/** Options of a fork. */
export interface ForkOptions extends RunFilesOptions {
  readonly requireGit: boolean;
}

/** Forks a thread and returns the id of the new one. Throws CANCELLED, AGENT_NOT_ANSWERING, the errors of a launch, or that of Codex. */
export async function forkThread(asked: ForkRequest, run: BriefRun, options: ForkOptions): Promise<string> {
  const { runId, signal } = run;
  const request = toRequest(asked, signal);
  const { cwd } = request.frame;
  checkFrameDirectories(request.frame);
  const launch = await run.prepare(request, runId);
  const files = writeRunFiles(request, runId, options);
  try {
    const { args } = toExecStart(request, { launch, runId, files: files.paths, requireGit: options.requireGit });
    const { file, env } = launch;
    const output = await runCommand({ file, args, env, cwd }, { timeoutMs: TIMEOUT_MS, signal });
    if (output.spawnError !== undefined) throw toSpawnError(output.spawnError, file, cwd);
    return readFork(asked.threadId, output, signal);
  } finally {
    files.remove();
  }
}

function toRequest({ threadId, frame }: ForkRequest, signal: AbortSignal): CodexTurnRequest {
  const { own, ...common } = frame;
  return {
    prompt: "",
    frame: { ...common, ...readOwn(own) },
    threadId,
    isFork: true,
    images: [],
    deadlineMs: TIMEOUT_MS,
    silenceMs: TIMEOUT_MS,
    quietMs: TIMEOUT_MS,
    onEvent: () => {},
    ask: async () => ({ kind: "nobody to ask" }),
    signal,
  };
}

function readFork(
  threadId: string,
  { stdout, stderr, exitCode, signal: endedBy, wasEnded }: Awaited<ReturnType<typeof runCommand>>,
  signal: AbortSignal,
): string {
  if (signal.aborted) throw new BridgeError("CANCELLED", "The call was cancelled. A new thread may have been made.");
  if (wasEnded) {
    throw new BridgeError("AGENT_NOT_ANSWERING", `Codex did not fork the thread within ${TIMEOUT_MS / 1_000} s.`);
  }
  const made = stdout.split("\n").flatMap((line) => toThreadId(parseRecord(line) ?? {}) ?? [])[0];
  if (exitCode === 0 && made !== undefined && made !== threadId) return made;
  const nothing = { message: "", errorInfo: undefined, hasGarbage: false, isCutOff: false, hasBegun: false };
  const asked = { ...NOTHING_ASKED, isResume: true };
  throw toTurnError({ ...nothing, stderr, exitCode, signal: endedBy, asked });
}
