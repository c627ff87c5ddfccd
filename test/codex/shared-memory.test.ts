// The Codex that the bridge starts has the shared memory: what it stores the bridge finds, and the other way round.
import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { type StartBridge, test } from "../support/fixture.ts";
import { CLI, type Lab, type Respond, runThenSay, until } from "../support/lab.ts";

const BIN = join(import.meta.dirname, "../../dist/bin.js");
const BACKENDS = CLI.letsGoOfThreads ? (["exec", "app-server"] as const) : (["exec"] as const);
const NAME = "codex_bridge_memory";

const open = (startBridge: StartBridge, env: Record<string, string> = {}) => startBridge({ env, ownPath: BIN });

/** The model calls a tool of the memory once, in the form of the CLI under test, then says what that answered. */
const call =
  (tool: string, input: object, attempts = 20): Respond =>
  ({ toolOutputs, body }) => {
    const output = toolOutputs.at(-1);
    // A Codex that does not wait for a server does not know its tools at first.
    if (output !== undefined && (!output.includes("unsupported call") || toolOutputs.length >= attempts))
      return { steps: [{ say: output }] };
    const own = listNames(body).find((name) => name === `mcp__${NAME}__${tool}`);
    const named = own === undefined ? { namespace: `mcp__${NAME}`, name: tool } : { name: own };
    const item = { type: "function_call", id: `f${toolOutputs.length}`, call_id: `c${toolOutputs.length}`, ...named };
    return {
      delayMs: output === undefined ? 0 : 200,
      events: [
        { type: "response.output_item.done", output_index: 0, item: { ...item, arguments: JSON.stringify(input) } },
        {
          type: "response.completed",
          response: { id: "r", usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 } },
        },
      ],
    };
  };

const listNames = (body: Record<string, unknown>): string[] =>
  (body["tools"] as { name?: string }[]).map(({ name }) => name ?? "");

/** A repository, in which an isolated turn has a work tree of its own. */
function makeRepository({ project, env }: Lab): void {
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=T", "-c", "user.email=t@x", ...args], { cwd: project, env });
  git("init", "--quiet");
  git("commit", "--quiet", "--allow-empty", "-m", "first");
}

describe.each(BACKENDS)("on %s", (backend) => {
  const env = { BRIDGE_BACKEND: backend };

  test("what Codex stores in a work tree of its own the bridge finds, and Codex what the bridge has stored", async ({
    lab,
    startBridge,
  }) => {
    makeRepository(lab);
    const bridge = await open(startBridge, env);
    const config = lab.readConfig();
    lab.respond(call("store_knowledge", { messages: "Terns fish at dawn.", sessionId: "S", kind: "review" }));
    const writing = { sandbox: "workspace-write", isolation: "worktree" };
    const stored = await bridge.call("codex", { prompt: "keep it with store_knowledge", ...writing });
    expect(stored.structured["content"]).toMatch(/Stored as m-.*version 1 of review/);
    const found = await bridge.call("retrieve_knowledge", { query: "terns", sessionId: "S" });
    expect(found.structured["entries"]).toMatchObject([
      { agent: "codex", kind: "review", title: "Terns fish at dawn." },
    ]);

    await bridge.call("store_knowledge", { messages: "Gulls rest at noon.", sessionId: "T", kind: "plan" });
    // The same thread, narrower: it finds, and has no tool that stores.
    const reading = { prompt: "use retrieve_knowledge", threadId: stored.structured.threadId, sandbox: "read-only" };
    lab.respond(call("retrieve_knowledge", { query: "gulls" }));
    expect((await bridge.call("codex-reply", reading)).structured.content).toContain("Gulls rest at noon.");
    lab.respond(call("store_knowledge", { messages: "Never." }, 3));
    expect((await bridge.call("codex-reply", reading)).structured.content).toContain("unsupported call");
    expect(lab.readConfig()).toBe(config);
  });
});

test("the memory of a turn has the settings of embeddings, and the turn's commands do not", async ({
  lab,
  startBridge,
  onTestFinished,
}) => {
  const keys: string[] = [];
  const endpoint = createServer((request, response) => {
    keys.push(request.headers.authorization ?? "");
    response.writeHead(400).end();
  });
  onTestFinished(() => void endpoint.close());
  await new Promise<void>((resolve) => endpoint.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/v1`;
  const bridge = await open(startBridge, { BRIDGE_EMBEDDINGS_URL: url, BRIDGE_EMBEDDINGS_KEY: "my-own-key" });
  lab.respond(runThenSay("env | grep BRIDGE_"));
  const command = await bridge.call("codex", { prompt: "store_knowledge, later", sandbox: "workspace-write" });
  expect(command.structured.content).toContain("BRIDGE_RUN=");
  expect(command.structured.content).not.toMatch(/my-own-key|EMBEDDINGS/);
  lab.respond(call("retrieve_knowledge", { query: "gulls" }));
  await bridge.call("codex-reply", { prompt: "retrieve_knowledge", threadId: command.structured.threadId });
  await until("the endpoint was asked", () => keys.length > 0);
  expect(keys[0]).toBe("Bearer my-own-key");
});
