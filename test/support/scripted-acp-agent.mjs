// An agent that speaks the Agent Client Protocol and does what a file says. `LAB_ACP` is the path of that file: JSON, read at each message.
import { spawn } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const home = process.env.AGENT_HOME ?? process.env.HOME;
const sessions = join(home, "sessions");
const open = new Map();
let asked = 0;
let running;

const script = () => JSON.parse(readFileSync(process.env.LAB_ACP, "utf8"));
const say = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
const update = (sessionId, value) => say({ method: "session/update", params: { sessionId, update: value } });
const ask = (method, params) =>
  new Promise((resolve) => {
    asked += 1;
    open.set(asked, resolve);
    say({ id: asked, method, params });
  });
const text = (sessionId, words) =>
  update(sessionId, { sessionUpdate: "agent_message_chunk", content: { type: "text", text: words } });
const MODES = ["default", "plan", "full"].map((id) => ({ id, name: id }));

const METHODS = {
  initialize: () => ({
    protocolVersion: script().protocolVersion ?? 1,
    agentInfo: script().info ?? { name: "scripted", version: "1" },
    agentCapabilities: { loadSession: script().canLoad !== false, promptCapabilities: { image: true } },
  }),
  "session/new": ({ cwd }) => {
    const { sessionId: told, modes = MODES.map(({ id }) => id) } = script();
    const sessionId = `s-${process.pid}-${Math.random().toString(36).slice(2)}`;
    mkdirSync(sessions, { recursive: true });
    writeFileSync(join(sessions, sessionId), cwd);
    const availableModes = modes.map((id) => ({ id, name: id }));
    return { sessionId: told ?? sessionId, modes: { currentModeId: "default", availableModes } };
  },
  "session/load": ({ sessionId }) => {
    if (script().failsToLoad === true || !existsSync(join(sessions, sessionId)))
      throw { code: -32603, message: "no such session" };
    text(sessionId, "an old message that is told again");
    return { modes: { currentModeId: "default", availableModes: MODES } };
  },
  "session/set_mode": ({ sessionId, modeId }) => {
    text(sessionId, `[MODE_UPDATE] ${modeId}`);
    return {};
  },
  "session/prompt": prompt,
};

async function prompt({ sessionId, prompt: blocks }) {
  const { does, ...more } = script();
  const asked = blocks.map((block) => block.text ?? "").join("");
  if (more.writesDown === true) appendFileSync(join(home, "prompts"), `${asked}\n`);
  switch (does) {
    // A prompt is answered by what stands in it: FAIL, HANG, or a word for word answer a moment later.
    case "echo": {
      if (asked.includes("FAIL")) throw { code: 400, message: '{"error":{"code":400,"message":"no"}}' };
      return new Promise((resolve) => {
        running = () => resolve({ stopReason: "cancelled" });
        if (asked.includes("HANG")) return;
        setTimeout(() => {
          text(sessionId, `answer to ${asked}`);
          resolve({ stopReason: "end_turn" });
        }, more.answersAfterMs);
      });
    }
    case "answer":
      update(sessionId, {
        sessionUpdate: "tool_call",
        toolCallId: "c1",
        kind: "execute",
        title: "true",
        status: "in_progress",
      });
      update(sessionId, { sessionUpdate: "tool_call_update", toolCallId: "c1", status: "completed" });
      for (const piece of [more.text.slice(0, 1), more.text.slice(1)]) if (piece !== "") text(sessionId, piece);
      return { stopReason: "end_turn", ...more.more };
    case "work": {
      update(sessionId, {
        sessionUpdate: "tool_call",
        toolCallId: "c1",
        kind: "execute",
        title: "tail",
        status: "in_progress",
      });
      const child = spawn("tail", ["-f", "/dev/null"], { detached: true, stdio: "ignore" });
      return new Promise((resolve) => {
        running = () => {
          if (more.leaves !== true) child.kill();
          resolve({ stopReason: "cancelled" });
        };
      });
    }
    case "hang":
      return new Promise((resolve) => {
        running = () => resolve({ stopReason: "cancelled" });
      });
    case "deaf":
      return new Promise(() => {});
    case "fail":
      throw more.error ?? { code: 400, message: '{"error":{"code":400,"message":"no"}}' };
    case "stop":
      return more.result;
    case "ask": {
      const toolCall = { toolCallId: "c1", kind: more.kind ?? "execute", title: "touch x", status: "pending" };
      const options = more.options ?? [
        { optionId: "z", kind: "allow_always" },
        { optionId: "y", kind: "allow_once" },
        { optionId: "n", kind: "reject_once" },
      ];
      const { outcome } = await ask("session/request_permission", { sessionId, toolCall, options });
      if (more.staysSilent === true) return new Promise(() => {});
      const words = { y: "once", n: "no", z: "always" };
      text(sessionId, words[outcome.optionId] ?? outcome.outcome);
      return { stopReason: outcome.outcome === "cancelled" ? "cancelled" : "end_turn" };
    }
    // It works, and is killed before it has said so.
    case "die silently":
      process.kill(process.pid, "SIGKILL");
      return new Promise(() => {});
    case "raw":
      for (const line of more.lines) process.stdout.write(line);
      if (more.exit !== undefined) process.exit(more.exit);
      return new Promise(() => {});
    case "mode":
      update(sessionId, { sessionUpdate: "current_mode_update", currentModeId: "full" });
      return new Promise(() => {});
    case "flood": {
      const piece = "x".repeat(1_000_000);
      for (let at = 0; at < more.megabytes; at += 1) text(sessionId, piece);
      return { stopReason: "end_turn" };
    }
    case "long line":
      process.stdout.write(`{"jsonrpc":"2.0","method":"session/update","params":"${"x".repeat(70_000_000)}"}\n`);
      return new Promise(() => {});
    default:
      throw { code: -32603, message: `does ${does}` };
  }
}

if (process.env.LAB_ACP_DEAF === "1") process.on("SIGTERM", () => {});
createInterface({ input: process.stdin }).on("line", async (line) => {
  const message = JSON.parse(line);
  if (message.method === undefined) {
    open.get(message.id)?.(message.result ?? {});
    return;
  }
  if (message.method === "session/cancel") return script().does === "deaf" ? undefined : running?.();
  const act = METHODS[message.method];
  try {
    if (act === undefined) throw { code: -32601, message: "unknown method" };
    const result = await act(message.params);
    say({ id: message.id, result });
  } catch (error) {
    say({ id: message.id, error });
  }
});
process.stdin.on("end", () => process.exit(0));
