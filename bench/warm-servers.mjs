// The two that the warm benchmarks compare: a bridge on its app server, and a raw one. Both start threads and run turns on them.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { startServer } from "./measure.mjs";

/** Our bridge on its app server, which keeps every thread loaded. */
export function openOurs({ servers, env, project }) {
  const own = { ...env, BRIDGE_BACKEND: "app-server", BRIDGE_THREAD_IDLE_MS: "3600000" };
  const server = startServer(servers.ours.command, { env: own, cwd: project });
  let count = 0;
  return {
    start: async () => {
      count += 1;
      return (await server.call("codex", { prompt: "hello" })).structuredContent.threadId;
    },
    turn: (threadId) => server.call("codex-reply", { prompt: "hello", threadId }),
    threads: () => count,
    megabytes: () => readMegabytes(server.child.pid),
    close: server.close,
  };
}

/** The app server as it is, driven by hand. */
export async function openRaw({ env, project }) {
  const flags = ["-c", "features.unbounded_connection_retries=false", "app-server"];
  const child = spawn(env.CODEX_BIN, flags, { env, cwd: project, stdio: ["pipe", "pipe", "ignore"] });
  const waiting = new Map();
  const turns = new Map();
  let id = 0;
  let rest = "";
  let count = 0;
  child.stdout.on("data", (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      const { id: of, result, method, params } = JSON.parse(line);
      if (method === undefined) waiting.get(of)?.(result);
      else if (method === "turn/completed") turns.get(params.threadId)?.();
    }
  });
  const request = (method, params) => {
    id += 1;
    child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
    return new Promise((resolve) => waiting.set(id, resolve));
  };
  const turn = async (threadId) => {
    const done = new Promise((resolve) => turns.set(threadId, resolve));
    await request("turn/start", { threadId, input: [{ type: "text", text: "hello" }] });
    await done;
  };
  await request("initialize", { clientInfo: { name: "bench", version: "1" }, capabilities: { experimentalApi: true } });
  child.stdin.write('{"jsonrpc":"2.0","method":"initialized"}\n');
  return {
    start: async () => {
      const { thread } = await request("thread/start", { cwd: project, sandbox: "read-only", approvalPolicy: "never" });
      await turn(thread.id);
      count += 1;
      return thread.id;
    },
    turn,
    threads: () => count,
    megabytes: () => readMegabytes(child.pid),
    close: () => {
      child.stdin.end();
      return new Promise((resolve) => child.once("exit", resolve));
    },
  };
}

// Memory in RAM of a process and all below it.
function readMegabytes(pid) {
  const own = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean);
  return Math.round(children.reduce((sum, child) => sum + readMegabytes(child), own));
}
