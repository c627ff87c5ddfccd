// Runs a shell command in Codex's own sandbox: `codex sandbox`, which asks no model (docs/codex-cli.md#commands-in-the-sandbox).
import { constants } from "node:os";
import { cutText } from "../../../domain/cut-text.ts";
import { BridgeError } from "../../../domain/errors.ts";
import type { CommandEnd, SandboxedCommand } from "../../../domain/sandboxed-command.ts";
import { listEmpty } from "../../../process/empty-names.ts";
import { type ProgramEnd, startProgram } from "../../../process/program.ts";
import { checkFrameDirectories, findElsewhere } from "../../turn/frame-directories.ts";
import { type CodexFrame, readOwn } from "../codex-frame.ts";
import { listAbsentNames, listWritableAreas } from "../launch/protected-names.ts";
import { toSpawnError } from "../launch/spawn-errors.ts";
import type { TurnLaunch } from "../launch/turn-launch.ts";
import { readCodexWords } from "../program/codex-words.ts";
import type { CodexTurnRequest } from "../turn/codex-turn-request.ts";
import type { BriefRun, TurnRuns, TurnRunsOptions } from "../turn/turn-runs.ts";
import { createOutputTail } from "./output-tail.ts";
import { toSandboxArgs, toStartLine } from "./sandbox-args.ts";

/** Characters of output that are kept: whoever shows fewer of them can still find a secret that begins earlier. */
const KEPT_CHARACTERS = 65_536;
/** Time limit for the questions that Codex is asked before, in ms. */
const PREPARE_MS = 120_000;

type Options = Pick<TurnRunsOptions, "ledger" | "env" | "clock">;

/**
 * Runs it. Afterwards no process of it is alive, whatever it has started. Throws CANCELLED, AGENT_UNSUPPORTED, SANDBOX_UNAVAILABLE, the errors
 * of a launch, or that of starting Codex.
 */
export function runInSandbox(
  { frame, ...asked }: SandboxedCommand,
  turns: Pick<TurnRuns, "runBriefly">,
  options: Options,
): Promise<CommandEnd> {
  const { own, ...common } = frame;
  const codexFrame = { ...common, ...readOwn(own) };
  const areas = listWritableAreas(codexFrame, options.env["TMPDIR"]);
  const absent = listAbsentNames(areas);
  const act = async (run: BriefRun): Promise<CommandEnd> => {
    const { signal } = run;
    try {
      return await runPrepared({ ...asked, frame: codexFrame, signal, absent }, run, options);
    } catch (error) {
      // Then questions to Codex end without an answer.
      throw signal.aborted ? cancelled() : error;
    }
  };
  return turns.runBriefly(asked.signal, act, { areas, absent, cwd: frame.cwd });
}

interface Command extends Omit<SandboxedCommand, "frame"> {
  readonly frame: CodexFrame;
  /** Names that the sandbox may leave behind. */
  readonly absent: readonly string[];
}

async function runPrepared(command: Command, { runId, prepare }: BriefRun, options: Options): Promise<CommandEnd> {
  const { frame, absent, signal } = command;
  checkFrameDirectories(frame);
  const launch = await prepare(toRequest(frame, signal), runId);
  const args = await toSandboxArgs(command, launch, runId);
  signal.throwIfAborted();
  // The last check before the program starts.
  checkFrameDirectories(frame);
  const end = await follow(command, { launch, args, runId, options });
  await options.ledger.kill(runId);
  const left = end.wasEnded ? listEmpty(absent) : [];
  signal.throwIfAborted();
  if (!end.hasStarted && !end.timedOut) throw toStartError(end.program, frame, launch);
  const { text, isCut } = end.output;
  return {
    exitCode: end.timedOut ? undefined : toExitCode(end.program),
    timedOut: end.timedOut,
    ...{ output: text, isCut, durationMs: end.durationMs },
    warnings: left.length === 0 ? [] : [`Codex's sandbox left empty folders: ${left.join(", ")}.`],
  };
}

function toRequest(frame: CodexFrame, signal: AbortSignal): CodexTurnRequest {
  return {
    prompt: "",
    // Instructions are for a model.
    frame: { ...frame, developerInstructions: undefined, baseInstructions: undefined, compactPrompt: undefined },
    images: [],
    ...{ deadlineMs: PREPARE_MS, silenceMs: PREPARE_MS, quietMs: PREPARE_MS },
    onEvent: () => {},
    ask: async () => ({ kind: "nobody to ask" }),
    signal,
  };
}

interface Followed {
  readonly program: ProgramEnd;
  readonly output: { readonly text: string; readonly isCut: boolean };
  readonly hasStarted: boolean;
  readonly timedOut: boolean;
  /** Whether it was ended from here. */
  readonly wasEnded: boolean;
  readonly durationMs: number;
}

interface Start {
  readonly launch: TurnLaunch;
  readonly args: readonly string[];
  readonly runId: string;
  readonly options: Options;
}

async function follow(command: Command, { launch, args, runId, options }: Start): Promise<Followed> {
  const { frame, signal, timeoutMs, onLine } = command;
  const { ledger, clock } = options;
  const tail = createOutputTail(KEPT_CHARACTERS);
  let hasStarted = false;
  let timedOut = false;
  let startedAt = clock();
  const end = (): void => void ledger.kill(runId);
  const take = (line: string): void => {
    ledger.sample(runId);
    if (!hasStarted) {
      hasStarted = line === toStartLine(runId);
      // The time that the sandbox takes to start does not count as the command's.
      if (hasStarted) startedAt = clock();
      return;
    }
    tail.add(line);
    onLine(line);
  };
  const program = await startProgram({
    ...{ file: launch.file, args, env: withoutSecrets(launch), cwd: frame.cwd, input: "", signal },
    onLine: take,
    onLongLine: (bytes, head) => take(`${head} [… a line of ${bytes} bytes]`),
  });
  if (program.pid !== undefined) ledger.attach(runId, program.pid);
  const elsewhere = program.pid === undefined ? undefined : findElsewhere(program.pid, frame.cwd);
  const timer = setTimeout(() => {
    timedOut = true;
    end();
  }, timeoutMs);
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted || elsewhere !== undefined) end();
  const ended = await program.ended;
  clearTimeout(timer);
  signal.removeEventListener("abort", end);
  if (elsewhere !== undefined) throw elsewhere;
  const wasEnded = timedOut || signal.aborted;
  return { program: ended, output: tail.read(), hasStarted, timedOut, wasEnded, durationMs: clock() - startedAt };
}

// `codex sandbox` needs no login. Without one in its environment, a command outside a pid namespace cannot read it from /proc.
function withoutSecrets({ env, hiddenVariables }: TurnLaunch): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !hiddenVariables.includes(name)));
}

function toExitCode({ exitCode, signal }: ProgramEnd): number | undefined {
  if (exitCode !== undefined || signal === undefined) return exitCode;
  const number = Object.entries(constants.signals).find(([name]) => name === signal)?.[1];
  return number === undefined ? undefined : 128 + number;
}

function toStartError(
  { spawnError, exitCode, stderr }: ProgramEnd,
  frame: CodexFrame,
  launch: TurnLaunch,
): BridgeError {
  if (spawnError !== undefined) return toSpawnError(spawnError, launch.file, frame.cwd);
  const message = `Codex's sandbox did not start for the command (exit code ${exitCode ?? "none"}), so it was not run.`;
  return new BridgeError("SANDBOX_UNAVAILABLE", message, { agentText: cutText(readCodexWords(stderr), 600) });
}

function cancelled(): BridgeError {
  return new BridgeError("CANCELLED", "The check was cancelled. Nothing of it is running; files that it wrote stay.", {
    nextStep: "There is nothing to do. If the check is still wanted, call codex-verify again.",
  });
}
