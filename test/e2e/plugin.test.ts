// The Claude Code plugin as a user has it: installed from the folder of its marketplace by one command, then used.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { expect } from "vitest";
import { say, until } from "../support/lab.ts";
import { runClaudeCommand } from "./claude.ts";
import { follow, test } from "./fixture.ts";
import type { Script, Session, SessionOptions } from "./session.ts";

const MARKETPLACE = join(import.meta.dirname, "../../dist-plugin");
const COMMANDS = readdirSync(join(import.meta.dirname, "../../plugin/commands")).map((file) => basename(file, ".md"));
const PREFIX = "mcp__plugin_codex-bridge_codex__";

function install({ home, lab }: Session): void {
  runClaudeCommand(["plugin", "install", "codex-bridge", "--marketplace", MARKETPLACE], { home, cwd: lab.project });
}

const type = (prompt: string): SessionOptions => ({ prompt, isPlugin: true });

test("the real Claude Code takes marketplace and plugin without a warning", ({ session: { home, lab } }) => {
  for (const folder of [MARKETPLACE, join(MARKETPLACE, "codex-bridge")]) {
    expect(runClaudeCommand(["plugin", "validate", "--strict", folder], { home, cwd: lab.project })).toContain(
      "passed",
    );
  }
});

test("one command installs it; a typed command may call its tools without a rule, and its text arrives whole", async ({
  session,
}) => {
  install(session);
  session.lab.respond(say("forty-two"));
  const question = 'what is "6 * 7"?\n$HOME and $(x) `y` <tag> stay';
  const ask = follow({ tool: `${PREFIX}codex-ask`, input: { prompt: "what is 6 * 7?" } });
  const { code, events, stderr } = await session.start(ask, type(`/codex-ask ${question}`)).ended;
  expect(code, stderr).toBe(0);
  const [first, second] = session.model.requests;
  expect(JSON.stringify(first?.body.messages)).toContain(
    JSON.stringify(`<question>\n${question}\n</question>`).slice(1, -1),
  );
  expect(second?.toolResult?.text).toContain("forty-two");

  const started = events.find((event) => event["subtype"] === "init") ?? {};
  expect(started["mcp_servers"]).toEqual([
    { name: "plugin:codex-bridge:codex", status: "connected", source: "plugin" },
  ]);
  const typed = started["slash_commands"] as string[];
  expect(typed).toEqual(expect.arrayContaining(COMMANDS.map((name) => `codex-bridge:${name}`)));
  // A built-in command would win over ours.
  expect(typed.filter((name) => COMMANDS.includes(name))).toEqual([]);
  expect(started["agents"]).toContain("codex-bridge:codex-rescue");
  await until("nothing is left", () => session.findLeft().length === 0);
});

test("a command that only looks is answered without a model", async ({ session }) => {
  install(session);
  session.lab.respond(say("the parser is right"));
  const waitFor: Script = ({ index, toolResult }) => {
    if (index === 0) return { tool: `${PREFIX}codex-ask`, input: { prompt: "look at the parser", background: true } };
    const jobIds = /cx-[\w-]{8}/.exec(toolResult?.text ?? "") ?? [];
    return index === 1 ? { tool: `${PREFIX}agent_job`, input: { action: "wait", jobIds } } : { text: "over" };
  };
  const first = await session.start(waitFor, type("/codex-ask look at the parser")).ended;
  expect(first.code, first.stderr).toBe(0);
  const asked = session.model.requests.length;
  expect(asked).toBe(3);
  const shown: string[] = [];
  for (const command of ["/codex-status", "/codex-result", '/codex-threads say "it"']) {
    const { code, events, stderr } = await session.start(follow(), type(command)).ended;
    expect(code, stderr).toBe(0);
    shown.push(String(events.at(-1)?.["result"]).replace(/^.*blocked by hook:\n/, ""));
  }
  expect(session.model.requests.length).toBe(asked);
  const [status, result, threads] = shown;
  expect(status).toMatch(
    /^cx-\S+ {2}completed, just now {2}look at the parser\n\/codex-result cx-\S+ shows a result\.$/,
  );
  expect(result).toMatch(/^cx-\S+ {2}completed, just now {2}look at the parser\n\n.*the parser is right/s);
  expect(threads).toBe(`No threads of ${session.lab.project}.`);
});

test("it adds at most 400 tokens to a request, besides what its server costs when registered by hand", async ({
  session,
}) => {
  const measure = async (options: SessionOptions): Promise<number> => {
    const before = session.model.requests.length;
    await session.start(follow(), { prompt: "hello", ...options }).ended;
    return JSON.stringify(session.model.requests[before]?.body).length / 4;
  };
  const byHand = await measure({});
  install(session);
  const withPlugin = await measure({ isPlugin: true });
  expect(withPlugin).toBeGreaterThan(byHand);
  expect(withPlugin - byHand).toBeLessThanOrEqual(400);
});

test("codex-rescue needs no model of the session, and a model that would rather answer itself is held to Codex's words", async ({
  session,
}) => {
  install(session);
  session.lab.respond(say("use a mutex"));
  const said = ["I would use a queue.", "Codex says: use a mutex, but a queue is better.", "use a mutex"];
  const script: Script = ({ index }) =>
    index === 0 ? { tool: `${PREFIX}codex`, input: { prompt: "fix the race" } } : { text: said[index - 1] ?? "more" };
  const { code, events, stderr } = await session.start(script, type("/codex-rescue fix the race")).ended;
  expect(code, stderr).toBe(0);
  expect(events.at(-1)?.["result"]).toBe("use a mutex");
  const { requests } = session.model;
  expect(requests.map(({ toolNames }) => toolNames.some((name) => !name.startsWith(PREFIX)))).toEqual(
    Array(4).fill(false),
  );
  expect(JSON.stringify(requests[0]?.body.messages)).toContain("fix the race");
  const feedback = (at: number) => JSON.stringify(requests[at]?.body.messages).split("Stop hook feedback:").length - 1;
  expect([1, 2, 3].map(feedback)).toEqual([0, 1, 2]);
});

test("codex-rescue without Codex says so, and a model that never gives in is let go after three refusals", async ({
  session,
}) => {
  install(session);
  const answers = ["The answer is 42.", "Codex could not be reached."];
  const first = session.start(({ index }) => ({ text: answers[index] ?? "more" }), type("/codex-rescue x"));
  expect((await first.ended).events.at(-1)?.["result"]).toBe("Codex could not be reached.");
  const before = session.model.requests.length;
  const second = session.start(() => ({ text: "The answer is 42." }), type("/codex-rescue x"));
  expect((await second.ended).events.at(-1)?.["result"]).toBe("The answer is 42.");
  // Each refusal is one more request. The transcript, in which they are counted, can lack the newest for a moment.
  const refusals = session.model.requests.length - before - 1;
  expect([3, 4]).toContain(refusals);
});

test("doctor knows the plugin, and finds the same server registered a second time", ({ session }) => {
  install(session);
  const { home, lab } = session;
  const program = join(MARKETPLACE, "codex-bridge/dist/bin.js");
  const check = () => {
    const env = { ...lab.env, HOME: home };
    const { stdout } = spawnSync(process.execPath, [program, "doctor", "--json"], {
      cwd: lab.project,
      env,
      encoding: "utf8",
    });
    return JSON.parse(stdout).checks.find(({ id }: { id: string }) => id === "registration");
  };
  expect(check()).toMatchObject({
    status: "ok",
    found: expect.stringContaining('"plugin:codex-bridge:codex" of an installed plugin'),
  });

  const claude = (...words: string[]) => runClaudeCommand(["mcp", ...words], { home, cwd: lab.project });
  claude("add", "-s", "user", "mine", "--", "node", program);
  expect(claude("list")).not.toContain("plugin:codex-bridge:codex");
  expect(check()).toMatchObject({
    status: "warning",
    found: expect.stringContaining('drops "plugin:codex-bridge:codex" of an installed plugin, since "mine"'),
    advice: expect.stringContaining("claude mcp remove mine -s user"),
  });

  claude("remove", "-s", "user", "mine");
  claude("add", "-s", "user", "mine", "--", process.execPath, program);
  expect(claude("list")).toContain("plugin:codex-bridge:codex");
  expect(check()).toMatchObject({
    status: "warning",
    found: expect.stringMatching(/"mine" in user scope.*and again as "plugin:codex-bridge:codex"/),
    advice: "Both entries offer the same tools. Remove the other one: `claude mcp remove mine -s user`.",
  });
});
