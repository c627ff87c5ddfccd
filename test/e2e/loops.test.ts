// Chains of the three real agents, each with a stand-in for its model. Their models type commands that lead back to a bridge; whatever is dropped on the
// way, as long as one carrier is left, no agent runs beyond the set depth, and nothing is left.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { toCodexConfig } from "../../src/setup/demo/responses-standin.ts";
import { type GeminiStandIn, startGeminiStandIn } from "../standins/gemini-standin.ts";
import { NATIVE_CODEX, until } from "../support/lab.ts";
import { type StdioBridge, shakeHands } from "../support/stdio-bridge.ts";
import { BIN, type TypedCall, writeTypedClient } from "../support/typed-client.ts";
import { test as base } from "./both-agents.ts";
import { findClaude } from "./claude.ts";
import { CAN_BE_HELD, KEY } from "./claude-lab.ts";

type Agent = "codex" | "claude" | "gemini";
const AGENTS: readonly Agent[] = ["codex", "claude", "gemini"];
const WIDE = "danger-full-access";
const GEMINI_JS = join(import.meta.dirname, "../gemini/node_modules/@google/gemini-cli/bundle/gemini.js");
/** The variable in which an agent tells its thread to a command. */
const THREADS = { codex: "CODEX_THREAD_ID", claude: "CLAUDE_CODE_SESSION_ID", gemini: "BRIDGE_THREAD" };
/** What no prompt but the last one says. */
const LAST = "deeper";

interface Model {
  /** What the model of any agent types, by the word of its prompt. */
  readonly commands: Map<string, string>;
  /** Agents whose model was asked to do the last task. */
  readonly reached: Agent[];
}

interface Chain extends Model {
  /** The environment of the bridge at the beginning. */
  readonly env: Record<string, string>;
  open(more?: Record<string, string>): Promise<StdioBridge>;
  /** Keeps what a model is to type, and gives the word of the prompt for it. */
  plan(command: string): string;
  /** Has an agent type a command; gives what its turn says in the end. */
  type(bridge: StdioBridge, agent: Agent, command: string, sandbox?: string): Promise<string>;
  /** Writes a program that calls an agent by a bridge of its own; gives its command line, and the file with its answer. */
  write(agent: Agent, prompt: string, change?: Partial<TypedCall>): { line: string; out: string };
}

const toCall = (agent: Agent, prompt: string, sandbox = WIDE): Pick<TypedCall, "tool" | "args"> =>
  agent === "gemini"
    ? { tool: "run_agent", args: { agent, prompt, sandbox, background: false, model: "gemini-2.5-pro" } }
    : { tool: agent, args: { prompt, sandbox } };

function follow({ commands, reached }: Model, agent: Agent, history: unknown): string | undefined {
  const text = JSON.stringify(history);
  const word = /Do (task-\d+)/.exec(text)?.[1] ?? "";
  if (text.includes(LAST)) reached.push(agent);
  return commands.get(word);
}

const test = base
  .extend("model", (): Model => ({ commands: new Map(), reached: [] }))
  .extend("gemini", async ({ model }, { onCleanup }): Promise<GeminiStandIn> => {
    const standIn = await startGeminiStandIn(({ body: { contents = [] }, endsWithResult }) => {
      const command = follow(model, "gemini", contents);
      const isDone = endsWithResult || command === undefined;
      return isDone
        ? { text: `I read ${JSON.stringify(contents.at(-1))}` }
        : { tool: "run_shell_command", args: { command } };
    });
    onCleanup(standIn.close);
    return standIn;
  })
  .extend("chain", async ({ lab, claude, gemini, model, startServer, processes }): Promise<Chain> => {
    lab.respond(({ userTexts, toolOutputs }) => {
      const command = follow(model, "codex", userTexts.at(-1));
      const isDone = toolOutputs.length > 0 || command === undefined;
      return { steps: [isDone ? { say: `I read ${toolOutputs.join("\n")}` } : { run: command }] };
    });
    claude.respond(({ body, toolResult }) => {
      const command = follow(model, "claude", body.messages);
      if (toolResult !== undefined || command === undefined) return { text: `I read ${toolResult?.text}` };
      return { tool: "Bash", input: { command, description: "x" } };
    });
    const [home, bin] = [join(lab.root, "claude-home"), join(lab.root, "bin")];
    for (const folder of [join(home, ".gemini"), bin]) mkdirSync(folder, { recursive: true });
    writeFileSync(join(bin, "gemini"), `#!/bin/sh\nexec ${process.execPath} ${GEMINI_JS} "$@"\n`, { mode: 0o755 });
    const settings = {
      security: { auth: { selectedType: "gemini-api-key" } },
      privacy: { usageStatisticsEnabled: false },
      general: { disableAutoUpdate: true },
    };
    writeFileSync(join(home, ".gemini/settings.json"), JSON.stringify(settings));
    const [markName = "", markValue = ""] = processes.mark.split("=");
    const env: Record<string, string> = {
      ...{ ...lab.env, [markName]: markValue, HOME: home, PATH: `${bin}:${lab.env["PATH"]}` },
      ...{ CLAUDE_BIN: findClaude(), IS_SANDBOX: "1", BRIDGE_MAX_SANDBOX: WIDE },
      ...{ ANTHROPIC_BASE_URL: claude.standIn.baseUrl, ANTHROPIC_API_KEY: KEY },
      ...{ GOOGLE_GEMINI_BASE_URL: gemini.baseUrl, GEMINI_API_KEY: "AIzaSyA0123456789abcdefghijklmnopqrstuv" },
    };
    let count = 0;
    const plan = (command: string): string => {
      count += 1;
      model.commands.set(`task-${count}`, command);
      return `task-${count}`;
    };
    return {
      ...model,
      env,
      open: async (more = {}) => {
        const bridge = startServer({ env: { ...env, ...more }, cwd: lab.project, words: ["serve", "--role", "any"] });
        await shakeHands(bridge);
        return bridge;
      },
      plan,
      type: async (bridge, agent, command, sandbox) => {
        const { tool, args } = toCall(agent, `Do ${plan(command)}`, sandbox);
        const id = count;
        bridge.call(id, tool, args);
        const { result = {} } = await bridge.answer(id, 60_000);
        return (result["content"] as { text: string }[]).map(({ text }) => text).join(" ");
      },
      write: (agent, prompt, change = {}) => {
        count += 1;
        const call = { words: ["serve", "--role", "any"], env, ...toCall(agent, prompt), ...change };
        return writeTypedClient(lab.root, `call-${count}`, call);
      },
    };
  });

/** Ends a bridge, and waits until nothing of its chains is left. */
async function end(bridge: StdioBridge, listProcesses: () => unknown[]): Promise<void> {
  bridge.process.stdin?.end();
  await bridge.exited;
  await until("nothing is left", () => listProcesses().length === 0);
}

/** A command that leads back, without what stands before it. */
type Row = (chain: Chain, agent: Agent, mark: string) => { line: string; out: string; isOrphan?: boolean };

/** Commands that lead back, by the carriers of depth that they leave. */
const ROWS: Record<string, Row> = {
  "every carrier": (chain, agent) => chain.write(agent, LAST, { keepsEnv: true }),
  "the environment alone": (chain, agent) => {
    const { line, out } = chain.write(agent, LAST, { keepsEnv: true, env: toOtherState(chain) });
    return { line: `env -u ${THREADS[agent]} ${line}`, out, isOrphan: true };
  },
  "the thread alone": (chain, agent, mark) => {
    const thread = `${THREADS[agent]}="$${THREADS[agent]}"`;
    // Codex tells it with a call; the others tell it in a variable.
    if (agent !== "codex") {
      const { line, out } = chain.write(agent, LAST, { keepsEnv: true });
      return { line: `env -i ${mark} ${thread} ${line}`, out, isOrphan: true };
    }
    const { line, out } = chain.write(agent, LAST, { clientName: "codex-mcp-client", meta: ["threadId"] });
    return { line: `env -i ${mark} ${line} "$${THREADS[agent]}"`, out, isOrphan: true };
  },
  "an ancestor alone": (chain, agent, mark) => {
    const { line, out } = chain.write(agent, LAST, { env: toOtherState(chain) });
    return { line: `env -i ${mark} ${line}`, out };
  },
  "an ancestor and the record": (chain, agent, mark) => {
    const { line, out } = chain.write(agent, LAST);
    return { line: `env -i ${mark} ${line}`, out };
  },
  "an ancestor, beside a depth of 0": (chain, agent) => {
    const { line, out } = chain.write(agent, LAST, { env: { ...chain.env, BRIDGE_DEPTH: "0", BRIDGE_CHAIN: "" } });
    return { line: `env BRIDGE_DEPTH=0 BRIDGE_CHAIN= ${line}`, out };
  },
};

const toOtherState = ({ env }: Chain) => ({ ...env, BRIDGE_STATE_DIR: `${env["BRIDGE_STATE_DIR"]}-own` });

test.skipIf(!CAN_BE_HELD)("no agent comes back to itself, whichever carrier is left", async ({ chain, processes }) => {
  const bridge = await chain.open();
  const seen = AGENTS.map(async (agent) => {
    const rows = Object.entries(ROWS).map(([name, write]) => ({ name, ...write(chain, agent, processes.mark) }));
    // All at once. One whose shell has ended has no parent among the processes of the chain.
    const begun = rows.map(({ line, isOrphan }) =>
      isOrphan === true ? `(setsid ${line} >/dev/null 2>&1 &)` : `${line} >/dev/null 2>&1 &`,
    );
    const wait = rows.map(({ out }) => `while [ ! -e ${out} ]; do sleep 0.1; done`);
    await chain.type(bridge, agent, [...begun, ...wait].join("\n"));
    return rows.map(({ name, out }): [string, string] => {
      const text = readFileSync(out, "utf8");
      return [`${agent}, with ${name}`, /\[DEPTH_EXCEEDED\][^.]*depth 1, limit 2/.test(text) ? "refused" : text];
    });
  });
  const all = (await Promise.all(seen)).flat();
  const refused = AGENTS.flatMap((agent) => Object.keys(ROWS).map((name) => [`${agent}, with ${name}`, "refused"]));
  expect(Object.fromEntries(all)).toEqual(Object.fromEntries(refused));
  expect(chain.reached).toEqual([]);
  await end(bridge, processes.list);
});

test.skipIf(!CAN_BE_HELD)("where the user raises the depth, chains work and end", async ({ lab, chain, processes }) => {
  const raised = { BRIDGE_MAX_DEPTH: "3" };
  const bridge = await chain.open(raised);
  const env = { ...chain.env, ...raised };
  const seen = AGENTS.map(async (first, at) => {
    const [second = first, third = first] = [AGENTS[(at + 1) % 3], AGENTS[(at + 2) % 3]];
    const last = chain.write(third, LAST, { env });
    const word = chain.plan(`env -i ${processes.mark} ${last.line} 2>&1`);
    const back = chain.write(second, `Do ${word}`, { env });
    const text = await chain.type(bridge, first, `env -i ${processes.mark} ${back.line} 2>/dev/null`);
    return { chain: [first, second, third], text };
  });
  for (const { chain: agents, text } of await Promise.all(seen)) {
    const [first, second] = agents;
    expect(text, agents.join()).toMatch(/I read.*I read.*\[DEPTH_EXCEEDED\][^.]*depth 2, limit 3/s);
    expect(text).toMatch(new RegExp(`Its calls: claude → ${first} \\(thread [-\\w]+\\) → ${second} \\(thread`));
  }
  expect(chain.reached).toEqual([]);
  const folder = join(lab.stateDir, "chains");
  const records = readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")));
  expect(records.map(({ depth, calls }) => ({ depth, calls }))).toEqual(AGENTS.map(() => ({ depth: 2, calls: 2 })));
  await end(bridge, processes.list);
});

test.skipIf(!CAN_BE_HELD)(
  "in a sandbox, a command cannot even make itself an orphan",
  async ({ lab, chain, processes }) => {
    const bridge = await chain.open();
    const own = { ...chain.env, BRIDGE_STATE_DIR: join(lab.project, "own-state") };
    const messages = join(lab.root, "messages");
    const initialize = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "typed", version: "1" } };
    const { tool, args } = toCall("codex", LAST);
    const lines = [
      { id: 1, method: "initialize", params: initialize },
      { id: 2, method: "tools/call", params: { name: tool, arguments: args } },
    ];
    writeFileSync(messages, lines.map((line) => `${JSON.stringify({ jsonrpc: "2.0", ...line })}\n`).join(""));
    const toCommand = (env: Record<string, string>, out: string): string => {
      const words = Object.entries(env).map(([name, value]) => `'${name}=${value}'`);
      const served = `env -i ${words.join(" ")} ${process.execPath} ${BIN} serve --role any`;
      // Pipes of the shell: those of Node are sockets, which do not work here.
      writeFileSync(
        join(lab.project, `${out}.sh`),
        `(cat ${messages}; while [ ! -s ${out} ]; do sleep 0.1; done) | ${served} 2>/dev/null | grep -m1 '"id":2' > ${out}\n`,
      );
      return `(setsid sh ${out}.sh &); while [ ! -s ${out} ]; do sleep 0.1; done; cat ${out}`;
    };
    const begin = (agent: Agent, env: Record<string, string>, out: string): Promise<string> =>
      chain.type(bridge, agent, toCommand(env, out), "workspace-write");
    const [alone, state] = await Promise.all([
      begin("codex", own, "alone"),
      chain.type(
        bridge,
        "codex",
        `mkdir ${lab.stateDir}/chains; touch ${lab.stateDir}/forged; ${toCommand(chain.env, "with-state")}`,
        "workspace-write",
      ),
      begin("claude", own, "by-claude"),
      begin("gemini", own, "by-gemini"),
    ]);
    // The sandbox's own process is the parent of all orphans in it, and it has the depth.
    for (const text of [alone, state]) expect(text).toMatch(/\[DEPTH_EXCEEDED\][^.]*depth 1, limit 2/);
    // A record that it makes up would have to be in the state folder of the bridge above.
    for (const name of ["chains", "forged"]) expect(existsSync(join(lab.stateDir, name)), name).toBe(false);
    // Neither of the others is allowed to run such a command in this frame.
    for (const out of ["by-claude", "by-gemini"]) expect(existsSync(join(lab.project, out)), out).toBe(false);
    expect(chain.reached).toEqual([]);
    await end(bridge, processes.list);
  },
);

// The user has registered the bridge in both, and each agent types the other one's own command. Their bridges are of another installation.
test.skipIf(!CAN_BE_HELD)(
  "an agent that types `claude -p` or `codex exec` starts a bridge that refuses to go on",
  async ({ lab, claude, chain, processes }) => {
    const bridge = await chain.open();
    const other = toOtherState(chain);
    const isAsked: Agent[] = [];
    const toGoOn = { prompt: LAST, sandbox: WIDE };
    const begins = (history: unknown): string =>
      /(?:Type|Ask) (?:Codex|Claude)|deeper/.exec(JSON.stringify(history))?.[0] ?? "";
    const codexHome = join(lab.root, "typed-codex-home");
    mkdirSync(codexHome);
    const pairs = Object.entries(other).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
    const entry = [
      "[mcp_servers.bridge]",
      `command = ${JSON.stringify(process.execPath)}`,
      `args = ${JSON.stringify([BIN, "serve", "--role", "codex"])}`,
      "required = true",
      `env = { ${pairs.join(", ")} }`,
    ];
    writeFileSync(join(codexHome, "config.toml"), `${toCodexConfig(lab.standIn.baseUrl)}\n${entry.join("\n")}\n`);
    const codexLine = `CODEX_HOME=${codexHome} STANDIN_KEY=dummy ${NATIVE_CODEX} exec --skip-git-repo-check -s ${WIDE} 'Ask Claude' </dev/null 2>/dev/null`;
    const servers = join(lab.root, "typed-servers.json");
    const server = { type: "stdio", command: process.execPath, args: [BIN], env: other };
    writeFileSync(servers, JSON.stringify({ mcpServers: { bridge: server } }));
    const key = `ANTHROPIC_BASE_URL=${claude.standIn.baseUrl} ANTHROPIC_API_KEY=${KEY}`;
    const claudeLine = `${key} ${findClaude()} -p 'Ask Codex' --mcp-config ${servers} --strict-mcp-config --allowedTools mcp__bridge </dev/null`;
    lab.respond(({ userTexts, toolOutputs }) => {
      const begun = begins(userTexts.at(-1));
      if (begun === LAST) isAsked.push("codex");
      if (toolOutputs.length > 0) return { steps: [{ say: `I read ${toolOutputs.join("\n")}` }] };
      if (begun === "Type Claude") return { steps: [{ run: claudeLine }] };
      return { steps: [{ call: { server: "bridge", tool: "claude", args: toGoOn } }] };
    });
    claude.respond(({ body, toolResult }) => {
      const begun = begins(body.messages);
      if (begun === LAST) isAsked.push("claude");
      if (toolResult !== undefined) return { text: `I read ${toolResult.text}` };
      if (begun === "Type Codex") return { tool: "Bash", input: { command: codexLine, description: "x" } };
      return { tool: "mcp__bridge__codex", input: toGoOn };
    });
    bridge.call(901, "codex", { prompt: "Type Claude", sandbox: WIDE });
    bridge.call(902, "claude", { prompt: "Type Codex", sandbox: WIDE });
    for (const id of [901, 902]) {
      const { result = {} } = await bridge.answer(id, 80_000);
      expect(JSON.stringify(result["content"])).toMatch(/I read.*I read.*\[DEPTH_EXCEEDED\][^.]*depth 1, limit 2/s);
    }
    expect(isAsked).toEqual([]);
    await end(bridge, processes.list);
  },
);
