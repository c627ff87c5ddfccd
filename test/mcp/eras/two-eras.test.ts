// Both eras on one connection: each request says its own, whatever came before it.
import { expect, test } from "vitest";
import { toEnvelope } from "../../support/stdio-bridge.ts";
import { openWire, say, type Wire } from "../../support/wire.ts";

const open = (): Promise<Wire> => openWire(async () => say("done"));
const hello = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "0" } };
const call = { name: "t", arguments: {} };

test("server/discover names the one version, and says who answers", async () => {
  const wire = await open();
  wire.ask(1, "server/discover");
  expect((await wire.answer(1)).result).toEqual({
    resultType: "complete",
    supportedVersions: ["2026-07-28"],
    capabilities: { tools: {}, extensions: { "io.modelcontextprotocol/tasks": {} } },
    instructions: expect.stringContaining("threadId"),
    ttlMs: 0,
    cacheScope: "private",
    _meta: { "io.modelcontextprotocol/serverInfo": { name: "codex-bridge", title: "Codex", version: "0" } },
  });
});

test("requests of both eras are answered side by side, each in its own shape", async () => {
  const wire = await open();
  wire.receive({ id: 1, method: "server/discover", params: {} });
  wire.ask(2, "tools/list");
  wire.receive({ id: 3, method: "initialize", params: hello });
  wire.ask(4, "tools/call", call);
  wire.receive({ id: 5, method: "tools/call", params: call });
  wire.receive({ id: 6, method: "tools/list" });
  expect((await wire.answer(1)).error?.code).toBe(-32_601);
  expect((await wire.answer(2)).result).toMatchObject({ resultType: "complete", tools: [], ttlMs: 0 });
  expect((await wire.answer(3)).result).toMatchObject({ protocolVersion: "2025-11-25" });
  expect((await wire.answer(4)).result).toMatchObject({ resultType: "complete", content: [{ text: "done" }] });
  expect((await wire.answer(5)).result).toEqual(say("done"));
  expect((await wire.answer(6)).result).toEqual({ tools: [] });
});

test("a call of Codex tells its turn, in both eras", async () => {
  const wire = await openWire(async ({ caller }) => say(JSON.stringify(caller)));
  const turn = { thread_id: "t-1", turn_id: "u-1", sandbox_mode: "workspace-write" };
  const meta = { threadId: "t-1", "x-codex-turn-metadata": turn };
  wire.receive({ id: 1, method: "initialize", params: hello });
  wire.receive({ id: 2, method: "tools/call", params: { ...call, _meta: meta } });
  wire.ask(3, "tools/call", call, {}, meta);
  wire.ask(4, "tools/call", call, {}, { "io.modelcontextprotocol/clientInfo": { name: "codex-mcp-client" } });
  const text = JSON.stringify({ agent: "codex", threadId: "t-1", turnId: "u-1", sandbox: "workspace-write" });
  expect((await wire.answer(2)).result).toMatchObject({ content: [{ text }] });
  expect((await wire.answer(3)).result).toMatchObject({ content: [{ text }] });
  expect((await wire.answer(4)).result).toMatchObject({ content: [{ text: '{"agent":"codex"}' }] });
});

test.each(["2099-01-01", "2025-11-25", "", "__proto__"])(
  "version %j is none of ours, also after others were taken",
  async (version) => {
    const wire = await open();
    wire.ask(1, "tools/list");
    await wire.answer(1);
    wire.receive({ id: 2, method: "tools/list", params: { _meta: toEnvelope({}, version) } });
    expect((await wire.answer(2)).error).toMatchObject({
      code: -32_022,
      data: { supported: ["2026-07-28"], requested: version },
    });
  },
);

test.each<[string, unknown]>([
  ["a version that is a number", toEnvelope({}, 20_260_728)],
  ["a version that is null", toEnvelope({}, null)],
  ["no capabilities", { "io.modelcontextprotocol/protocolVersion": "2026-07-28" }],
  ["capabilities that are a list", toEnvelope([])],
  ["capabilities that are null", toEnvelope(null)],
  ["forms that are true", toEnvelope({ elicitation: true })],
  ["tasks that are true", toEnvelope({ extensions: { "io.modelcontextprotocol/tasks": true } })],
])("an envelope with %s is refused", async (_name, _meta) => {
  const wire = await open();
  wire.receive({ id: 1, method: "tools/list", params: { _meta } });
  expect((await wire.answer(1)).error?.code).toBe(-32_602);
});

test.each(["ping", "initialize", "subscriptions/listen", "resources/list", "__proto__", "toString", ""])(
  "the new era has no %j here",
  async (method) => {
    const wire = await open();
    wire.ask(1, method, hello);
    expect((await wire.answer(1)).error?.code).toBe(-32_601);
  },
);

test.each<[string, Record<string, unknown>]>([
  ["no name", { arguments: {} }],
  ["a name that is a list", { name: ["t"] }],
  ["arguments that are a text", { name: "t", arguments: "{}" }],
  ["an unknown tool", { name: "T" }],
  ["answers that are a list", { name: "t", inputResponses: [] }],
  ["a state that nobody gave", { name: "t", requestState: "x" }],
  ["a state that is a number", { name: "t", requestState: 5 }],
  ["a state that is null", { name: "t", requestState: null }],
])("a call with %s is refused", async (_name, params) => {
  const wire = await open();
  wire.ask(1, "tools/call", params);
  expect((await wire.answer(1)).error?.code).toBe(-32_602);
});

test("a tool that breaks its promise not to fail is an error of ours, and the server goes on", async () => {
  const wire = await openWire(() => Promise.reject(new Error("/secret/path")));
  wire.ask(1, "tools/call", call);
  expect((await wire.answer(1)).error).toEqual({ code: -32_603, message: "Internal error" });
  wire.ask(2, "tools/list");
  await wire.answer(2);
});
