// Which turns get the shared memory, and how.
import { expect, test } from "vitest";
import { chooseMemoryServer, type MemoryServerOptions } from "../../../../src/agents/codex/launch/memory-server.ts";
import { findServersToDisable } from "../../../../src/agents/codex/program/child-mcp.ts";
import type { CodexTurnRequest } from "../../../../src/agents/codex/turn/codex-turn-request.ts";
import { READ_ONLY, type SandboxPolicy } from "../../../../src/domain/sandbox.ts";

const OPTIONS: MemoryServerOptions = {
  mode: "auto",
  ownPath: "/bridge/dist/bin.js",
  env: { BRIDGE_STATE_DIR: "/state" },
  variables: [],
  findProject: (cwd) => `${cwd}/main`,
};
const NOTHING = { kept: [], takenNames: [] };
const WRITES: SandboxPolicy = { ...READ_ONLY, mode: "workspace-write" };
const NAMED = "Keep it with store_knowledge.";

const toRequest = ({ sandbox = WRITES, ...change }: Partial<CodexTurnRequest> & { sandbox?: SandboxPolicy } = {}) => ({
  ...{ prompt: NAMED, images: [], deadlineMs: 1, silenceMs: 1, quietMs: 1, signal: new AbortController().signal },
  ...{ onEvent: () => {}, ask: async () => ({ kind: "timed out" }) as const },
  frame: { cwd: "/work", sandbox, approvalPolicy: "never", config: {}, backend: "codex-exec" } as const,
  ...change,
});

const choose = (
  change: Parameters<typeof toRequest>[0] = {},
  options: Partial<MemoryServerOptions> = {},
  servers: Partial<Parameters<typeof chooseMemoryServer>[2]> = {},
) => chooseMemoryServer(toRequest(change), { ...OPTIONS, ...options }, { ...NOTHING, ...servers });

test("a turn whose prompt names it has it, in the turn's own project", () => {
  expect(choose()).toEqual([
    [
      "mcp_servers.codex_bridge_memory",
      {
        command: process.execPath,
        args: ["/bridge/dist/bin.js", "memory-server"],
        env: { BRIDGE_STATE_DIR: "/state" },
        cwd: "/work/main",
      },
    ],
  ]);
});

test.each([
  ["Use retrieve_knowledge.", true],
  ["byterover-retrieve-knowledge with limit 3", true],
  ["Retrieve the plan with session ID SESSION-20260317-D8VRQ2XM-zone-versions.", true],
  ["Continue SESSION-20260317-D8VRQ2XM", true],
  ["Fix the shared memory segment in ipc.c.", false],
  ["The SESSION-KEY is stored; my_retrieve_knowledge_base too.", false],
])("%s", (prompt, isNamed) => {
  expect(choose({ prompt })).toHaveLength(isNamed ? 1 : 0);
  expect(choose({ prompt }, { mode: "always" })).toHaveLength(1);
});

test.each([
  ["a read-only sandbox", { sandbox: READ_ONLY }],
  ["a turn that must change nothing", { readsOnly: true }],
])("%s can only find", (_name, change) => {
  expect(JSON.stringify(choose(change))).toContain('"memory-server","--read-only"');
});

test.each([
  ["a review", { withoutMemory: true }],
  ["a fork, which has no turn", { isFork: true }],
])("%s has none", (_name, change) => {
  expect(choose(change, { mode: "always" })).toEqual([]);
});

test("none with the setting off", () => {
  expect(chooseMemoryServer(toRequest(), undefined, NOTHING)).toEqual([]);
});

test("an entry of the user's own under its name stays as it is, on or off", () => {
  const [[key] = []] = choose({}, {}, { takenNames: ["codex_bridge_memory", "codex_bridge_memory_2"] });
  expect(key).toBe("mcp_servers.codex_bridge_memory_3");
});

test("a memory that the user has registered is enough", () => {
  const commandLine = ["npx", "-y", "codex-bridge", "memory-server"];
  expect(choose({}, {}, { kept: [{ name: "memory", commandLine }] })).toEqual([]);
  expect(choose({}, {}, { kept: [{ name: "other", commandLine: ["other", "memory-server"] }] })).toHaveLength(1);
});

test("settings that may be secrets go by name alone", () => {
  expect(JSON.stringify(choose({}, { variables: ["BRIDGE_EMBEDDINGS_KEY"] }))).toContain(
    '"env_vars":["BRIDGE_EMBEDDINGS_KEY"]',
  );
});

test("a memory of the user's own is no agent, so it stays on where a bridge is switched off", () => {
  const toServer = (name: string, ...commandLine: string[]) => ({ name, commandLine });
  const servers = [
    toServer("memory", "codex-bridge", "memory-server", "--names", "byterover"),
    toServer("npx", "npx", "-y", "codex-bridge@1", "memory-server"),
    toServer("bridge", "codex-bridge", "serve", "--role", "codex"),
    toServer("shell", "sh", "-c", "codex-bridge memory-server; codex-bridge serve"),
    toServer("odd", "sh", "-c", "codex-bridge serve", "memory-server"),
  ];
  const policy = { mode: "inherit", allowNested: false, ownPath: OPTIONS.ownPath } as const;
  expect(findServersToDisable(servers, policy).map(({ name }) => name)).toEqual(["bridge", "shell", "odd"]);
  expect(findServersToDisable(servers, { ...policy, mode: "none" })).toHaveLength(5);
});
