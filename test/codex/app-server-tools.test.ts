// A turn of the app server that is ended while a tool of an MCP server runs. Codex tells the MCP server, which need not listen.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { TurnRequest } from "../../src/domain/turn.ts";
import { openAppServer } from "../support/codex-backends.ts";
import { CLI, createLab, type Lab, type Respond, until } from "../support/lab.ts";
import { findMarked, killMarked } from "../support/stdio-bridge.ts";
import { type TurnChange, toTurnRequest } from "../support/turn-request.ts";

const MARK = "LAB_STUBBORN=1";

/** Its tool writes to a file for ever. It ignores a cancelled call, the end of its input and every signal that can be ignored. */
const STUBBORN = `
  import { spawn } from "node:child_process";
  import { createInterface } from "node:readline";
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, () => {});
  process.stdout.on("error", () => {});
  setInterval(() => {}, 1000);
  const work = "trap '' TERM INT HUP; while :; do echo x >> " + process.argv[2] + "; sleep 0.05; done";
  const tools = [{ name: "work", description: "Works.", inputSchema: { type: "object" }, annotations: { readOnlyHint: true } }];
  createInterface({ input: process.stdin }).on("line", (line) => {
    const { id, method } = JSON.parse(line);
    const serverInfo = { name: "stubborn", version: "1" };
    if (method === "tools/call") return void spawn("/bin/sh", ["-c", work], { stdio: "ignore" });
    const result = method === "initialize" ? { protocolVersion: "2025-06-18", capabilities: { tools: {} }, serverInfo } : { tools };
    if (id !== undefined) console.log(JSON.stringify({ jsonrpc: "2.0", id, result }));
  });
`;

let lab: Lab;
let trace: string;
beforeEach(async () => {
  lab = await createLab();
  trace = join(lab.root, "trace");
  const script = join(lab.root, "stubborn.mjs");
  writeFileSync(script, STUBBORN);
  lab.writeConfig({
    tables: `[mcp_servers.stubborn]\ncommand = ${JSON.stringify(process.execPath)}\nargs = ${JSON.stringify([script, trace])}\ndefault_tools_approval_mode = "approve"\n[mcp_servers.stubborn.env]\nLAB_STUBBORN = "1"\n`,
  });
});
afterEach(async () => {
  killMarked(MARK);
  await lab.close();
});

const ask = (prompt: string, change?: TurnChange): TurnRequest => toTurnRequest(lab, prompt, change);

/** Calls the tool for the prompt "work"; other prompts are answered, or held. */
const respond: Respond = ({ userTexts, toolOutputs }) => {
  const prompt = userTexts.at(-1);
  if (prompt === "hold") return { ending: "hang" };
  if (prompt !== "work" || toolOutputs.length > 0) return { steps: [{ say: "hello" }] };
  const call = { type: "function_call", id: "f", call_id: "c", namespace: "mcp__stubborn", name: "work" };
  return {
    events: [
      { type: "response.output_item.done", item: { ...call, arguments: "{}" } },
      {
        type: "response.completed",
        response: { id: "r", usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 } },
      },
    ],
  };
};

const readTrace = (): string => (existsSync(trace) ? readFileSync(trace, "utf8") : "");
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe.runIf(CLI.letsGoOfThreads)("a tool of an MCP server that runs", () => {
  test.for([
    ["a cancel", "interrupted", "beside another one"],
    ["its deadline", "failed", "beside another one"],
    ["a cancel", "interrupted", "alone"],
  ] as const)("ends with a turn that is ended by %s (%s), %s, and its thread goes on", async ([, kind, how]) => {
    lab.respond(respond);
    const backend = openAppServer(lab);
    try {
      const other = how === "alone" ? undefined : backend.startTurn(ask("hold"));
      const turn = backend.startTurn(ask("work", kind === "failed" ? { deadlineMs: 3_000 } : {}));
      await until("the tool works", () => readTrace().length > 4);
      if (kind === "interrupted") turn.interrupt();
      const outcome = await turn.outcome;
      const written = readTrace();
      expect(outcome.kind).toBe(kind);
      await pause(500);
      expect(readTrace()).toBe(written);
      const { threadId } = outcome.report;
      expect(await backend.startTurn(ask("next", { threadId })).outcome).toMatchObject({ kind: "completed" });
      other?.interrupt();
      if (other !== undefined) expect(await other.outcome).toMatchObject({ kind: "interrupted" });
    } finally {
      await backend.close();
    }
    await until("nothing is left", () => findMarked(MARK).length === 0);
  });
});
