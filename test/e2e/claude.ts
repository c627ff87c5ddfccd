// Runs the real Claude Code, in print mode or in a terminal, with an environment made for it.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openTerminal, type Terminal } from "./terminal.ts";

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

/** Another Claude Code than the installed one: an older one, for instance. */
const OTHER = process.env["LAB_CLAUDE_BIN"];
const PACKAGES = join(import.meta.dirname, "node_modules/@anthropic-ai");

/** Starts `claude -p`; ends by itself, or by the caller's signal to `child`. */
export function runClaude(options: ClaudeOptions): ClaudeRun {
  const words = ["-p", options.prompt, ...toFlags(options), "--output-format", "stream-json", "--verbose"];
  const child = spawn(findClaude(), words, {
    cwd: options.cwd,
    stdio: ["ignore", "pipe", "pipe"],
    env: toEnv(options),
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

/** Starts `claude` in a terminal, past the questions of its first start. */
export function openClaude(options: Omit<ClaudeOptions, "prompt">): Terminal {
  const known = {
    hasCompletedOnboarding: true,
    lastOnboardingVersion: "99.0.0",
    theme: "dark",
    // The last 20 characters of the key.
    customApiKeyResponses: { approved: [API_KEY.slice(-20)], rejected: [] },
    projects: { [options.cwd]: { hasTrustDialogAccepted: true, allowedTools: [] } },
  };
  const path = join(options.home, ".claude.json");
  // A command such as `plugin install` may have made the file without them.
  const old: object = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
  writeFileSync(path, JSON.stringify({ ...known, ...old }));
  return openTerminal({ command: [findClaude(), ...toFlags(options)], cwd: options.cwd, env: toEnv(options) });
}

const API_KEY = "dummy";

function toFlags({ home, server, settings = {}, flags = [] }: Omit<ClaudeOptions, "prompt">): string[] {
  const servers = server === undefined ? [] : writeServer(home, server);
  return [...servers, "--allowedTools", "mcp__codex", "--settings", JSON.stringify(settings), ...flags];
}

function toEnv({ home, messagesBaseUrl, env }: Omit<ClaudeOptions, "prompt">): Record<string, string> {
  return {
    HOME: home,
    PATH: process.env["PATH"] ?? "",
    ANTHROPIC_BASE_URL: messagesBaseUrl,
    ANTHROPIC_API_KEY: API_KEY,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    CLAUDE_CODE_MAX_RETRIES: "0",
    DISABLE_AUTOUPDATER: "1",
    DISABLE_TELEMETRY: "1",
    ...env,
  };
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

/** Whether it speaks revision 2026-07-28, and so knows tasks: its program then has the name of that revision's first request. */
export const SPEAKS_NEW_ERA = OTHER === undefined || readFileSync(OTHER).includes("server/discover");

/** The program. The wrapper's install script may not have run; the native binary is in the platform's package. */
export function findClaude(): string {
  if (OTHER !== undefined) return OTHER;
  const native = join(PACKAGES, `claude-code-${process.platform}-${process.arch}`, "claude");
  return existsSync(native) ? native : join(PACKAGES, "claude-code/cli-wrapper.cjs");
}
