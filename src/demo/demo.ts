// `codex-bridge demo`: starts the built server as Claude Code would, delegates a task to the real Codex CLI, and continues its thread.
// Without --live the model is a stand-in on 127.0.0.1: no account, no network, nothing of the user's own set-up is read or written.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BridgeClient, connectClient } from "../mcp/client.ts";
import {
  type ResponsesStandIn,
  type StandInAnswer,
  type StandInRequest,
  startResponsesStandIn,
  toCodexConfig,
} from "./responses-standin.ts";

/** How the demo is run. */
export interface DemoOptions {
  /** Uses the user's own Codex login and model instead of the stand-in. */
  readonly isLive: boolean;
  readonly print: (line: string) => void;
}

const TASK = "Count the lines of notes.txt with wc and tell me the number. Remember the word PELICAN.";
const FOLLOW_UP = "Which word did I ask you to remember?";

/** Runs the demo; resolves with the exit code. */
export async function runDemo({ isLive, print }: DemoOptions): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "codex-bridge-demo-"));
  const standIn = isLive ? undefined : await startResponsesStandIn(answerDemo);
  try {
    const project = join(folder, "project");
    mkdirSync(project);
    writeFileSync(join(project, "notes.txt"), "one\ntwo\nthree\n");
    const env = standIn === undefined ? toLiveEnv() : makeHome(folder, standIn);
    print(
      `Model: ${isLive ? "your own Codex login" : "a stand-in on 127.0.0.1 (no account, no network)"}. Codex: the real CLI.`,
    );
    const ownPath = fileURLToPath(new URL("./bin.js", import.meta.url));
    const client = await connectClient({ command: process.execPath, args: [ownPath], env, cwd: project }, "1");
    try {
      if (!(await showTurns(client, print))) return 1;
      print("That is what Claude Code sees when it delegates. Register the bridge with:");
      print(`  claude mcp add codex -- node ${ownPath}`);
      print("and ask Claude: have Codex review the last commit.");
      return 0;
    } finally {
      await client.close();
    }
  } finally {
    await standIn?.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function showTurns(client: BridgeClient, print: (line: string) => void): Promise<boolean> {
  print(`Server is up. Tools: ${client.toolNames.join(", ")}\n`);
  const first = await showCall(client, "codex", { prompt: TASK, sandbox: "read-only" }, print);
  if (first === undefined) return false;
  const second = await showCall(client, "codex-reply", { prompt: FOLLOW_UP, threadId: first }, print);
  if (second === undefined) return false;
  return true;
}

async function showCall(
  client: BridgeClient,
  name: string,
  args: Readonly<Record<string, unknown>>,
  print: (line: string) => void,
): Promise<string | undefined> {
  print(`▶ ${name} ${JSON.stringify(args)}`);
  const result = await client.call(name, args, (message) => print(`  … ${message}`));
  if (result.isError) {
    print(`✘ ${result.text}\n`);
    return undefined;
  }
  print(`✔ ${result.text}`);
  const { threadId, sandbox, durationMs } = result.structured;
  print(`  threadId ${String(threadId)} · sandbox ${String(sandbox)} · ${String(durationMs)} ms\n`);
  return String(threadId);
}

function makeHome(folder: string, standIn: ResponsesStandIn): Record<string, string> {
  const codexHome = join(folder, "codex-home");
  mkdirSync(codexHome);
  writeFileSync(join(codexHome, "config.toml"), toCodexConfig(standIn.baseUrl));
  return {
    ...pickEnv(["PATH", "CODEX_BIN", "LANG", "TERM"]),
    HOME: folder,
    CODEX_HOME: codexHome,
    BRIDGE_STATE_DIR: join(folder, "state"),
    STANDIN_KEY: "demo",
  };
}

function toLiveEnv(): Record<string, string> {
  return { HOME: homedir(), ...pickEnv(Object.keys(process.env)) };
}

function pickEnv(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

function answerDemo(request: StandInRequest): StandInAnswer {
  if (request.userTexts.at(-1)?.includes(FOLLOW_UP) === true) {
    const word = /Remember the word (\w+)/.exec(request.userTexts.join("\n"))?.[1];
    return {
      steps: [{ say: word === undefined ? "You did not give me a word." : `You asked me to remember ${word}.` }],
    };
  }
  const output = request.toolOutputs[0];
  if (output === undefined) {
    return { delayMs: 600, steps: [{ think: "I will count the lines" }, { run: "sleep 1; wc -l notes.txt" }] };
  }
  const lines = /(\d+) notes\.txt/.exec(output)?.[1] ?? "an unknown number of";
  return { delayMs: 600, steps: [{ say: `notes.txt has ${lines} lines. I will remember PELICAN.` }] };
}
