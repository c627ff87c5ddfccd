// Plugins of Codex, installed with the real CLI as a person would.
import { execFile, execFileSync, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { CLI, type Lab, NATIVE_CODEX } from "./lab.ts";

type Homes = Pick<Lab, "root" | "codexHome">;

/** Whether the CLI under test has `codex plugin`: 0.142 and later (docs/codex-cli.md#plugins). */
export const HAS_PLUGINS = CLI.hasFileProfiles;

const toEnv = (lab: Homes) => ({
  HOME: lab.root,
  CODEX_HOME: lab.codexHome,
  PATH: process.env["PATH"] ?? "",
  STANDIN_KEY: "dummy",
});

/** Runs the CLI in the lab's homes; returns what it printed. Throws if it fails. */
export function runCodex(lab: Homes, ...words: string[]): string {
  const env = toEnv(lab);
  return execFileSync(NATIVE_CODEX, words, { env, cwd: lab.root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** Runs a turn with `codex exec` in the lab's project. The stand-in answers meanwhile. */
export async function runCodexTurn(
  lab: Homes & Pick<Lab, "project">,
  prompt: string,
  ...options: string[]
): Promise<string> {
  const once = ["-c", "features.unbounded_connection_retries=false"];
  const words = ["exec", "--json", "--skip-git-repo-check", ...once, ...options, prompt];
  const turn = promisify(execFile)(NATIVE_CODEX, words, { env: toEnv(lab), cwd: lab.project, timeout: 30_000 });
  turn.child.stdin?.end();
  return (await turn).stdout;
}

/** Installs a plugin from the marketplace in this folder. */
export function installPlugin(lab: Homes, marketplace: string, plugin: string): void {
  runCodex(lab, "plugin", "marketplace", "add", marketplace);
  runCodex(lab, "plugin", "add", plugin);
}

/** Installs a plugin `tools` that brings these MCP servers. */
export function installServers(lab: Lab, mcpServers: Readonly<Record<string, unknown>>): void {
  const folder = join(lab.root, "marketplace");
  const write = (path: string, value: unknown): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), JSON.stringify(value));
  };
  const plugins = [{ name: "tools", source: { source: "local", path: "./tools" } }];
  write(".agents/plugins/marketplace.json", { name: "lab", plugins });
  write("tools/.codex-plugin/plugin.json", { name: "tools", version: "1.0.0", mcpServers: "./.mcp.json" });
  write("tools/.mcp.json", { mcpServers });
  installPlugin(lab, folder, "tools@lab");
}

/** Asks an app server of its own; the answers in the order of the questions. It ends with its input. */
export async function askAppServer(lab: Homes, questions: readonly (readonly [method: string, params: object])[]) {
  const child = spawn(NATIVE_CODEX, ["app-server"], {
    env: toEnv(lab),
    cwd: lab.root,
    stdio: ["pipe", "pipe", "ignore"],
  });
  const ended = new Promise((resolve) => child.on("exit", resolve));
  const send = (message: object): boolean => child.stdin.write(`${JSON.stringify(message)}\n`);
  const clientInfo = { name: "lab", title: "Lab", version: "1" };
  send({ id: 0, method: "initialize", params: { clientInfo, capabilities: { experimentalApi: true } } });
  send({ method: "initialized" });
  for (const [at, [method, params]] of questions.entries()) send({ id: at + 1, method, params });
  const answers: unknown[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const { id, result } = JSON.parse(line);
    if (id > 0) answers[id - 1] = result;
    if (answers.filter((answer) => answer !== undefined).length === questions.length) child.stdin.end();
  }
  await ended;
  return answers;
}
