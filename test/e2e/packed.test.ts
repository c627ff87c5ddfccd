// What a user installs: the packed file, by the README's own commands, on every Node that is supported, and taken away by those of docs/upgrading.md.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { nanoid } from "nanoid";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type MessagesStandIn, type ModelStep, startMessagesStandIn } from "../../src/setup/demo/messages-standin.ts";
import { createLab, holdThenSay, type Lab, say, until } from "../support/lab.ts";
import { findMarked } from "../support/stdio-bridge.ts";
import { openClaude, runClaude, runClaudeCommand } from "./claude.ts";
import { createPerson, type Packed, type Person, pack, readCommands, sizeOf } from "./packed.ts";
import { prompt } from "./terminal.ts";

const TOOLS: { installTool: (spec: string) => string } = await import(
  new URL("../../scripts/install-tool.mjs", import.meta.url).href
);
const PLUGIN_TOOL = "mcp__plugin_codex-bridge_codex__codex";
let packed: Packed;
let lab: Lab;
let model: MessagesStandIn;
/** What Claude's model calls first. */
let call: ModelStep;

beforeAll(() => {
  packed = pack();
});
afterAll(() => packed.remove());
beforeEach(async () => {
  lab = await createLab(say("packed and well"));
  call = { tool: "mcp__codex__codex", input: { prompt: "hello" } };
  model = await startMessagesStandIn((request) =>
    request.index === 0 ? call : { text: `final: ${request.toolResult?.text}` },
  );
});
afterEach(async () => {
  await model.close();
  await lab.close();
});

/** Folder of the `node` of a version that an npm package has; undefined: of this one. */
function findNode(version: string | undefined): string | undefined {
  if (version === undefined) return undefined;
  const name = `node-${process.platform}-${process.arch}`;
  return join(TOOLS.installTool(`${name}@${version}`), "node_modules", name, "bin");
}

/** What lies in the home, the project and Codex's home, byte for byte with modes, without what Codex itself keeps in its home. */
function takeAll({ home }: Person): Record<string, string> {
  const all: Record<string, string> = {};
  for (const folder of [home, lab.project, lab.codexHome]) {
    for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
      if (folder === lab.codexHome && !/^(AGENTS\.md|[\w.-]*config\.toml)$/.test(name)) continue;
      const stat = statSync(join(folder, name));
      all[join(folder, name)] =
        `${(stat.mode & 0o7777).toString(8)} ${stat.isFile() ? readFileSync(join(folder, name), "utf8") : ""}`;
    }
  }
  return all;
}

/** One turn of Codex through the server that `init` registered, started as Claude Code starts it, and one entry of the memory stored and found. */
async function runTurn({ home, env }: Person): Promise<{ turn: unknown; found: string }> {
  const { command, args } = JSON.parse(readFileSync(join(home, ".claude.json"), "utf8")).mcpServers.codex;
  const client = new Client({ name: "test", version: "1" });
  await client.connect(new StdioClientTransport({ command, args, env, cwd: lab.project, stderr: "ignore" }));
  const { structuredContent: turn } = await client.callTool({ name: "codex", arguments: { prompt: "hello" } });
  await client.callTool({ name: "store_knowledge", arguments: { messages: "The gate opens with a lantern." } });
  const { content } = await client.callTool({ name: "retrieve_knowledge", arguments: { query: "lantern" } });
  await client.close();
  return { turn, found: JSON.stringify(content) };
}

test.each([
  ["this Node", undefined],
  ["Node 22", "22.23.3"],
  ["Node 24", "24.21.0"],
])("on %s: npm install, doctor, init, a turn, and init --undo leaves no difference", async (_, version) => {
  const person = createPerson(packed, lab, findNode(version));
  const mark = nanoid();
  person.env["LAB_CASE"] = mark;
  person.run("npm install -g ./codex-bridge-*.tgz");
  expect(person.run("node --version").trim()).toBe(version === undefined ? process.version : `v${version}`);
  const own = person.run("npm ls -g --parseable").trim().split("\n");
  expect(own.map((path) => basename(path))).toEqual(["lib", "codex-bridge"]);
  const inProject = (words: string) => person.run(`cd ${lab.project} && codex-bridge ${words}`);
  const before = takeAll(person);

  // Nothing is registered yet, which is no failure.
  const { status, checks } = JSON.parse(inProject("doctor --json || true"));
  expect(checks.filter((check: { status: string }) => check.status === "failed")).toEqual([]);
  expect(status).not.toBe("failed");
  expect(inProject("init --yes")).toContain("init --undo puts them back");
  expect(takeAll(person)).not.toEqual(before);
  const { turn, found } = await runTurn(person);
  expect(turn).toMatchObject({ content: "packed and well" });
  expect(found).toContain("The gate opens with a lantern.");
  inProject("init --undo");
  expect(takeAll(person)).toEqual(before);
  expect(findMarked(`LAB_CASE=${mark}`)).toEqual([]);
});

test("the README's two commands, then a delegated turn: at most 60 s; the commands of docs/upgrading.md take all of it away", async () => {
  const person = createPerson(packed, lab);
  const commands = readCommands("README.md", "## Quick start");
  expect(commands).toHaveLength(2);
  const began = performance.now();
  for (const command of commands) person.run(command);
  call = { tool: PLUGIN_TOOL, input: { prompt: "hello" } };
  const { code, events, stderr } = await runClaude({
    prompt: "/delegate-codex say hello",
    server: undefined,
    messagesBaseUrl: model.baseUrl,
    home: person.home,
    cwd: lab.project,
    env: person.env,
  }).ended;
  const seconds = (performance.now() - began) / 1000;
  expect(code, stderr).toBe(0);
  expect(String(events.at(-1)?.["result"])).toContain("packed and well");
  process.stdout.write(`first delegated turn ${seconds.toFixed(1)} s after an empty folder\n`);
  expect(seconds).toBeLessThanOrEqual(60);

  for (const folder of ["dist-plugin", "dist-plugin/codex-bridge"])
    expect(person.run(`claude plugin validate --strict ${join(person.installed, folder)}`)).toContain("passed");
  for (const command of readCommands("docs/upgrading.md", "## Upgrading")) person.run(command);
  expect(person.run("claude mcp list")).toMatch(/plugin:codex-bridge:codex: .*Connected/);

  person.run("codex-bridge init --yes");
  for (const command of readCommands("docs/upgrading.md", "## Removing")) person.run(command);
  expect(person.run("claude mcp list")).not.toContain("codex");
  expect(existsSync(person.installed)).toBe(false);
  const settings = JSON.parse(readFileSync(join(person.home, ".claude/settings.json"), "utf8"));
  expect(settings).toEqual({ enabledPlugins: {}, extraKnownMarketplaces: {} });
  expect(existsSync(join(person.home, ".claude/CLAUDE.md"))).toBe(false);
});

test("a newer version is installed over a running one: /reload-plugins keeps the server and its job, whose result is still there", async () => {
  const person = createPerson(packed, lab);
  for (const command of readCommands("README.md", "## Quick start")) person.run(command);
  const mark = nanoid();
  const { respond, goOn } = holdThenSay("tidy now");
  lab.respond(respond);
  call = { tool: PLUGIN_TOOL, input: { prompt: "tidy", background: true } };
  const terminal = openClaude({
    server: undefined,
    messagesBaseUrl: model.baseUrl,
    home: person.home,
    cwd: lab.project,
    env: { ...person.env, LAB_CASE: mark },
  });
  const findServer = () => findMarked(`LAB_CASE=${mark}`).filter(({ command }) => command.endsWith("/dist/bin.js"));
  try {
    await until("the server runs", () => findServer().length === 1, 30_000);
    await prompt(terminal, "/delegate-codex tidy");
    await until("Codex works", () => lab.standIn.requests.length > 0, 30_000);
    await terminal.waitFor(/final: /);
    const server = findServer();
    for (const command of readCommands("docs/upgrading.md", "## Upgrading")) person.run(command);
    await prompt(terminal, "/reload-plugins");
    await terminal.waitFor(/Reloaded/);
    expect(findServer()).toEqual(server);
    goOn();
    const listJobs = () => person.run(`cd ${lab.project} && codex-bridge jobs`);
    await until("the job is done", () => listJobs().includes("completed"));
  } finally {
    await terminal.close();
  }
  await until("all of it is gone", () => findMarked(`LAB_CASE=${mark}`).length === 0);
});

test("the package: the server once, so at most 4 MB, no dependency but the memory's engine, the script of the guide, the licence of all that is bundled", () => {
  const { installed, run } = createPerson(packed, lab);
  run("npm install -g ./codex-bridge-*.tgz");
  const packages = join(installed, "node_modules");
  const size = sizeOf(installed) - sizeOf(packages);
  process.stdout.write(`the package unpacked: ${(size / 1e6).toFixed(2)} MB\n`);
  expect(size).toBeLessThanOrEqual(4_000_000);
  const engine = readdirSync(packages).filter((name) => !name.startsWith("."));
  expect(engine).toEqual(["@libsql", "@neon-rs", "detect-libc", "libsql"]);
  expect(run(`${join(installed, "setup-hybrid-env.sh")} --help`)).toContain("Usage: codex-bridge init");
  const files = readdirSync(installed, { recursive: true, encoding: "utf8" });
  expect(files.filter((name) => name.endsWith("/main.js"))).toEqual(["dist-plugin/codex-bridge/dist/main.js"]);
  for (const folder of ["", "dist-plugin/codex-bridge"])
    expect(existsSync(join(installed, folder, "LICENSE")), folder).toBe(true);
  const licences = readFileSync(join(installed, "dist-plugin/codex-bridge/dist/THIRD-PARTY-LICENSES.txt"), "utf8");
  for (const name of ["@modelcontextprotocol/sdk", "execa", "zod"])
    expect(licences).toMatch(new RegExp(`^${name} \\d.*\\n\\n.*\\S`, "m"));
});

test("registered by hand, it answers Claude Code, and doctor finds nothing amiss", async () => {
  const person = createPerson(packed, lab);
  person.run("npm install -g ./codex-bridge-*.tgz");
  const place = { home: person.home, cwd: lab.project };
  const program = person.run("command -v codex-bridge").trim();
  const mark = nanoid();
  const variables = Object.entries({ ...lab.env, LAB_CASE: mark }).flatMap(([name, value]) => [
    "-e",
    `${name}=${value}`,
  ]);
  runClaudeCommand(["mcp", "add", "codex", ...variables, "--", program], place);
  expect(runClaudeCommand(["mcp", "list"], place)).toMatch(/codex: .*Connected/);
  const { code, events, stderr } = await runClaude({
    prompt: "go",
    server: undefined,
    messagesBaseUrl: model.baseUrl,
    ...place,
  }).ended;
  expect(code, stderr).toBe(0);
  expect(String(events.at(-1)?.["result"])).toContain("packed and well");

  const plain = `env -i HOME=${person.home} PATH=${process.env["PATH"]}`;
  const printed = person.run(`cd ${lab.project} && ${plain} ${program} doctor --json`);
  const { status, checks } = JSON.parse(printed);
  expect(status, printed).toBe("ok");
  expect(checks.find((check: { id: string }) => check.id === "registration").found).toContain("in local scope");
  expect(findMarked(`LAB_CASE=${mark}`)).toEqual([]);
});
