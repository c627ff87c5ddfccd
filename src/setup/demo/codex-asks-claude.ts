// The scene in which the user's Codex calls the bridge, and the real Claude Code does the work. Both models are stand-ins.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { findClaude } from "../../agents/claude-code/launch/claude-launch.ts";
import { findCodexBinary } from "../../agents/codex/program/binary.ts";
import { type Print, paint } from "../../domain/printed-line.ts";
import { wrapText } from "../../domain/wrap-text.ts";
import { startMessagesStandIn } from "./messages-standin.ts";
import { presentResult, presentTyped } from "./present.ts";
import { type ResponsesStandIn, toCodexConfig } from "./responses-standin.ts";
import { CLAUDE_REVIEW, readResult, toReview } from "./scenes.ts";

/** What the scene needs. */
export interface AskingStage {
  /** Folder of the demo; the scene has homes of its own in it. */
  readonly folder: string;
  readonly project: string;
  /** The bridge's program. */
  readonly ownPath: string;
  /** The environment of the demo's own bridge: its home, its state folder, its Codex. */
  readonly env: Readonly<Record<string, string>>;
  /** Codex's model. */
  readonly standIn: ResponsesStandIn;
  readonly print: Print;
}

/** The whole turn takes about five seconds. */
const LIMIT_MS = 120_000;
const NO_CLAUDE = "Left out: this machine has no Claude Code (no `claude` on the PATH).";

/** Has Codex do what its user `typed`. False if that failed; where there is no Claude Code, it says so, and nothing has failed. */
export async function showCodexAsksClaude(typed: string, stage: AskingStage): Promise<boolean> {
  const { project, standIn, print } = stage;
  for (const line of presentTyped(`codex exec ${JSON.stringify(typed)}`)) print(line);
  const claudeBin = findOwnClaude(project);
  if (claudeBin === undefined) {
    for (const line of wrapText(NO_CLAUDE, 3)) print([paint("yellow", `   ${line}`)]);
    return true;
  }
  print([paint("gray", "   … Codex starts, and calls claude-review")]);
  const model = await startMessagesStandIn(
    () => ({ tool: "StructuredOutput", input: JSON.parse(toReview()) }),
    (tools) => tools.includes("StructuredOutput"),
  );
  try {
    const codexHome = makeCodexHome(stage, { CLAUDE_BIN: claudeBin, ANTHROPIC_BASE_URL: model.baseUrl });
    const said = await runCodex(typed, codexHome, stage);
    const result = readResult(standIn.requests.at(-1)?.toolOutputs.at(-1) ?? "");
    const structured = { ...result, content: said };
    for (const line of presentResult({ isError: result === undefined, text: said, structured })) print(line);
    return result !== undefined;
  } finally {
    await model.close();
  }
}

// It is only looked for where the user has it; it runs with a home of the demo's.
function findOwnClaude(project: string): string | undefined {
  const { CLAUDE_BIN = "", PATH = "" } = process.env;
  try {
    return findClaude({ claudeBin: CLAUDE_BIN || undefined, env: { PATH, HOME: homedir() } }, project);
  } catch {
    return undefined;
  }
}

/** A home of Codex in which the bridge is registered, as `codex-bridge init` would do it; gives its path. */
function makeCodexHome({ folder, ownPath, env, standIn }: AskingStage, more: Readonly<Record<string, string>>): string {
  const [codexHome, home] = [join(folder, "asking-codex-home"), join(folder, "claude-home")];
  for (const one of [codexHome, home]) mkdirSync(one);
  const serverEnv = { ...env, ...more, HOME: home, ANTHROPIC_API_KEY: "sk-ant-demo" };
  const pairs = Object.entries(serverEnv).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  const entry = [
    `[mcp_servers.${CLAUDE_REVIEW.server}]`,
    `command = ${JSON.stringify(process.execPath)}`,
    `args = ${JSON.stringify([ownPath, "serve", "--role", "codex"])}`,
    "required = true",
    `env = { ${pairs.join(", ")} }`,
  ];
  writeFileSync(join(codexHome, "config.toml"), `${toCodexConfig(standIn.baseUrl)}\n${entry.join("\n")}\n`);
  return codexHome;
}

// In the demo's own process group, so that Ctrl-C ends it too.
async function runCodex(typed: string, codexHome: string, { folder, project, env }: AskingStage): Promise<string> {
  const search = { env: process.env, execPath: process.execPath, cwd: project };
  const { path } = findCodexBinary(env["CODEX_BIN"] || undefined, search);
  const answer = join(folder, "codex-said.txt");
  const args = ["exec", "--skip-git-repo-check", "-s", "read-only", "--output-last-message", answer, typed];
  const child = spawn(path, args, {
    ...{ cwd: project, env: { ...env, CODEX_HOME: codexHome }, timeout: LIMIT_MS },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => {
    stderr = `${stderr}${chunk}`.slice(-500);
  });
  const problem = await new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code) => resolve(code === 0 ? "" : `Codex ended with ${code}. ${stderr.trim()}`));
  });
  if (problem !== "") return problem;
  return existsSync(answer) ? readFileSync(answer, "utf8").trim() : "Codex said nothing.";
}
