// Asks the installed Codex CLI what it can do. Only sure answers are used and cached: a CLI is slow on a busy machine, and a missing answer
// must not count as "no".
import { cutText } from "../../../domain/cut-text.ts";
import { BridgeError } from "../../../domain/errors.ts";
import { toTurnError } from "../failures/failure.ts";
import { NOTHING_ASKED } from "../failures/refused-argument.ts";
import {
  type CodexMcpServer,
  type CodexOutput,
  type ExecCapabilities,
  listMcpServers,
  type ProbeAnswer,
  probeExec,
  type RunCodex,
} from "../program/capabilities.ts";
import { readCodexWords } from "../program/codex-words.ts";
import { toSpawnError } from "./spawn-errors.ts";

/** Time limit for a first question that needs no network (measured: 9 to 17 ms). */
const PROBE_TIMEOUT_MS = 5_000;
/** Time limit for the second attempt. A CLI that needs longer is broken, not slow. */
const SECOND_TIMEOUT_MS = 60_000;

/** Runs the CLI with a time limit in ms, within the turn's deadline. */
export type RunWithin = (timeoutMs: number) => RunCodex;

/** Asks with a short time limit, and once more with a long one if no answer came. */
export function withPatience(run: RunWithin): RunCodex {
  return async (args) => {
    const first = await run(PROBE_TIMEOUT_MS)(args);
    return first.wasEnded ? run(SECOND_TIMEOUT_MS)(args) : first;
  };
}

/** The program that was asked, and its working directory. */
export interface Asked {
  readonly file: string;
  readonly cwd: string;
}

/** Asks questions. Caches the newest answer by its key. */
export interface Questions {
  /** What this CLI can do. Throws AGENT_NOT_ANSWERING, AGENT_BROKEN, or an error of `toSpawnError` if Codex cannot be started. */
  findCapabilities(key: string, run: RunWithin, asked: Asked): Promise<ExecCapabilities>;
  /** Codex's own MCP servers; undefined if it does not list them. `flags` come before the command's own words. */
  findServers(key: string, run: RunWithin, flags: readonly string[]): Promise<readonly CodexMcpServer[] | undefined>;
}

/** Makes the questions. */
export function createQuestions(): Questions {
  const capabilities = createMemo<ExecCapabilities>();
  const servers = createMemo<readonly CodexMcpServer[]>();
  return {
    findCapabilities: async (key, run, asked) => {
      const answer = await capabilities(key, () => probeExec(withPatience(run)));
      if (answer.isSure) return answer.value;
      throw toError(answer.output, asked);
    },
    findServers: async (key, run, flags) => {
      const answer = await servers(key, () => listMcpServers(withPatience(run), flags));
      return answer.isSure ? answer.value : undefined;
    },
  };
}

function toError(output: CodexOutput, { file, cwd }: Asked): BridgeError {
  const { exitCode, signal, spawnError, wasEnded } = output;
  if (spawnError !== undefined) return toSpawnError(spawnError, file, cwd);
  if (wasEnded) {
    const message = "The Codex CLI did not answer `codex exec --help` in time. No turn was started.";
    return new BridgeError("AGENT_NOT_ANSWERING", message);
  }
  const words = cutText(readCodexWords(output.stderr) || output.stdout, 600);
  const message = `The program at ${file} does not answer \`exec --help\` as a Codex CLI does.`;
  const broken = new BridgeError("AGENT_BROKEN", message, { agentText: words });
  if (exitCode === 0) return broken;
  const evidence = { message: "", errorInfo: undefined, hasGarbage: false, isCutOff: false, hasBegun: false };
  const { stderr } = output;
  const error = toTurnError({ ...evidence, stderr, exitCode, signal, asked: NOTHING_ASKED });
  // No model was asked, so this does not count as a failed turn.
  return error.code === "AGENT_EXITED" ? broken : error;
}

// Caches the newest sure answer by its key.
function createMemo<Value>(): (key: string, ask: () => Promise<ProbeAnswer<Value>>) => Promise<ProbeAnswer<Value>> {
  let kept: { key: string; answer: ProbeAnswer<Value> } | undefined;
  return async (key, ask) => {
    if (kept?.key === key) return kept.answer;
    const answer = await ask();
    if (answer.isSure) kept = { key, answer };
    return answer;
  };
}
