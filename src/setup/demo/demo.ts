// `codex-bridge demo`: starts the built server as Claude Code would, delegates to the real Codex CLI, continues, routes, escalates.
// Without --live the model is a stand-in on 127.0.0.1: no account, no network, nothing of the user's own set-up is read or written.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { findCodexBinary } from "../../agents/codex/program/binary.ts";
import { toOwnCommand } from "../../domain/own-command.ts";
import { toPrintableLine } from "../../domain/printable.ts";
import { type Print, paint } from "../../domain/printed-line.ts";
import { wrapText } from "../../domain/wrap-text.ts";
import { type BridgeClient, connectClient } from "../../mcp/client.ts";
import { showCodexAsksClaude } from "./codex-asks-claude.ts";
import { presentCall, presentResult } from "./present.ts";
import { type ResponsesStandIn, startResponsesStandIn, toCodexConfig } from "./responses-standin.ts";
import { answerDemo, FILES, SCENES, type Scene, toReview } from "./scenes.ts";
import { toSecondAgent, toSecondProgram } from "./second-agent.ts";

/** Options of the demo. */
export interface DemoOptions {
  /** The running program. */
  readonly ownPath: string;
  /** Uses the user's own Codex login and model instead of the stand-in. */
  readonly isLive: boolean;
  readonly print: Print;
}

const LIVE = "The Codex CLI, its login and its model are your own.";
const STAGED =
  "The Codex CLI is the real one; its model is a stand-in on this machine (no account, no network), and nothing of yours is touched.";

/** Runs the demo; resolves with the exit code. */
export async function runDemo({ ownPath, isLive, print }: DemoOptions): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "codex-bridge-demo-"));
  const standIn = isLive ? undefined : await startResponsesStandIn(answerDemo);
  try {
    const project = join(folder, "project");
    mkdirSync(project);
    writeFiles(project, FILES);
    makeRepository(project, folder);
    const env = standIn === undefined ? toLiveEnv() : makeHome(folder, standIn, ownPath);
    if (standIn !== undefined) writeFileSync(join(project, "codex-bridge"), toBridgeScript(ownPath));
    for (const line of wrapText(isLive ? LIVE : STAGED)) print(line);
    const client = await connectClient({ command: process.execPath, args: [ownPath], env, cwd: project }, "1");
    try {
      const scenes = SCENES.filter((scene) => !isLive || scene.isStagedOnly !== true);
      const ask = async (typed: string): Promise<boolean> =>
        standIn === undefined || showCodexAsksClaude(typed, { folder, project, ownPath, env, standIn, print });
      if (!(await showScenes(scenes, { client, project, print, ask }))) return 1;
    } finally {
      await client.close();
    }
    print("");
    print("Register it (not beside the plugin), then ask Claude for a review by Codex.");
    print(`   claude mcp add -s user codex -- ${toOwnCommand(ownPath).join(" ")}`);
    return 0;
  } finally {
    await standIn?.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Stage {
  readonly client: BridgeClient;
  readonly project: string;
  readonly print: Print;
  /** Has Codex do what its user types. */
  readonly ask: (typed: string) => Promise<boolean>;
}

async function showScenes(scenes: readonly Scene[], { client, project, print, ask }: Stage): Promise<boolean> {
  let before: Readonly<Record<string, unknown>> = {};
  let isGood = true;
  for (const [at, scene] of scenes.entries()) {
    print("");
    print([paint("bold", `${at + 1}. ${scene.title}`)]);
    if ("typed" in scene) {
      // A Claude Code of another version may refuse. The other scenes do not need it.
      isGood = (await ask(scene.typed)) && isGood;
      continue;
    }
    const { tool, args, follows, written = {} } = scene;
    writeFiles(project, written);
    const all = follows === undefined ? args : { ...args, [follows]: before[follows] };
    for (const line of presentCall(tool, all)) print(line);
    const result = await client.call(tool, all, (message) =>
      print([paint("gray", `   … ${toPrintableLine(message.slice(0, 70))}`)]),
    );
    for (const line of presentResult(result)) print(line);
    if (result.isError) return false;
    before = result.structured;
  }
  return isGood;
}

function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}

// Without Git the last scenes cannot tell what has changed, and say so.
function makeRepository(project: string, home: string): void {
  const git = (...words: string[]) =>
    spawnSync("git", ["-c", "user.name=Demo", "-c", "user.email=demo@localhost", ...words], {
      ...{ cwd: project, stdio: "ignore", env: { ...pickEnv(["PATH"]), HOME: home, GIT_CONFIG_NOSYSTEM: "1" } },
    });
  git("init", "--quiet");
  git("add", "--all");
  git("commit", "--quiet", "--message", "As it was");
}

function makeHome(folder: string, standIn: ResponsesStandIn, ownPath: string): Record<string, string> {
  const codexHome = join(folder, "codex-home");
  mkdirSync(codexHome);
  writeFileSync(join(codexHome, "config.toml"), toCodexConfig(standIn.baseUrl));
  const second = join(folder, "second-agent.mjs");
  writeFileSync(second, toSecondProgram(toReview()));
  return {
    ...pickEnv(["PATH", "LANG", "TERM"]),
    ...pickCodex(folder, ownPath),
    HOME: folder,
    CODEX_HOME: codexHome,
    BRIDGE_STATE_DIR: join(folder, "state"),
    STANDIN_KEY: "demo",
    BRIDGE_AGENTS: JSON.stringify(toSecondAgent(second)),
  };
}

// What a user has on the PATH, as a file that a sandboxed command can run. It can write nothing but the project.
function toBridgeScript(ownPath: string): string {
  const words = [process.execPath, ownPath].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  return `BRIDGE_STATE_DIR="$PWD/bridge-state" exec ${words.join(" ")} "$@"\n`;
}

// The user's Codex, else the one that a checkout installs for its tests.
function pickCodex(cwd: string, ownPath: string): Record<string, string> {
  const named = pickEnv(["CODEX_BIN"]);
  const own = join(dirname(dirname(ownPath)), "node_modules/.bin/codex");
  try {
    findCodexBinary(process.env["CODEX_BIN"] || undefined, { env: process.env, execPath: process.execPath, cwd });
    return named;
  } catch {
    return named["CODEX_BIN"] || !existsSync(own) ? named : { CODEX_BIN: own };
  }
}

function toLiveEnv(): Record<string, string> {
  return { HOME: homedir(), ...pickEnv(Object.keys(process.env)) };
}

function pickEnv(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}
