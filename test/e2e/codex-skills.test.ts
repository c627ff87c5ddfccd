// The skills of the Codex plugin `cc`, played to an answer: the real Codex with the plugin installed, its server, and the real Claude Code. A
// stand-in model of Codex does what the text of the skill says. Nothing but the plugin is registered, and nobody can be asked.
import { execFile, execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, test as base, beforeEach, expect } from "vitest";
import { loadSettings } from "../../src/settings/load.ts";
import { checkSideAfter } from "../../src/setup/doctor/codex-side/codex-side.ts";
import { HAS_PLUGINS, installPlugin } from "../support/codex-plugin.ts";
import { CLI, NATIVE_CODEX } from "../support/lab.ts";
import { findClaude } from "./claude.ts";
import { CAN_BE_HELD, type ClaudeLab, createClaudeLab, KEY } from "./claude-lab.ts";

const ROOT = join(import.meta.dirname, "../..");
const VERSION: string = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).version;
/** Before 0.150 Codex does not search, and does not tell its sandbox. */
const test = base.skipIf(!CAN_BE_HELD || !HAS_PLUGINS || !CLI.hasThreadSource);

let claude: ClaudeLab;
beforeEach(async () => {
  claude = await createClaudeLab();
  writeFileSync(join(claude.lab.project, "a.txt"), "one\n");
  execFileSync("git", ["init", "--quiet"], { cwd: claude.lab.project });
  installPlugin(claude.lab, join(ROOT, "dist-plugin"), "cc@codex-bridge");
});
afterEach(() => claude.close());

const toEnv = () => ({
  ...{ HOME: claude.home, PATH: process.env["PATH"] ?? "", CODEX_HOME: claude.lab.codexHome, STANDIN_KEY: "dummy" },
  // What the plugin's entry names arrives at the server; CODEX_BIN and CLAUDE_BIN are such names.
  ...{ CODEX_BIN: NATIVE_CODEX, CLAUDE_BIN: findClaude(), BRIDGE_STATE_DIR: claude.lab.stateDir },
  ...{ ANTHROPIC_BASE_URL: claude.model.baseUrl, ANTHROPIC_API_KEY: KEY },
});

type Call = readonly [name: string, args: Record<string, unknown>];

/** Types a prompt. Codex's model finds the tools as the skill says, makes the calls, and ends; gives what the calls have given. */
async function type(prompt: string, calls: readonly ((outputs: readonly string[]) => Call)[]): Promise<string[]> {
  const { lab } = claude;
  let outputs: readonly string[] = [];
  let hasSearched = false;
  lab.respond(({ toolOutputs, userTexts }) => {
    expect(userTexts.some((text) => text.startsWith("<skill>"))).toBe(true);
    outputs = toolOutputs;
    const call = calls[toolOutputs.length]?.(toolOutputs);
    if (call === undefined) return { steps: [{ say: "done" }] };
    const item = hasSearched ? toCall(call, toolOutputs.length) : SEARCH;
    hasSearched = true;
    return { events: [{ type: "response.output_item.done", output_index: 0, item }, COMPLETED] };
  });
  const once = ["-c", "features.unbounded_connection_retries=false"];
  const words = ["exec", "--skip-git-repo-check", "-s", "workspace-write", ...once, prompt];
  const codex = promisify(execFile)(NATIVE_CODEX, words, { cwd: lab.project, env: toEnv() });
  codex.child.stdin?.end();
  expect((await codex).stdout).toContain("done");
  return [...outputs];
}

const COMPLETED = { type: "response.completed", response: { id: "r" } };
const SEARCH = { type: "tool_search_call", call_id: "s", execution: "client", arguments: { query: "claude" } };
const toCall = ([name, args]: Call, at: number) => ({
  ...{ type: "function_call", call_id: `call_${at}`, namespace: "mcp__codex_bridge" },
  ...{ name: name.replaceAll("-", "_"), arguments: JSON.stringify(args) },
});

const jobOf = (output = ""): string => /cx-[\w-]{8}/.exec(output)?.[0] ?? "none";
const threadOf = (output = ""): string => /threadId\\*":\\*"([0-9a-f-]{36})/.exec(output)?.[1] ?? "none";
const list = (): Call => ["agent_job", { action: "list" }];

test("$cc:review and $cc:setup run in `codex exec` with the plugin alone, with the model and effort of their text", async () => {
  claude.respond(() => ({ tool: "StructuredOutput", input: { summary: "One file.", findings: [] } }));
  const asked = { target: "uncommitted", model: "sonnet", reasoningEffort: "high" };
  const [review] = await type("$cc:review --scope working-tree --model sonnet", [() => ["claude-review", asked]]);
  expect(review).toMatch(/verdict/);
  expect(claude.model.requests.at(-1)?.body.model).toContain("sonnet");
  claude.respond(() => ({ text: "ready" }));
  const prompt = "Answer with the single word ready.";
  const [ready] = await type("$cc:setup", [() => ["claude", { prompt, sandbox: "read-only" }]]);
  expect(ready).toMatch(/content\\*":\\*"ready/);
});

test("$cc:adversarial-review argues against a branch since its --base, with the focus of its text", async () => {
  const { project } = claude.lab;
  const git = (...words: string[]) =>
    execFileSync("git", ["-c", "user.name=T", "-c", "user.email=t@localhost", ...words], { cwd: project });
  git("add", "--all");
  git("commit", "--quiet", "--message", "before");
  git("branch", "start");
  writeFileSync(join(project, "b.txt"), "two\n");
  git("add", "--all");
  git("commit", "--quiet", "--message", "after");
  claude.respond(() => ({ tool: "StructuredOutput", input: { summary: "One file.", findings: [] } }));
  const focus = "Assume that the change is wrong. Attack its name.";
  const asked = { target: "branch", base: "start", focus, model: "opus", reasoningEffort: "xhigh" };
  const typed = "$cc:adversarial-review --base start its name";
  const [review] = await type(typed, [() => ["claude-review", asked]]);
  expect(review).toMatch(/verdict/);
  const seen = JSON.stringify(claude.model.requests.at(-1)?.body.messages);
  expect(seen).toContain(focus);
  expect([seen.includes("b.txt"), seen.includes("a.txt")]).toEqual([true, false]);
  const [background] = await type("$cc:adversarial-review --base nowhere", [
    () => ["claude-review", { ...asked, base: "nowhere" }],
  ]);
  expect(background).toContain("nowhere");
});

test("$cc:rescue --fresh starts anew beside an earlier rescue", async () => {
  claude.respond(({ body }) => ({ text: `turns: ${body.messages?.filter(({ role }) => role === "user").length}` }));
  const work = { sandbox: "read-only", background: true, model: "opus", reasoningEffort: "xhigh" };
  const rescue = async (typed: string, prompt: string) => {
    const outputs = await type(typed, [
      () => ["claude", { ...work, prompt, title: `Rescue: ${prompt}` }],
      (given) => ["agent_job", { action: "wait", jobIds: [jobOf(given[0])] }],
    ]);
    return outputs[1];
  };
  const first = await rescue("$cc:rescue the first", "first");
  const fresh = await rescue("$cc:rescue --fresh the second", "second");
  for (const result of [first, fresh]) expect(result).toContain("turns: 1");
  expect(threadOf(fresh)).not.toBe(threadOf(first));
});

test("$cc:rescue writes, is found again by its title, and goes on in the same thread of Claude; $cc:result has the rest", async () => {
  const path = join(claude.lab.project, "made.txt");
  claude.respond(({ toolResult, body }) => {
    if (toolResult !== undefined) return { text: "fixed" };
    const asked = body.messages?.filter(({ role }) => role === "user").length ?? 0;
    return asked > 1 ? { text: "went on" } : { tool: "Write", input: { file_path: path, content: "x\n" } };
  });
  const work = { background: true, title: "Rescue: the test", model: "opus", reasoningEffort: "xhigh" };
  const first = await type("$cc:rescue --write mend the test", [
    list,
    () => ["claude", { prompt: "Mend the test.", sandbox: "workspace-write", ...work }],
    (given) => ["agent_job", { action: "wait", jobIds: [jobOf(given[1])] }],
  ]);
  expect(first[2]).toContain("fixed");
  const again = await type("$cc:rescue --resume --wait and the other one", [
    list,
    (given) => [
      "claude-reply",
      { prompt: "Go on.", threadId: threadOf(given[0]), background: true, title: "Rescue: 2" },
    ],
    (given) => ["agent_job", { action: "wait", jobIds: [jobOf(given[1])] }],
  ]);
  expect(again[0]).toContain("Rescue: the test");
  expect(again[2]).toMatch(/fixed|went on/);
  expect(threadOf(again[2])).toBe(threadOf(first[2]));
  const [listed, result] = await type("$cc:result", [
    list,
    (given) => ["agent_job", { action: "result", jobIds: [jobOf(given[0])] }],
  ]);
  expect(listed).toContain("Rescue: 2");
  expect(result).toMatch(/fixed|went on/);
});

test("$cc:status names a job that runs, and $cc:cancel ends it", async () => {
  claude.respond(() => ({ text: "late", delayMs: 20_000 }));
  const [started, status, cancelled] = await type("$cc:cancel", [
    () => ["claude", { prompt: "Work.", sandbox: "read-only", background: true, title: "Rescue: slow" }],
    list,
    (given) => ["agent_job_control", { action: "cancel", jobId: jobOf(given[1]) }],
  ]);
  expect(jobOf(started)).toMatch(/^cx-/);
  expect(status).toMatch(/running|queued|starting/);
  expect(cancelled).toMatch(/cancel/);
  const [after] = await type("$cc:status", [list]);
  expect(after).toMatch(/cancelled/);
});

test("doctor finds the real Claude Code and its login by the plugin's own entry", async () => {
  const [env, cwd] = [toEnv(), claude.lab.project];
  const run = (args: readonly string[]) =>
    promisify(execFile)(NATIVE_CODEX, [...args], { env, cwd }).then((output) => ({
      ...{ ...output, exitCode: 0, wasEnded: false, signal: undefined, spawnError: undefined },
    }));
  const load = (own: NodeJS.ProcessEnv) => loadSettings({ env: own, cwd });
  const own = { ownPath: join(ROOT, "dist/bin.js"), version: VERSION, codexHome: claude.lab.codexHome };
  const { claude: ask } = checkSideAfter({}, () => ({ env, cwd, run, load, ...own, idle: async () => {} }));
  const finding = await ask();
  expect(finding, finding.found).toMatchObject({ status: "ok" });
  expect(finding.found).toMatch(/^Claude Code \d+\.\d+\.\d+ at .* has a login \(api_key\)/);
});
