// Runs the real Claude Code in print mode, with an environment made for it.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface ClaudeRun {
  readonly child: ChildProcess;
  readonly ended: Promise<{
    code: number | null;
    signal: string | null;
    events: Record<string, unknown>[];
    stderr: string;
  }>;
}

export interface ClaudeOptions {
  readonly prompt: string;
  /** Entry of the server called `codex`; undefined: what is registered in the home. */
  readonly server:
    | { readonly command: string; readonly args: readonly string[]; readonly env: Record<string, string> }
    | undefined;
  readonly messagesBaseUrl: string;
  /** Claude Code's HOME; its cwd is `cwd`. */
  readonly home: string;
  readonly cwd: string;
  readonly env?: Record<string, string>;
  /** Claude Code's settings, e.g. hooks. */
  readonly settings?: Record<string, unknown>;
  /** Further flags of `claude`. */
  readonly flags?: readonly string[];
}

const PACKAGES = join(import.meta.dirname, "node_modules/@anthropic-ai");

/** Starts `claude -p`; ends by itself, or by the caller's signal to `child`. */
export function runClaude(options: ClaudeOptions): ClaudeRun {
  const flags = [
    ...(options.server === undefined ? [] : writeServer(options.home, options.server)),
    "--allowedTools",
    "mcp__codex",
    "--settings",
    JSON.stringify(options.settings ?? {}),
    ...(options.flags ?? []),
  ];
  const child = spawn(findClaude(), ["-p", options.prompt, ...flags, "--output-format", "stream-json", "--verbose"], {
    cwd: options.cwd,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      HOME: options.home,
      PATH: process.env["PATH"] ?? "",
      ANTHROPIC_BASE_URL: options.messagesBaseUrl,
      ANTHROPIC_API_KEY: "dummy",
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      CLAUDE_CODE_MAX_RETRIES: "0",
      DISABLE_AUTOUPDATER: "1",
      DISABLE_TELEMETRY: "1",
      ...options.env,
    },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<Awaited<ClaudeRun["ended"]>>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      const lines = stdout.split("\n").filter((line) => line.startsWith("{"));
      resolve({ code, signal, events: lines.map((line) => JSON.parse(line) as Record<string, unknown>), stderr });
    });
  });
  return { child, ended };
}

function writeServer(home: string, server: NonNullable<ClaudeOptions["server"]>): string[] {
  const config = join(home, "mcp.json");
  writeFileSync(config, JSON.stringify({ mcpServers: { codex: { type: "stdio", ...server } } }));
  return ["--mcp-config", config, "--strict-mcp-config"];
}

/** Runs a `claude` command that ends by itself, such as `mcp add`; gives what it printed. */
export function runClaudeCommand(words: readonly string[], place: { home: string; cwd: string }): string {
  const env = { HOME: place.home, PATH: process.env["PATH"] ?? "", CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1" };
  return execFileSync(findClaude(), [...words], {
    cwd: place.cwd,
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
}

// The wrapper's install script may not have run; the native binary is in the platform's package.
function findClaude(): string {
  const native = join(PACKAGES, `claude-code-${process.platform}-${process.arch}`, "claude");
  return existsSync(native) ? native : join(PACKAGES, "claude-code/cli-wrapper.cjs");
}
