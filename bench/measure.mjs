// How things are timed: medians of interleaved rounds, so that what else the machine does falls on all alike.
import { spawn } from "node:child_process";

/** Milliseconds that `act` takes; `after` is not counted. */
export async function time(act, after = () => {}) {
  const start = performance.now();
  const value = await act();
  const took = performance.now() - start;
  await after(value);
  return took;
}

/** Runs every contender once a round, in turn; gives the times of each by name. */
export async function race(rounds, contenders) {
  const times = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, act] of Object.entries(contenders)) times[name].push(await act());
  }
  return times;
}

/** The record with each value changed. */
export function mapValues(record, change) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

export function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** Runs a program to its end; rejects for an exit code that is not 0. */
export function runToExit(command, args, options, input = "") {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ["pipe", "ignore", "ignore"] });
    child.on("error", reject);
    child.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(`${command} ended with ${code}`))));
    child.stdin.end(input);
  });
}

const CLIENT = { name: "bench", version: "1" };
const ENVELOPE = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientInfo": CLIENT,
  "io.modelcontextprotocol/clientCapabilities": {},
};

/**
 * Starts an MCP server and shakes hands with it, in the old era of MCP or with `isModern` in the new one; answers are awaited by id,
 * everything else is passed over.
 */
export function startServer([command, ...args], options, isModern = false) {
  const child = spawn(command, args, { ...options, stdio: ["pipe", "pipe", "ignore"] });
  const waiting = new Map();
  let id = 0;
  let rest = "";
  child.stdout.on("data", (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      const message = JSON.parse(line);
      if (message.method === undefined) waiting.get(message.id)?.(message);
    }
  });
  const send = (message) => child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  const request = (method, params) => {
    id += 1;
    const answer = new Promise((resolve) => waiting.set(id, resolve));
    send({ id, method, params: isModern ? { ...params, _meta: ENVELOPE } : params });
    return answer;
  };
  if (isModern) void request("server/discover");
  else {
    void request("initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: CLIENT });
    send({ method: "notifications/initialized" });
  }
  return {
    child,
    list: async () => (await request("tools/list")).result.tools,
    call: async (name, args) => {
      const { result, error } = await request("tools/call", { name, arguments: args });
      if (error !== undefined || result.isError) throw new Error(error?.message ?? result.content[0].text);
      return result;
    },
    /** Sends a call and does not wait for its answer. */
    post: (name, args) => void request("tools/call", { name, arguments: args }),
    close: () => {
      child.stdin.end();
      // The removed official server takes its time, and some peers never notice the end.
      const timer = setTimeout(() => child.kill("SIGKILL"), 2_000);
      return new Promise((resolve) => child.once("exit", resolve)).finally(() => clearTimeout(timer));
    },
  };
}
