// The Codex that the bridge starts has the shared memory: what it stores the bridge finds, and the other way round.
import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { callMemory } from "../support/call-memory.ts";
import { type StartBridge, test } from "../support/fixture.ts";
import { CLI, type Lab, runThenSay, until } from "../support/lab.ts";

const BIN = join(import.meta.dirname, "../../dist/bin.js");
const BACKENDS = CLI.letsGoOfThreads ? (["exec", "app-server"] as const) : (["exec"] as const);

const open = (startBridge: StartBridge, env: Record<string, string> = {}) => startBridge({ env, ownPath: BIN });

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
    lab.respond(callMemory("store_knowledge", { messages: "Terns fish at dawn.", sessionId: "S", kind: "review" }));
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
    lab.respond(callMemory("retrieve_knowledge", { query: "gulls" }));
    expect((await bridge.call("codex-reply", reading)).structured.content).toContain("Gulls rest at noon.");
    lab.respond(callMemory("store_knowledge", { messages: "Never." }, 3));
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
  lab.respond(callMemory("retrieve_knowledge", { query: "gulls" }));
  await bridge.call("codex-reply", { prompt: "retrieve_knowledge", threadId: command.structured.threadId });
  await until("the endpoint was asked", () => keys.length > 0);
  expect(keys[0]).toBe("Bearer my-own-key");
});
