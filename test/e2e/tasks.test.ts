// Jobs as tasks of the real Claude Code: what a person sees and does in the terminal. `jobs.test.ts` has what the model reads.
import { expect } from "vitest";
import type { ModelRequest, ModelStep } from "../../src/setup/demo/messages-standin.ts";
import { holdThenSay, isWarmServer, runThenSay, say, until } from "../support/lab.ts";
import { SPEAKS_NEW_ERA } from "./claude.ts";
import { NO_RETRIES, type Open, test as sessionTest } from "./fixture.ts";
import { type Session, type SessionOptions, writeHumanPath } from "./session.ts";
import { prompt, settle, type Terminal } from "./terminal.ts";

const ESC = "\x1b";
const ENTER = "\r";
const RIGHT = "\x1b[C";
const DOWN = "\x1b[B";
const IN_BACKGROUND = {
  tool: "mcp__codex__codex",
  input: { prompt: "tidy the parser", title: "parser", background: true },
};

const IN_CALL = { tool: "mcp__codex__codex", input: { prompt: "tidy the parser" } };

// One that speaks only the old era has no tasks: old-era.test.ts.
const test = sessionTest.skipIf(!SPEAKS_NEW_ERA);

/** What the model says to the turns of a resumed session. */
const RESUMED = [{ text: "it runs" }, { text: "it runs" }, { text: "I see" }];

/** Opens Claude Code, whose model makes a call and says `it runs`, and asks for it. */
async function delegate(open: Open, call: ModelStep, options?: SessionOptions): Promise<Terminal> {
  const screen = await open([call, { text: "it runs" }], options);
  await prompt(screen, "please delegate");
  return screen;
}

/** Closes the panel of tasks: notifications wait while it is open. */
async function closePanel(on: Terminal): Promise<void> {
  on.type(ESC);
  await on.waitFor(/Esc to close/);
  on.type(ESC);
  await on.waitFor(/shift\+tab to cycle|MCP task/);
}

const readShown = (request: ModelRequest): string =>
  (request.body.messages ?? [])
    .flatMap(({ content }) => (typeof content === "string" ? [content] : content.map(({ text = "" }) => text)))
    .join("\n");

/** What the model was told about the task at its end. */
async function readNotice({ model }: Session, limitMs = 30_000): Promise<string> {
  const find = (): string | undefined =>
    model.requests.map(readShown).findLast((shown) => shown.includes("<task-notification>"));
  await until("the model is told the end", () => find() !== undefined, limitMs);
  return /<task-notification>[\s\S]*<\/task-notification>/.exec(find() ?? "")?.[0] ?? "";
}

test("a background call ends at once, a person sees it run, and its answer starts a turn", async ({
  session,
  open,
}) => {
  const { respond, goOn } = holdThenSay("the parser is tidy");
  session.lab.respond(respond);
  const screen = await delegate(open, IN_BACKGROUND);
  await screen.waitFor(/it runs[\s\S]*1 MCP task still running/);
  const note = session.model.requests[1]?.toolResult;
  expect(note?.isError).toBe(false);
  expect(note?.text).toMatch(
    /server-side task cx-[\w-]{8},[\s\S]*<mcp-server-note>\nStarted job cx-[\w-]{8}: codex, "parser"/,
  );
  await prompt(screen, "/tasks");
  await screen.waitFor(/working · parser: Codex is thinking/);
  await closePanel(screen);
  goOn();
  const notice = await readNotice(session);
  expect(notice).toContain("<status>completed</status>");
  // Text: Claude Code would show a structured result as escaped JSON.
  expect(notice).toMatch(/<result>\nthe parser is tidy\n[\s\S]*thread[\s\S]*<\/result>/i);
  await screen.waitFor(/that is all/);
});

test("a person stops it with x: what Codex does is ended", async ({ session, open }) => {
  session.lab.respond(runThenSay("sleep 312"));
  const screen = await delegate(open, IN_BACKGROUND);
  await screen.waitFor(/it runs/);
  const isAtWork = () => session.findLeft().some(({ command }) => command.startsWith("sleep 312"));
  await until("Codex is at work", isAtWork);
  await prompt(screen, "/tasks");
  await screen.waitFor(/x to stop/);
  screen.type("x");
  await until("its command is gone", () => !isAtWork());
  await screen.waitFor(/No tasks|0 MCP|stopped/i);
});

test("a failure is one line that names what to do", async ({ session, open }) => {
  session.lab.writeConfig(NO_RETRIES);
  session.lab.respond(() => ({ error: { status: 400, body: { error: { message: "odd" } } } }));
  await delegate(open, IN_BACKGROUND);
  const notice = await readNotice(session);
  expect(notice).toContain("<status>failed</status>");
  expect(notice).toMatch(/<result>\n.*\[TURN_FAILED\].*codex-reply.*\n<\/result>/);
});

test("after the terminal was closed in the middle, the resumed session is told how to go on", async ({
  session,
  open,
}) => {
  session.lab.respond(() => ({ ending: "hang" }));
  const screen = await delegate(open, IN_BACKGROUND);
  await screen.waitFor(/it runs/);
  await until("Codex is at work", () => session.lab.standIn.requests.length > 0);
  await screen.close();
  await until("no process is left", () => session.findLeft().length === 0);
  session.lab.respond(say("done after all"));
  await open(RESUMED, { flags: ["--continue"] });
  const notice = await readNotice(session);
  expect(notice).toMatch(/\[JOB_INTERRUPTED\].*codex-reply with threadId [\da-f-]{36}/);
});

test("with BRIDGE_JOBS=outlive a closed terminal ends no job, and the resumed session is told its result", async ({
  session,
  open,
}) => {
  const env = { BRIDGE_JOBS: "outlive" };
  const { respond, goOn } = holdThenSay("done meanwhile");
  session.lab.respond(respond);
  const screen = await delegate(open, IN_BACKGROUND, { env });
  await screen.waitFor(/it runs/);
  await until("Codex is at work", () => session.lab.standIn.requests.length > 0);
  await screen.close();
  await until("the runner and its Codex are left", () => {
    const left = session.findLeft();
    return left.some(isRunner) && left.every((entry) => isRunner(entry) || entry.command.includes("codex"));
  });
  const flags = ["--continue"];
  const resumed = await open(RESUMED, { flags, env });
  await resumed.waitFor(/1 MCP task still running|MCP task/);
  goOn();
  const notice = await readNotice(session);
  expect(notice).toContain("<status>completed</status>");
  expect(notice).toContain("done meanwhile");
  await resumed.close();
  await until("no process is left", () => session.findLeft().length === 0);
});

/** Has Codex fail until the bridge asks, and succeed from then on. */
function failTwice({ lab }: Session): void {
  lab.writeConfig(NO_RETRIES);
  const refuse = { error: { status: 400, body: { error: { message: "odd" } } } };
  lab.respond(() => (lab.standIn.requests.length > 2 ? { steps: [{ say: "fixed" }] } : refuse));
}

const ROUTED = {
  tool: "mcp__codex__route_task",
  input: { task: "Run the failing test suite and fix it", mode: "run", background: true },
};

/** Fills in the form that is open, as a person does. */
async function letTryAgain(on: Terminal): Promise<void> {
  on.type(RIGHT);
  await on.waitFor(/Let Codex try again[\s\S]*Let Claude do it[\s\S]*Stop/);
  on.type(ENTER);
  await on.waitFor(/✔ Decision: Let Codex try again[\s\S]*❯ Accept/);
  await settle();
  on.type(ENTER);
}

const isRunner = ({ command }: { command: string }): boolean => command.endsWith(" run-jobs");

test.for(["session", "outlive"])(
  "a question of the job opens a form, and the answer goes on with it (BRIDGE_JOBS=%s)",
  async (mode, { session, open }) => {
    failTwice(session);
    const env = { DELEGATION_RULES: writeHumanPath(session), BRIDGE_JOBS: mode };
    const screen = await delegate(open, ROUTED, { env });
    await screen.waitFor(/requests your input[\s\S]*Codex failed 2 times/);
    await screen.waitFor(/→ to expand/);
    // The end of the question, which the three lines of the message have no room for.
    expect(screen.readScreen()).toMatch(/What now\?/);
    expect(screen.readScreen()).not.toContain("\ufffd");
    expect(session.findLeft().filter(isRunner)).toHaveLength(mode === "outlive" ? 1 : 0);
    await letTryAgain(screen);
    expect(await readNotice(session)).toContain("fixed");
    await screen.close();
    await until("no process is left", () => session.findLeft().length === 0);
  },
);

test("a question that was open when the terminal was closed opens its form in the resumed session", async ({
  session,
  open,
}) => {
  failTwice(session);
  const env = { DELEGATION_RULES: writeHumanPath(session), BRIDGE_JOBS: "outlive" };
  const screen = await delegate(open, ROUTED, { env });
  await screen.waitFor(/requests your input/);
  await screen.close();
  const isKept = (seen: { command: string }) => isRunner(seen) || isWarmServer(seen);
  await until("only the runner is left", () => session.findLeft().every(isKept));
  expect(session.findLeft().filter(isRunner)).toHaveLength(1);
  const resumed = await open(RESUMED, { flags: ["--continue"], env });
  await resumed.waitFor(/requests your input[\s\S]*Codex failed 2 times/, 30_000);
  await letTryAgain(resumed);
  expect(await readNotice(session)).toContain("fixed");
  await resumed.close();
  await until("no process is left", () => session.findLeft().length === 0);
});

test("a question that was put off is answered from /tasks", async ({ session, open }) => {
  failTwice(session);
  const screen = await delegate(open, ROUTED, { env: { DELEGATION_RULES: writeHumanPath(session) } });
  await screen.waitFor(/requests your input/);
  screen.type(ESC);
  await screen.waitFor(/needs your input/);
  await prompt(screen, "/tasks");
  await screen.waitFor(/input required · Run the failing test sui…: asks you/);
  screen.type(ENTER);
  await screen.waitFor(/Decision: ▸ not set/);
  screen.type(RIGHT);
  await screen.waitFor(/❯ ◯ Let Codex try again/);
  screen.type(DOWN);
  await screen.waitFor(/❯ ◯ Let Claude do it/);
  screen.type(ENTER);
  await screen.waitFor(/✔ Decision: Let Claude do it[\s\S]*❯ Accept/);
  await settle();
  screen.type(ENTER);
  expect(await readNotice(session)).toContain("Do this task yourself");
});

test("a subagent declares no tasks on the same pipe, so it gets an ordinary answer", async ({ session, open }) => {
  session.lab.respond(say("the answer for the subagent"));
  const isSub = (request: ModelRequest): boolean => readShown(request).includes("SUBAGENT, go");
  const terminal = await open(
    (request) => {
      if (isSub(request)) return request.toolResult === undefined ? IN_CALL : { text: "the subagent is done" };
      if (request.toolResults.length > 0) return { text: "it was started" };
      return { tool: "Agent", input: { description: "ask", prompt: "SUBAGENT, go", subagent_type: "general-purpose" } };
    },
    {
      env: { BRIDGE_TASK_AFTER_MS: "1" },
      // In auto mode a subagent is asked about first.
      settings: { permissions: { allow: ["Agent"] } },
      flags: ["--permission-mode", "default"],
    },
  );
  await prompt(terminal, "please delegate");
  const find = () => session.model.requests.find((request) => isSub(request) && request.toolResult !== undefined);
  await until("the subagent has its answer", () => find() !== undefined, 30_000);
  expect(find()?.toolResult?.text).toContain("the answer for the subagent");
  const calls = session.readWire().filter(({ message }) => message["method"] === "tools/call");
  expect(JSON.stringify(calls)).not.toContain("io.modelcontextprotocol/tasks");
});

/** A gateway's limit, with its reset in a moment. */
const limited = () => ({
  error: { status: 400, body: { error: { message: "Budget has been exceeded! Please try again in 8s." } } },
});
const WAITING_CALL = { tool: "mcp__codex__codex", input: { ...IN_CALL.input, title: "parser", onQuota: "wait" } };

test("a call that meets a usage limit waits as a task, and its answer comes by itself", async ({ session, open }) => {
  session.lab.writeConfig(NO_RETRIES);
  session.lab.respond(limited);
  const screen = await delegate(open, WAITING_CALL);
  await screen.waitFor(/it runs[\s\S]*1 MCP task still running/);
  session.lab.respond(say("the parser is tidy"));
  expect(session.model.requests[1]?.toolResult?.text).toMatch(
    /<mcp-server-note>\nCodex's usage limit is reached, so the call waits as job cx-[\w-]{8}: codex, "parser"\. It goes on by itself at \d\d:\d\d/,
  );
  await prompt(screen, "/tasks");
  await screen.waitFor(/working · parser: waits for quota, \d\d:\d\d/);
  await closePanel(screen);
  const notice = await readNotice(session, 60_000);
  expect(notice).toContain("<status>completed</status>");
  expect(notice).toMatch(/<result>\nthe parser is tidy\n[\s\S]*It met a usage limit 1 time/);
}, 120_000);

test("a task that waits for quota outlives the terminal: the resumed session brings its answer", async ({
  session,
  open,
}) => {
  session.lab.writeConfig(NO_RETRIES);
  session.lab.respond(limited);
  const screen = await delegate(open, WAITING_CALL);
  await screen.waitFor(/it runs/);
  await screen.close();
  await until("no process is left", () => session.findLeft().length === 0);
  session.lab.respond(say("the parser is tidy"));
  await open(RESUMED, { flags: ["--continue"] });
  const notice = await readNotice(session, 60_000);
  expect(notice).toMatch(/<result>\nthe parser is tidy\n/);
}, 120_000);
