// One session on real parts: Claude Code, the built bridge, Codex, with a stand-in model for each of the two agents.
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { nanoid } from "nanoid";
import {
  type MessagesStandIn,
  type ModelRequest,
  type ModelStep,
  startMessagesStandIn,
} from "../standins/messages-standin.ts";
import { createLab, type Lab } from "../support/lab.ts";
import { findMarked } from "../support/stdio-bridge.ts";
import { type ClaudeRun, runClaude } from "./claude.ts";

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
  /** Claude's model. */
  readonly model: MessagesStandIn;
  /** Starts `claude -p`; the bridge and all below it get `env` besides the lab's. */
  start(script: Script, options?: SessionOptions): ClaudeRun;
  /** What went over the bridge's pipes, where it was recorded. */
  readWire(): WireLine[];
  /** Processes of the session that are alive. */
  findLeft(): { pid: number }[];
  close(): Promise<void>;
}

export interface SessionOptions {
  readonly isRecorded?: boolean;
  readonly env?: Record<string, string>;
  /** Claude Code's settings. */
  readonly settings?: Record<string, unknown>;
  /** Further flags of `claude`. */
  readonly flags?: readonly string[];
}

export async function createSession(): Promise<Session> {
  const lab = await createLab();
  let script: Script = () => ({ text: "over" });
  const model = await startMessagesStandIn((request) => script(request));
  const mark = nanoid();
  const findLeft = () => findMarked(`LAB_CASE=${mark}`);
  const wirePath = join(lab.root, "wire.jsonl");
  return {
    lab,
    model,
    findLeft,
    start: (next, { isRecorded = false, env = {}, settings = {}, flags = [] } = {}) => {
      script = next;
      const home = join(lab.root, "claude-home");
      mkdirSync(home);
      const server = [process.execPath, BIN];
      const [command = "", ...args] = isRecorded ? [process.execPath, PIPE, wirePath, "--", ...server] : server;
      return runClaude({
        prompt: "go",
        server: { command, args, env: { ...lab.env, ...env, LAB_CASE: mark } },
        messagesBaseUrl: model.baseUrl,
        home,
        cwd: lab.project,
        env: { LAB_CASE: mark },
        settings,
        flags,
      });
    },
    readWire: () =>
      readFileSync(wirePath, "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as { time: number; direction: "in" | "out"; line: string })
        .map(({ line, ...entry }) => ({ ...entry, message: JSON.parse(line) as WireLine["message"] })),
    close: async () => {
      for (const { pid } of findLeft()) process.kill(pid, "SIGKILL");
      await model.close();
      await lab.close();
    },
  };
}
