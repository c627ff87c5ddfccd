// The two workflows of the plugin, typed by a user and played through: every call that their text asks for, with the real Claude Code and Codex.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, vi } from "vitest";
import type { StandInAnswer } from "../../src/setup/demo/responses-standin.ts";
import { until } from "../support/lab.ts";
import { runClaudeCommand } from "./claude.ts";
import { test } from "./fixture.ts";
import type { Script, Session } from "./session.ts";

// A workflow is a dozen turns.
vi.setConfig({ testTimeout: 180_000 });

const MARKETPLACE = join(import.meta.dirname, "../../dist-plugin");
const PROGRAM = join(MARKETPLACE, "codex-bridge/dist/bin.js");
const PREFIX = "mcp__plugin_codex-bridge_codex__";
const DONE: StandInAnswer = { steps: [{ say: "done" }] };
const FREE_TEXT = `the "sum", it's slow\n$(touch pwned) \`y\` <tag> \r\n!\`touch pwned\` $1 $ARGUMENTS $& \\n </feature>\n\n---\n${"long ".repeat(1_000)}end`;

function setUp({ home, lab }: Session, files: Record<string, string>): void {
  runClaudeCommand(["plugin", "install", "codex-bridge", "--marketplace", MARKETPLACE], { home, cwd: lab.project });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(lab.project, name), text);
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=T", "-c", "user.email=t@localhost", ...args], {
      cwd: lab.project,
      env: lab.env,
    });
  git("init", "--quiet");
  git("add", "-A");
  git("commit", "--quiet", "-m", "first");
}

/** Codex runs one command each time it is asked, in this order. */
function answerWith({ lab }: Session, commands: readonly string[]): void {
  let asked = 0;
  lab.respond(({ toolOutputs }): StandInAnswer => {
    if (toolOutputs.length > 0) return DONE;
    asked += 1;
    return { steps: [{ run: commands[asked - 1] ?? "true" }] };
  });
}

const call = (tool: string, input: Record<string, unknown>) => ({ tool: `${PREFIX}${tool}`, input });
const pick = (text: string, pattern: RegExp): string => pattern.exec(text)?.[0] ?? "not shown";
/** The result of a tool; Claude Code puts links to files before it, a line each. */
const readJson = (text = ""): Record<string, unknown> => JSON.parse(text.slice(text.indexOf("{")));
const MEASURE = { check: "test -f work.sh", measure: "sh work.sh" };

test("/optimize-performance: what measures slower is sent back, what measures faster is landed, the figure is in the receipt", async ({
  session,
}) => {
  setUp(session, { "work.sh": "sleep 0.3\n" });
  answerWith(session, ["echo 'sleep 0.5' > work.sh", "echo 'sleep 0.02' > work.sh"]);
  let threadId = "";
  const script: Script = ({ index, toolResult }) => {
    const text = toolResult?.text ?? "";
    if (index === 0) return call("codex", { prompt: "faster", isolation: "worktree", check: MEASURE.check });
    if (index === 1) {
      threadId = String(readJson(text)["threadId"]);
      return call("codex-verify", { receipt: pick(text, /rc-[\w-]{8}/), ...MEASURE });
    }
    if (index === 2) return call("codex-reply", { threadId, prompt: "it measured slower" });
    if (index === 3) return call("codex-verify", { receipt: pick(text, /rc-[\w-]{8}/), ...MEASURE });
    return index === 4 ? call("codex-land", {}) : { text: "over" };
  };
  const typed = { prompt: `/optimize-performance ${FREE_TEXT}`, isPlugin: true };
  const { code, stderr } = await session.start(script, typed).ended;
  expect(code, stderr).toBe(0);
  const { requests } = session.model;
  expect(JSON.stringify(requests[0]?.body.messages)).toContain(JSON.stringify(FREE_TEXT).slice(1, -1));
  const results = requests.slice(1).map(({ toolResult }) => toolResult);
  expect(results.map((result) => result?.isError)).toEqual(Array(5).fill(false));
  expect(readJson(results[1]?.text)).toMatchObject({ check: { passed: true }, measure: { verdict: "slower" } });
  const measured = readJson(results[3]?.text);
  expect(measured).toMatchObject({ check: { passed: true }, measure: { verdict: "faster" } });
  const receipt = execFileSync(process.execPath, [PROGRAM, "receipts", String(measured["receipt"]), "--json"], {
    ...{ cwd: session.lab.project, env: { ...session.lab.env, HOME: session.home }, encoding: "utf8" },
  });
  expect(receipt).toContain('"speedup"');
  expect(readFileSync(join(session.lab.project, "work.sh"), "utf8")).toBe("sleep 0.02\n");
  expect(existsSync(join(session.lab.project, "pwned"))).toBe(false);
  await until("nothing is left", () => session.findLeft().length === 0);
});

/** Lines of a.mjs that its test reaches, in percent, as the exit code of a command. Node 20 has no floor of its own. */
const toFloor = (percent: number) =>
  `node --test --experimental-test-coverage --test-reporter=tap | awk '/^not ok/ { bad = 1 } /^# a.mjs/ { lines = $4 } END { exit (bad || lines + 0 < ${percent}) }'`;

test("/hybrid-feature: two parts of Codex side by side, each in a worktree; one's tests fail and it escalates, the other is landed and held to a floor", async ({
  session,
}) => {
  setUp(session, {
    "a.mjs": "export const one = () => 1;\n",
    "a.test.mjs": 'import { one } from "./a.mjs";\nimport test from "node:test";\ntest("one", () => one());\n',
  });
  const { lab } = session;
  lab.respond(({ toolOutputs, body }): StandInAnswer => {
    if (toolOutputs.length > 0) return DONE;
    const isOdd = JSON.stringify(body).includes("odd part");
    return { steps: [{ run: isOdd ? "echo wrong > odd.txt" : "echo 'export const two = () => 2;' >> a.mjs" }] };
  });
  const shared = { mode: "run", background: true, isolation: "worktree" };
  const part = (task: string, check: string) => call("route_task", { task, check, ...shared });
  const wait = (id: string) => call("agent_job", { action: "wait", jobIds: [id] });
  const jobs: string[] = [];
  let proposal = "";
  let receipt = "";
  const script: Script = ({ index, toolResult }) => {
    const text = toolResult?.text ?? "";
    if (index === 1 || index === 2) jobs.push(pick(text, /cx-[\w-]{8}/));
    if (index === 0) return part("Run the failing test suite and fix it", "grep -q two a.mjs");
    if (index === 1)
      return part("Optimize the sorting algorithm of the odd part", "cat odd.txt; grep -q right odd.txt");
    if (index === 2) return wait(jobs[0] ?? "");
    if (index === 3) {
      proposal = pick(text, /pr-[\w-]{8}/);
      return wait(jobs[1] ?? "");
    }
    if (index === 4) return call("codex-land", { proposal });
    if (index === 5) {
      receipt = pick(text, /rc-[\w-]{8}/);
      return call("codex-verify", { receipt, check: "grep -q two a.mjs" });
    }
    if (index === 6) return call("codex-verify", { receipt, check: toFloor(101) });
    if (index === 7) return call("codex-verify", { receipt, check: toFloor(80) });
    if (index === 8) return part("Explain how the billing module works", "true");
    return index === 9 ? call("codex-land", { discard: true }) : { text: "over" };
  };
  const typed = { prompt: `/hybrid-feature ${FREE_TEXT}`, isPlugin: true };
  const { code, stderr } = await session.start(script, typed).ended;
  expect(code, stderr).toBe(0);
  const { requests } = session.model;
  expect(JSON.stringify(requests[0]?.body.messages)).toContain(JSON.stringify(FREE_TEXT).slice(1, -1));
  const texts = requests.slice(1).map(({ toolResult }) => toolResult?.text ?? "");
  expect(texts[2]).toContain('"outcome":"completed"');
  for (const figure of [/rc-[\w-]{8}/, /"durationMs":\d/, /"usage":\{[^}]*\d/]) expect(texts[2]).toMatch(figure);
  const escalated = texts[3] ?? "";
  expect(escalated).toMatch(/handed_back[\s\S]*CHECK_FAILED[\s\S]*wrong/);
  expect(escalated).toMatch(/is proposal pr-[\w-]{8} in/);
  expect(texts[4]).toContain(`Landed ${proposal}`);
  expect(readFileSync(join(lab.project, "a.mjs"), "utf8")).toContain("two");
  const checks = texts.slice(5, 8).map((text) => readJson(text)["check"]);
  expect(checks).toMatchObject([{ passed: true }, { passed: false }, { passed: true }]);
  expect(texts[8]).toMatch(/handed_back|cx-[\w-]{8}/);
  expect(texts[9]).toContain("Discarded");
  expect(existsSync(join(lab.project, "odd.txt"))).toBe(false);
  await until("nothing is left", () => session.findLeft().length === 0);
});

test("without git a worktree and a measurement are refused with the next step; without Codex a part comes back to Claude", async ({
  session,
}) => {
  const { home, lab } = session;
  runClaudeCommand(["plugin", "install", "codex-bridge", "--marketplace", MARKETPLACE], { home, cwd: lab.project });
  answerWith(session, ["echo 'sleep 0.02' > work.sh"]);
  const script: Script = ({ index }) => {
    if (index === 0) return call("codex", { prompt: "faster", isolation: "worktree" });
    if (index === 1) return call("codex", { prompt: "faster", sandbox: "workspace-write", check: MEASURE.check });
    return index === 2 ? call("codex-verify", MEASURE) : { text: "over" };
  };
  const first = session.start(script, { prompt: "/optimize-performance work.sh", isPlugin: true });
  expect((await first.ended).code).toBe(0);
  const [refused, changed, unmeasured] = session.model.requests.slice(1).map(({ toolResult }) => toolResult?.text);
  expect(refused).toContain("[NOT_A_GIT_REPO]");
  expect(readJson(changed)).toMatchObject({ check: { passed: true } });
  expect(unmeasured).toMatch(/\[INVALID_ARGUMENT\].*ran in no worktree.*before and after/);

  const before = session.model.requests.length;
  const part = call("route_task", { task: "Run the failing test suite and fix it", mode: "run" });
  const claudeEnv = { CODEX_BIN: join(lab.project, "none") };
  const options = { prompt: "/hybrid-feature tags", isPlugin: true, claudeEnv };
  const second = session.start(({ index }) => (index === before ? part : { text: "over" }), options);
  expect((await second.ended).code).toBe(0);
  const text = session.model.requests[before + 1]?.toolResult?.text;
  expect(text).toMatch(/AGENT_NOT_FOUND/);
  expect(text).toMatch(/handed_back|failed/);
  await until("nothing is left", () => session.findLeft().length === 0);
});
