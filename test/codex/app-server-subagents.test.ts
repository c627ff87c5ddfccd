// Subagents on the app server: they have the turn's limits, and end with the turn, as with `codex exec`.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AgentBackend } from "../../src/agents/agent-backend.ts";
import type { AgentQuestion } from "../../src/domain/questions.ts";
import { READ_ONLY, type SandboxPolicy } from "../../src/domain/sandbox.ts";
import type { TurnRequest } from "../../src/domain/turn.ts";
import type { TurnEvent } from "../../src/domain/turn-events.ts";
import type { StandInAnswer, StandInRequest } from "../../src/setup/demo/responses-standin.ts";
import { openAppServer, openExec } from "../support/codex-backends.ts";
import { CLI, createLab, type Lab, until } from "../support/lab.ts";
import { findMarked } from "../support/stdio-bridge.ts";
import { type TurnChange, toTurnRequest } from "../support/turn-request.ts";

const WRITE: SandboxPolicy = { ...READ_ONLY, mode: "workspace-write" };
const FULL: SandboxPolicy = { ...READ_ONLY, mode: "danger-full-access" };

let lab: Lab;
let backend: AgentBackend;
/** What each agent does, by the last word that stands after `AGENT` in what it was told. */
let plans: Record<string, Step[]>;

type Call = Record<string, unknown>;
type Step = Call | ((request: StandInRequest) => Call | Promise<Call>) | "fail";

beforeEach(async () => {
  lab = await createLab(direct);
  lab.writeConfig({ tables: "[agents]\nmax_threads = 6\n" });
  backend = openAppServer(lab);
  plans = {};
});
afterEach(async () => {
  await backend.close();
  await lab.close();
});

// What `multi_agent_v2` tells a subagent is no message of a user.
function nameOf({ body, userTexts }: StandInRequest): string {
  const texts = [userTexts.join(" "), JSON.stringify(body["input"])];
  return texts.map((text) => text.match(/.*AGENT (\w+)/s)?.[1]).find((name) => name !== undefined) ?? "";
}
const asked = (name: string): StandInRequest[] => lab.standIn.requests.filter((request) => nameOf(request) === name);
const outputs = (name: string): string =>
  asked(name)
    .flatMap(({ toolOutputs }) => toolOutputs.slice(-1))
    .join("\n");

async function direct(request: StandInRequest): Promise<StandInAnswer> {
  const name = nameOf(request);
  const step = plans[name]?.shift();
  if (step === "fail") return { error: { status: 400 } };
  if (step === undefined) return { steps: [{ say: `end of ${name}` }] };
  const item = typeof step === "function" ? await step(request) : step;
  const usage = { input_tokens: 100, output_tokens: 20, total_tokens: 120 };
  const id = `r${lab.standIn.requests.length}`;
  return {
    events: [
      { type: "response.output_item.done", output_index: 0, item },
      { type: "response.completed", response: { id, usage } },
    ],
  };
}

let calls = 0;
function call(name: string, args: Record<string, unknown>, namespace?: string): Call {
  calls += 1;
  const more = namespace === undefined ? {} : { namespace };
  return { type: "function_call", call_id: `c${calls}`, name, arguments: JSON.stringify(args), ...more };
}
const run = (cmd: string, more = {}): Call => call("exec_command", { cmd, yield_time_ms: 30_000, ...more });
const agents = (name: string, args: Record<string, unknown>): Call => call(name, args, "multi_agent_v1");
const spawn = (name: string): Call => agents("spawn_agent", { message: `AGENT ${name}` });
/** The id of the agent that a plan has started. */
const started = (request: StandInRequest): string =>
  JSON.stringify(request.body["input"]).match(/agent_id\\*":\\*"([0-9a-f-]+)/)?.[1] ?? "";
const waitFor = (request: StandInRequest): Call =>
  agents("wait_agent", { targets: [started(request)], timeout_ms: 20_000 });
const until2 =
  (name: string, count = 2) =>
  async (): Promise<Call> => {
    await until(`${name} works`, () => asked(name).length >= count);
    return run("true");
  };

const ask = (prompt: string, change?: TurnChange): TurnRequest => toTurnRequest(lab, `AGENT ${prompt}`, change);

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const sleeping = (): number =>
  findMarked(`CODEX_HOME=${lab.codexHome}`).filter(({ command }) => /^sleep /.test(command)).length;

const servers = (): number[] =>
  findMarked(`CODEX_HOME=${lab.codexHome}`).flatMap(({ pid, command }) =>
    /^\S*codex .*thread_unload/.test(command) ? [pid] : [],
  );

/** Nobody asks the model any more, and nothing of the test's commands runs. */
async function expectQuiet(): Promise<void> {
  const count = lab.standIn.requests.length;
  await pause(700);
  expect(lab.standIn.requests).toHaveLength(count);
  expect(sleeping()).toBe(0);
}

describe.runIf(CLI.letsGoOfThreads)("subagents", () => {
  test("work within the turn, and are told as codex exec tells them, with the same tokens", async () => {
    const tell = async (made: AgentBackend) => {
      plans = { P: [spawn("S"), waitFor], S: [run("echo from the subagent")] };
      const events: TurnEvent[] = [];
      const { outcome } = made.startTurn(ask("P", { onEvent: (event) => events.push(event) }));
      const { kind, report } = await outcome;
      const told = events.flatMap((event) =>
        event.kind === "item" && event.item.type === "subagent" ? [`${event.phase} ${event.item.action}`] : [],
      );
      return { kind, content: report.content, told, usage: report.usage, commands: report.commands };
    };
    const exec = openExec(lab);
    const expected = await tell(exec);
    await exec.close();
    expect(outputs("S")).toContain("from the subagent");
    expect(expected).toMatchObject({ kind: "completed", content: "end of P" });
    expect(expected.told).toContain("finished wait");
    expect(await tell(backend)).toEqual(expected);
    // Only the thread itself is listed.
    const query = { isWanted: () => true, withArchived: true, most: 20, signal: new AbortController().signal };
    expect((await backend.listThreads(query)).threads).toHaveLength(2);
    await expectQuiet();
  });

  test.for([
    ["read-only", READ_ONLY, false],
    ["workspace-write", WRITE, true],
  ] as const)("have the sandbox of a %s turn", async ([, sandbox, writes]) => {
    plans = {
      P: [spawn("S"), waitFor],
      S: [run(`touch inside; touch ${join(lab.outside, "out")}; echo done`)],
    };
    await backend.startTurn(ask("P", { sandbox })).outcome;
    expect(outputs("S")).toContain("done");
    expect(existsSync(join(lab.project, "inside"))).toBe(writes);
    expect(existsSync(join(lab.outside, "out"))).toBe(false);
  });

  test("a command that a rule allows stays inside the sandbox", async () => {
    mkdirSync(join(lab.codexHome, "rules"));
    writeFileSync(join(lab.codexHome, "rules/default.rules"), 'prefix_rule(pattern=["touch"], decision="allow")\n');
    const out = join(lab.outside, "out");
    plans = { P: [spawn("S"), waitFor], S: [run(`touch ${out}`)] };
    await backend.startTurn(ask("P", { sandbox: WRITE })).outcome;
    expect(asked("S")).toHaveLength(2);
    expect(existsSync(out)).toBe(false);
  });

  test("what one wants approved is asked as the turn's own, and without a yes it does not happen", async () => {
    const escalate = (file: string) =>
      run(`touch ${file}`, { sandbox_permissions: "require_escalated", justification: "needed" });
    for (const choice of ["no", "once"] as const) {
      const file = join(lab.outside, choice);
      plans = { P: [spawn(choice), waitFor], [choice]: [escalate(file)] };
      const questions: AgentQuestion[] = [];
      const answer: TurnRequest["ask"] = async (question) => {
        questions.push(question);
        return { kind: "chosen", id: choice };
      };
      const request = ask("P", { sandbox: WRITE, ask: answer });
      const asking = { ...request, frame: { ...request.frame, approvalPolicy: "on-request" as const } };
      await backend.startTurn(asking).outcome;
      expect(questions).toMatchObject([{ kind: "command", summary: `touch ${file}` }]);
      expect(existsSync(file)).toBe(choice === "once");
    }
  });

  test("cannot reach another thread of this bridge, which may do more", async () => {
    const wide = await backend.startTurn(ask("W", { sandbox: WRITE })).outcome;
    const target = wide.report.threadId;
    plans = {
      P: [
        agents("send_input", { target, message: "AGENT B" }),
        agents("close_agent", { target }),
        agents("resume_agent", { id: target }),
        agents("send_input", { target, message: "AGENT B" }),
        agents("wait_agent", { targets: [target], timeout_ms: 10_000 }),
      ],
      B: [run("touch inside")],
    };
    const { kind } = await backend.startTurn(ask("P")).outcome;
    expect(kind).toBe("completed");
    expect(outputs("P")).toContain("not found");
    expect(existsSync(join(lab.project, "inside"))).toBe(false);
    expect(await backend.startTurn(ask("X", { threadId: target, sandbox: WRITE })).outcome).toMatchObject({
      kind: "completed",
      report: { content: "end of X" },
    });
  });
});

describe.runIf(CLI.letsGoOfThreads)("after the turn nothing of its subagents goes on", () => {
  const busy = (name: string): Step[] => Array.from({ length: 40 }, () => run(`echo ${name}; sleep 0.2`));

  test.for([
    ["a slow command", () => [run("sleep 401")]],
    ["one command after the other", () => busy("S")],
    ["a model that is slow to answer", () => [() => pause(3_000).then(() => run("sleep 402"))]],
  ] as const)("completed: %s", async ([, plan]) => {
    plans = { P: [spawn("S"), until2("S", 1), run("sleep 0.5")], S: plan() };
    const outcome = await backend.startTurn(ask("P", { sandbox: WRITE })).outcome;
    expect(outcome).toMatchObject({
      kind: "completed",
      report: { content: "end of P", leftRunning: [], warnings: [] },
    });
    await expectQuiet();
    // As with `codex exec`: the next turn has no agent until it resumes one.
    const { threadId } = outcome.report;
    plans = {
      Q: [
        (request) => agents("send_input", { target: started(request), message: "AGENT T" }),
        (request) => agents("resume_agent", { id: started(request) }),
        (request) => agents("send_input", { target: started(request), message: "AGENT T" }),
        waitFor,
      ],
      T: [run("touch inside; echo resumed")],
    };
    const next = await backend.startTurn(ask("Q", { threadId })).outcome;
    expect(next).toMatchObject({ kind: "completed", report: { content: "end of Q" } });
    expect(outputs("Q")).toContain("not found");
    // It has the limits of this turn.
    expect(outputs("T")).toContain("resumed");
    expect(existsSync(join(lab.project, "inside"))).toBe(false);
    await expectQuiet();
  });

  test("completed: nested ones, and those of multi_agent_v2", async () => {
    lab.writeConfig({ tables: "[agents]\nmax_depth = 3\n" });
    plans = { P: [spawn("S"), until2("N", 1), run("sleep 0.5")], S: [spawn("N"), run("sleep 403")], N: busy("N") };
    expect(await backend.startTurn(ask("P")).outcome).toMatchObject({ kind: "completed" });
    await expectQuiet();
    lab.writeConfig({ tables: "[features]\nmulti_agent_v2 = true\n" });
    const args = { task_name: "two", message: "AGENT V", fork_turns: "none" };
    plans = { O: [call("spawn_agent", args, "collaboration"), until2("V", 1), run("sleep 0.5")], V: busy("V") };
    expect(await backend.startTurn(ask("O")).outcome).toMatchObject({ kind: "completed" });
    expect(asked("V").length).toBeGreaterThan(0);
    await expectQuiet();
  });

  test.for(["cancel", "deadline", "failure", "crash", "close"] as const)("%s", async (how) => {
    plans = {
      P: [spawn("S"), until2("S"), how === "failure" ? "fail" : run("sleep 404")],
      S: [run("echo x"), run("sleep 405 & setsid sleep 406 & sleep 407")],
    };
    const deadlineMs = how === "deadline" ? 4_000 : 60_000;
    const turn = backend.startTurn(ask("P", { sandbox: FULL, deadlineMs }));
    if (how !== "deadline" && how !== "failure") await until("all run", () => sleeping() === 4);
    if (how === "cancel") turn.interrupt();
    if (how === "crash") {
      const pid = servers()[0];
      if (pid === undefined) throw new Error("there is no server");
      process.kill(pid, "SIGKILL");
    }
    if (how === "close") await backend.close();
    const { kind } = await turn.outcome;
    expect(kind).toBe(how === "cancel" || how === "close" ? "interrupted" : "failed");
    await expectQuiet();
  });

  test("as it starts one, at any moment", async () => {
    for (let afterMs = 0; afterMs <= 60; afterMs += 10) {
      plans = { P: [spawn("S")], S: busy("S") };
      let isAsked = false;
      const turn = backend.startTurn(
        ask("P", {
          onEvent: (event) => {
            if (isAsked || event.kind !== "item" || event.item.type !== "subagent") return;
            isAsked = true;
            setTimeout(() => turn.interrupt(), afterMs);
          },
        }),
      );
      expect(await turn.outcome).toMatchObject({ kind: expect.stringMatching(/interrupted|completed/) });
      await expectQuiet();
    }
  });
});

test.runIf(CLI.letsGoOfThreads).each([
  ["says nothing of them", ""],
  ["has switched them off", "[features]\nmulti_agent = false\n[agents]\nmax_threads = 6\n"],
])("a user who %s has none, and threads share a server", async (_what, tables) => {
  lab.writeConfig({ tables });
  plans = { P: [spawn("S")], Q: [spawn("S")] };
  await backend.startTurn(ask("P")).outcome;
  await backend.startTurn(ask("Q", { sandbox: WRITE })).outcome;
  expect(outputs("P")).toContain("unsupported call");
  expect(servers()).toHaveLength(1);
});
