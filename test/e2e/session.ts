// One session on real parts: Claude Code, the built bridge, Codex, with a stand-in model for each of the two agents.
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { nanoid } from "nanoid";
import {
  type MessagesStandIn,
  type ModelRequest,
  type ModelStep,
  startMessagesStandIn,
} from "../../src/setup/demo/messages-standin.ts";
import { writeHumanPath as writeRules } from "../support/human-path.ts";
import { createLab, type Lab, until } from "../support/lab.ts";
import { findMarked, killMarked } from "../support/stdio-bridge.ts";
import { type ClaudeRun, openClaude, runClaude } from "./claude.ts";
import type { Terminal } from "./terminal.ts";

const BIN = join(import.meta.dirname, "../../dist/bin.js");
const PIPE = join(import.meta.dirname, "recording-pipe.mjs");

/** What Claude's model does. */
export type Script = (request: ModelRequest) => ModelStep;

export interface WireLine {
  readonly time: number;
  readonly direction: "in" | "out";
  readonly message: Record<string, unknown> & { params?: Record<string, unknown> };
}

export interface Session {
  readonly lab: Lab;
  /** Claude Code's home. */
  readonly home: string;
  /** Claude's model. */
  readonly model: MessagesStandIn;
  /** Starts `claude -p`; the bridge and all below it get `env` besides the lab's. */
  start(script: Script, options?: SessionOptions): ClaudeRun;
  /** Starts `claude` in a terminal, and waits until it knows the bridge's tools. It can be started again, with the same home. The wire is recorded. */
  open(script: Script, options?: SessionOptions): Promise<Terminal>;
  /** What went over the bridge's pipes, where it was recorded. */
  readWire(): WireLine[];
  /** Processes of the session that are alive. */
  findLeft(): { pid: number; command: string }[];
  close(): Promise<void>;
}

export interface SessionOptions {
  readonly isRecorded?: boolean;
  readonly env?: Record<string, string>;
  /** Environment of Claude Code itself. */
  readonly claudeEnv?: Record<string, string>;
  /** Claude Code's settings. */
  readonly settings?: Record<string, unknown>;
  /** Further flags of `claude`. */
  readonly flags?: readonly string[];
  /** What is typed first, in print mode. */
  readonly prompt?: string;
  /** Whether the bridge comes with the installed plugin instead of an entry of its own. It has Claude Code's environment then. */
  readonly isPlugin?: boolean;
}

export async function createSession(): Promise<Session> {
  const lab = await createLab();
  let script: Script = () => ({ text: "over" });
  const model = await startMessagesStandIn((request) => script(request));
  const mark = nanoid();
  const findLeft = () => findMarked(`LAB_CASE=${mark}`);
  const wirePath = join(lab.root, "wire.jsonl");
  const home = join(lab.root, "claude-home");
  mkdirSync(home);
  const toClaude = ({
    isRecorded,
    env = {},
    claudeEnv = {},
    settings = {},
    flags = [],
    prompt = "go",
    isPlugin = false,
  }: SessionOptions = {}) => {
    const server = [process.execPath, BIN];
    const [command = "", ...args] = isRecorded ? [process.execPath, PIPE, wirePath, "--", ...server] : server;
    // Claude Code's own home stays its own.
    const { HOME: _home, ...labEnv } = lab.env;
    return {
      prompt,
      server: isPlugin ? undefined : { command, args, env: { ...lab.env, ...env, LAB_CASE: mark } },
      messagesBaseUrl: model.baseUrl,
      home,
      cwd: lab.project,
      env: { ...(isPlugin ? { ...labEnv, ...env } : {}), ...claudeEnv, LAB_CASE: mark },
      settings,
      flags,
    };
  };
  return {
    lab,
    home,
    model,
    findLeft,
    start: (next, options) => {
      script = next;
      return runClaude(toClaude(options));
    },
    open: async (next, options) => {
      script = next;
      const before = countToolLists(wirePath);
      const terminal = openClaude(toClaude({ ...options, isRecorded: true }));
      // A resumed session may have a task, a form or work before the line for its keys is ever shown.
      await terminal.waitFor(/shift\+tab to cycle|\? for shortcuts|to manage|requests your input|to interrupt/, 30_000);
      await until("Claude Code knows the tools", () => countToolLists(wirePath) > before);
      return terminal;
    },
    readWire: () =>
      readFileSync(wirePath, "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as { time: number; direction: "in" | "out"; line: string })
        .map(({ line, ...entry }) => ({ ...entry, message: JSON.parse(line) as WireLine["message"] })),
    close: async () => {
      killMarked(`LAB_CASE=${mark}`);
      await model.close();
      await lab.close();
    },
  };
}

// Answers to tools/list, however often the bridge was started.
function countToolLists(wirePath: string): number {
  const text = existsSync(wirePath) ? readFileSync(wirePath, "utf8") : "";
  return text.split('\\"tools\\":[').length - 1;
}

/** Writes a rules file whose escalation path begins with a person. */
export const writeHumanPath = ({ lab }: Session): string => writeRules(lab.root);
