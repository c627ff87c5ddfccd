import { expect, test } from "vitest";
import { type AgentUseCases, createAgents, joinReceipts } from "../../src/app/agents.ts";
import type { Receipts } from "../../src/delegation/receipts/receipts.ts";
import { CLAUDE, CODEX } from "../../src/domain/agents.ts";

const NO_CALL = {} as never;

function makeCases(names: typeof CODEX, events: string[]): AgentUseCases {
  const receipts = { verify: async () => names.id as never, undo: async () => names.id as never };
  const backend = { close: async () => void events.push(`closed ${names.id}`) };
  return {
    ...names,
    backend,
    receipts,
    delegation: {} as never,
    reviews: {} as never,
    threads: {} as never,
    send: {} as never,
  };
}

function setUp(load?: () => Promise<AgentUseCases>) {
  const events: string[] = [];
  const loadClaude = async (): Promise<AgentUseCases> => {
    events.push("loaded claude");
    return load === undefined ? makeCases(CLAUDE, events) : load();
  };
  const agents = createAgents(makeCases(CODEX, events), [{ names: CLAUDE, load: loadClaude }]);
  return { agents, events };
}

test("an agent is loaded with its first call, once", async () => {
  const { agents, events } = setUp();
  expect(agents.names.map(({ id }) => id)).toEqual(["codex", "claude"]);
  expect((await agents.open("codex")).id).toBe("codex");
  expect(events).toEqual([]);
  const opened = await Promise.all([agents.open("claude"), agents.open("claude")]);
  expect(opened.map(({ id }) => id)).toEqual(["claude", "claude"]);
  expect(events).toEqual(["loaded claude"]);
});

test("an agent that cannot be loaded is tried again by the next call", async () => {
  let isBroken = true;
  const { agents, events } = setUp(async () => {
    if (isBroken) throw new Error("no file is free");
    return makeCases(CLAUDE, []);
  });
  await expect(agents.open("claude")).rejects.toThrow("no file is free");
  isBroken = false;
  expect((await agents.open("claude")).id).toBe("claude");
  expect(events).toEqual(["loaded claude", "loaded claude"]);
});

test("an unknown agent is refused with the names of those that there are", async () => {
  await expect(setUp().agents.open("grok")).rejects.toMatchObject({
    report: { code: "INVALID_ARGUMENT", nextStep: "Use one of: codex, claude." },
  });
});

test("the end of the bridge ends the agents that were loaded, and loads none", async () => {
  const { agents, events } = setUp();
  await agents.close();
  expect(events).toEqual(["closed codex"]);
});

test("an agent that is loaded while the bridge ends is ended too", async () => {
  const events: string[] = [];
  let finish = (_: AgentUseCases): void => {};
  const { agents } = setUp(
    () =>
      new Promise((resolve) => {
        finish = resolve;
      }),
  );
  const opening = agents.open("claude");
  const closing = agents.close();
  finish(makeCases(CLAUDE, events));
  await Promise.all([opening, closing]);
  expect(events).toContain("closed claude");
});

test("a receipt is checked by the agent of its thread, and by the first one where that is unknown", async () => {
  const { agents } = setUp();
  const own = (await agents.open("codex")).receipts;
  const backends: Record<string, string> = { a: "claude-code", b: "codex-exec", c: "undo" };
  const joined: Receipts = joinReceipts(agents, own, (id = "") => backends[id] ?? "");
  const verify = (id: string) => joined.verify(id, {}, NO_CALL);
  expect(await Promise.all([verify("a"), verify("b"), verify("c")])).toEqual(["claude", "codex", "codex"]);
});

test("Gemini CLI that is not installed is told from an agent that nobody knows", async () => {
  const { agents } = setUp();
  await expect(agents.open("gemini")).rejects.toMatchObject({
    code: "AGENT_NOT_FOUND",
    report: { nextStep: expect.stringMatching(/npm install -g @google\/gemini-cli.* start the bridge again/) },
  });
  await expect(agents.open("gpt")).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
});
