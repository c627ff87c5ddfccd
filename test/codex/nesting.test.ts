// What Codex is started with: which environment, which of its own MCP servers, and what happens when one of them is this bridge.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { HAS_PLUGINS, installServers } from "../support/codex-plugin.ts";
import { type StartBridge, test } from "../support/fixture.ts";
import {
  addRole,
  CLI,
  callThenSay,
  type Lab,
  type Respond,
  RUNS_EVERY_TURN,
  runThenSay,
  SUBAGENT_NAMESPACES,
} from "../support/lab.ts";

const BIN = join(import.meta.dirname, "../../dist/bin.js");

async function call(startBridge: StartBridge, env: Record<string, string>, args: Record<string, unknown> = {}) {
  const bridge = await startBridge({ env, ownPath: BIN });
  return bridge.call("codex", { prompt: "x", ...args });
}

/** Configures a server among Codex's own; its tools need no approval. */
const addServer = (lab: Lab, name: string, args: string[], env: string): void =>
  lab.writeConfig({
    tables: `[mcp_servers.${name}]\ncommand = ${JSON.stringify(process.execPath)}\nargs = ${JSON.stringify(args)}\ndefault_tools_approval_mode = "approve"\n[mcp_servers.${name}.env]\n${env}\n`,
  });

/** How the CLI under test offers the nested tool: by a name of its own before 0.142, in a namespace from then on. */
function findNested(body: Record<string, unknown>): { name: string; namespace?: string } {
  const names = (body["tools"] as { name?: string }[]).map((tool) => tool.name ?? "");
  const own = names.find((name) => name.endsWith("nested__codex"));
  return own === undefined ? { namespace: "mcp__nested", name: "codex" } : { name: own };
}

/** The model calls the bridge that Codex has as an MCP server, then says what that answered. */
const askNested: Respond = (request) =>
  request.toolOutputs.length > 0
    ? { steps: [{ say: request.toolOutputs.join() }] }
    : {
        events: [
          {
            type: "response.output_item.done",
            item: {
              type: "function_call",
              id: "f",
              call_id: "c",
              ...findNested(request.body),
              arguments: '{"prompt":"deeper"}',
            },
          },
          {
            type: "response.completed",
            response: { id: "r", usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 } },
          },
        ],
      };

test("the Codex that is started does not have this bridge among its MCP servers", async ({ lab, startBridge }) => {
  addServer(lab, "nested", [BIN], `BRIDGE_STATE_DIR = "${lab.stateDir}"`);
  lab.respond(askNested);
  const { text } = await call(startBridge, {});
  expect(text).toContain("unsupported call");
  expect(text).not.toContain("DEPTH_EXCEEDED");
});

// 0.120 cancels in exec every call of an MCP tool that may destroy something, whatever its approval mode.
const IS_CANCELLED = CLI.takesInstructions && !CLI.hasFileProfiles;

test.skipIf(IS_CANCELLED)(
  "where the user allows it, the bridge below refuses by depth and shows the chain",
  async ({ lab, startBridge }) => {
    addServer(lab, "nested", [BIN], `BRIDGE_STATE_DIR = "${lab.stateDir}"`);
    lab.respond(askNested);
    const { text } = await call(startBridge, { BRIDGE_ALLOW_NESTED: "1" });
    expect(text).toMatch(/\[DEPTH_EXCEEDED\].*depth 1, limit 2.*Chain: this bridge ← codex \(pid \d+\)/);
    expect(lab.standIn.requests).toHaveLength(2);
  },
);

test("Codex keeps its other MCP servers, unless BRIDGE_CHILD_MCP=none", async ({ lab, startBridge }) => {
  const started = join(lab.root, "started");
  addServer(lab, "other", ["-e", `require("node:fs").writeFileSync(${JSON.stringify(started)}, "")`], "");
  await call(startBridge, { BRIDGE_CHILD_MCP: "none" });
  expect(existsSync(started)).toBe(false);
  await call(startBridge, {});
  expect(existsSync(started)).toBe(true);
});

// Codex does not start with half an entry for a server that no config file has (docs/codex-cli.md#plugins).
test.runIf(HAS_PLUGINS)("the servers of a plugin are switched off as well", async ({ lab, startBridge }) => {
  const started = join(lab.root, "started");
  const script = `require("node:fs").writeFileSync(${JSON.stringify(started)}, "")`;
  installServers(lab, {
    local: { command: process.execPath, args: ["-e", script] },
    remote: { url: `${lab.standIn.baseUrl}/mcp` },
  });
  expect((await call(startBridge, { BRIDGE_CHILD_MCP: "none" })).text).toBe("hello");
  expect((await call(startBridge, { BRIDGE_CHILD_MCP: "none" }, { sandbox: "workspace-write" })).text).toBe("hello");
  expect(existsSync(started)).toBe(false);
  expect((await call(startBridge, {})).text).toBe("hello");
  expect(existsSync(started)).toBe(true);
});

test.runIf(HAS_PLUGINS)("this bridge is switched off where a plugin brings it", async ({ lab, startBridge }) => {
  const started = join(lab.root, "started");
  const script = `touch ${started}; exec ${process.execPath} ${BIN}`;
  installServers(lab, { nested: { command: "sh", args: ["-c", script] } });
  expect((await call(startBridge, {})).text).toBe("hello");
  expect(existsSync(started)).toBe(false);
});

test.runIf(CLI.hasFileProfiles && RUNS_EVERY_TURN)(
  "nor those of a profile, with BRIDGE_CHILD_MCP=none",
  async ({ lab, startBridge }) => {
    writeFileSync(
      join(lab.codexHome, "p.config.toml"),
      '[mcp_servers.must]\ncommand = "/bin/false"\nrequired = true\n',
    );
    expect((await call(startBridge, { BRIDGE_CHILD_MCP: "none" }, { profile: "p" })).text).toBe("hello");
  },
);

// Neither Codex's list nor config.toml names the servers of a role (docs/codex-cli.md#subagents).
describe("the MCP servers of a subagent's role", () => {
  /** Lets the model start the subagent under every name of the tool. */
  async function startSubagent(lab: Lab, startBridge: StartBridge, mode: "inherit" | "none") {
    let trace = "";
    for (const namespace of SUBAGENT_NAMESPACES) {
      const role = addRole(lab, namespace);
      trace = role.trace;
      lab.respond(callThenSay(role.spawn));
      const args = { config: { "features.multi_agent": true } };
      expect((await call(startBridge, { BRIDGE_CHILD_MCP: mode }, args)).text).toBe("over");
    }
    const outputs = lab.standIn.requests.map((request) => String(request.toolOutputs));
    return { isStarted: existsSync(trace), hasSubagent: outputs.join().includes("agent_id") };
  }

  test("do not start with BRIDGE_CHILD_MCP=none: a CLI that would start them goes without subagents", async ({
    lab,
    startBridge,
  }) => {
    const hasSubagent = !CLI.startsRoleServers;
    expect(await startSubagent(lab, startBridge, "none")).toEqual({ isStarted: false, hasSubagent });
  });

  // 0.50 has no subagents.
  test("start where the user keeps MCP servers, on a CLI that starts them", async ({ lab, startBridge }) => {
    const hasSubagent = CLI.takesInstructions;
    const isStarted = hasSubagent && CLI.startsRoleServers;
    expect(await startSubagent(lab, startBridge, "inherit")).toEqual({ isStarted, hasSubagent });
  });
});

test("a server whose name cannot be switched off is told, not ignored", async ({ lab, startBridge }) => {
  addServer(lab, '"a.b"', ["-e", ""], "");
  expect((await call(startBridge, { BRIDGE_CHILD_MCP: "none" })).text).toMatch(/^\[CONFIG_INVALID\].*"a\.b"/);
});

test("commands of Codex see the user's environment, less the caller's, and no key that nobody expanded", async ({
  lab,
  startBridge,
}) => {
  lab.respond(runThenSay("env"));
  await call(startBridge, {
    ANTHROPIC_API_KEY: "sk-ant-secret",
    CLAUDECODE: "1",
    CLAUDE_CODE_MESSAGING_TOKEN: "secret",
    GOOGLE_API_KEY: "secret",
    GEMINI_API_KEY: "kept-by-name",
    CODEX_API_KEY: "${CODEX_API_KEY}",
    MY_OWN: "mine",
    BRIDGE_ENV_PASS: "GEMINI_API_KEY",
  });
  // As the model got it: in the answer, what looks like a secret is replaced.
  const text = String(lab.standIn.requests.at(-1)?.toolOutputs);
  expect(text).toContain("MY_OWN=mine");
  // 0.50 keeps names with KEY from its commands by itself.
  if (CLI.takesInstructions) expect(text).toContain("GEMINI_API_KEY=kept-by-name");
  expect(text).toContain("BRIDGE_DEPTH=1");
  expect(text).toMatch(/BRIDGE_RUN=\S+/);
  expect(text).not.toMatch(/ANTHROPIC|CLAUDE|GOOGLE_|CODEX_API_KEY|BRIDGE_STATE_DIR|CODEX_BIN/);
});

// The app server passes over such a key (credentials.test.ts).
test.runIf(RUNS_EVERY_TURN)(
  "OPENAI_API_KEY, which Codex ignores, is handed on where there is no login",
  async ({ lab, startBridge }) => {
    lab.writeConfig();
    const config = lab.readConfig().replace('env_key = "STANDIN_KEY"', "requires_openai_auth = true");
    writeFileSync(join(lab.codexHome, "config.toml"), config);
    const result = await call(startBridge, { OPENAI_API_KEY: "sk-test-0123456789" });
    expect(result.isError, result.text).toBe(false);
    expect(lab.standIn.requests[0]?.authorization).toBe("Bearer sk-test-0123456789");
  },
);
