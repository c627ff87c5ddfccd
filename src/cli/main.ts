// The command line: which command, with which words.
import { fileURLToPath } from "node:url";
import { printError, printLine } from "./output.ts";
import { serve } from "./serve.ts";

declare const __BRIDGE_VERSION__: string;

const HELP = `codex-bridge ${__BRIDGE_VERSION__}: an MCP server that lets Claude Code hand work to your Codex CLI

Usage: codex-bridge [serve]       serve MCP on stdin and stdout (what Claude Code starts)
       codex-bridge demo [--live] show a delegated turn and its follow-up, without an account
                                  (--live: with your own Codex login)
       codex-bridge route "task"  say which agent the delegation rules choose for a task, and why
                                  (--context-tokens N, --type T, --complexity 0..1, --files yes|no, --json)
       codex-bridge route --eval FILE.jsonl
                                  judge the rules by labelled tasks: {"task": "…", "agent": "codex_cli"}
       codex-bridge --help | --version

Register it: claude mcp add codex -- codex-bridge
Settings are environment variables; see the README.`;

const SHIPPED_RULES = fileURLToPath(new URL("../delegation-rules.json", import.meta.url));
const COMMANDS = ["serve", "route", "demo"] as const;

/** What the program was asked to run: resolves with its exit code. */
export async function main(words: readonly string[]): Promise<number> {
  const [command = "serve", ...rest] = words;
  if (rest.includes("--help") || command === "--help" || command === "-h" || command === "help") return print(HELP);
  if (command === "--version" || command === "-V") return print(__BRIDGE_VERSION__);
  if (command === "demo") return runDemo(rest);
  if (command === "route") return runRoute(rest);
  if (command !== "serve")
    return refuse(`Unknown command ${JSON.stringify(command)}. Commands: ${COMMANDS.join(", ")}.`);
  if (rest.length > 0) return refuse(`serve takes no arguments, but got ${JSON.stringify(rest[0])}.`);
  if (process.platform === "win32") return refuse("codex-bridge does not run on Windows itself. Use it inside WSL.");
  return serve(__BRIDGE_VERSION__);
}

async function runDemo(words: readonly string[]): Promise<number> {
  const unknown = words.find((word) => word !== "--live");
  if (unknown !== undefined) return refuse(`demo takes --live only, not ${JSON.stringify(unknown)}.`);
  const { runDemo: run } = await import("../demo/demo.ts");
  return run({ isLive: words.includes("--live"), print: printLine });
}

async function runRoute(words: readonly string[]): Promise<number> {
  const { runRoute: run } = await import("./route.ts");
  const rulesPath = process.env["DELEGATION_RULES"] || SHIPPED_RULES;
  try {
    return run({ words, rulesPath, print: printLine });
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

function print(text: string): number {
  printLine(text);
  return 0;
}

function refuse(message: string): number {
  printError(`codex-bridge: ${message} Run codex-bridge --help.`);
  return 2;
}
