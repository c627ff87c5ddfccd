// An agent's questions on their way to a person and back: the scripted backend, the steps of a turn, and the server in both eras.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { ElicitRequestSchema, type ElicitResult } from "@modelcontextprotocol/sdk/types.js";
import { afterEach, describe, expect, test } from "vitest";
import { createJobs } from "../../../../src/delegation/jobs/jobs.ts";
import type { CallContext } from "../../../../src/delegation/requests.ts";
import { createTurnRunner } from "../../../../src/delegation/turns/run-turn.ts";
import { CODEX } from "../../../../src/domain/agents.ts";
import { SILENT_LOGGER } from "../../../../src/domain/logger.ts";
import type { AgentQuestion } from "../../../../src/domain/questions.ts";
import { READ_ONLY } from "../../../../src/domain/sandbox.ts";
import type { TurnOutcome } from "../../../../src/domain/turn.ts";
import { createMcpServer } from "../../../../src/mcp/server.ts";
import { createTaskMethods } from "../../../../src/mcp/tasks/task-methods.ts";
import { toTaskHandle } from "../../../../src/mcp/tasks/task-record.ts";
import { createJobFiles } from "../../../../src/state/job-files.ts";
import { createJobRequestFiles } from "../../../../src/state/job-request-files.ts";
import { createParkedOrderFiles } from "../../../../src/state/parked-order-files.ts";
import { agentJobControlTool } from "../../../../src/tools/agent-job-control.ts";
import { until } from "../../../support/lab.ts";
import { openScriptedStage } from "../../../support/scripted-backend.ts";
import { makeContext } from "../../../support/tool-context.ts";
import { NO_TASKS, openWire, say } from "../../../support/wire.ts";

const COMMAND: AgentQuestion = { kind: "command", summary: "npm test", choices: ["once", "thread", "no", "stop"] };
const INPUT: AgentQuestion = {
  kind: "input",
  summary: "Which port?",
  isForModel: true,
  fields: [{ id: "f1", title: "Port", isRequired: true, value: { type: "number", isInteger: true, minimum: 1 } }],
};
const FORMS = { elicitation: {} };
const TASKS = { ...FORMS, extensions: { "io.modelcontextprotocol/tasks": {} } };
const CALL = { name: "t", arguments: {} };
const accept = (content: Record<string, unknown>): ElicitResult => ({ action: "accept", content }) as ElicitResult;
const choose = (decision: string): ElicitResult => accept({ decision });
const BY_USER = ['Codex wanted to run "npm test". That was declined, since the user said no.'];
const LATE = [
  'Codex wanted to run "npm test". That was declined, since the form was closed, or nobody answered it in time.',
];
const NOBODY = [
  'Codex wanted to run "npm test". That was declined, since no person can be asked here: the client shows no forms.',
];

const opened: (() => void)[] = [];
afterEach(() => {
  for (const close of opened.splice(0)) close();
});

/** A turn whose agent asks, and answers with what came of it. */
function open(question: AgentQuestion = COMMAND, { questionMs = 5_000, depth = 0, turnTimeoutMs = 5_000 } = {}) {
  const stage = openScriptedStage();
  stage.script({ does: "ask", question });
  const backend = { ...stage.backend, agent: "Codex" };
  const runner = createTurnRunner({
    runCheck: async () => {
      throw new Error("nothing is checked here");
    },
    backend,
    sessions: {
      ...{
        get: () => undefined,
        listNewest: () => [],
        getByName: () => undefined,
        isStored: () => false,
        isDamaged: () => false,
      },
      ...{ put: () => {}, setRunning: () => {}, size: 0 },
    },
    permits: { open: () => ({ warnings: [], release: async () => {} }) },
    ...{ baseDir: "/p", clock: () => 1, logger: SILENT_LOGGER, redact: (text) => text },
    ...{ turnTimeoutMs, silenceMs: 5_000, quietMs: 5_000, questionMs },
    agent: CODEX,
    readDepth: () => ({ depth, maxDepth: 3, chain: [] }),
  });
  const frame = { cwd: "/p", sandbox: READ_ONLY, approvalPolicy: "untrusted", own: {}, backend: "scripted" } as const;
  const run = (call: CallContext): Promise<TurnOutcome> =>
    runner.run({ prompt: "x" }, { frame, sessionId: undefined, record: undefined }, call);
  return { ...stage, run };
}

const tell = ({ kind, report: { content, warnings } }: TurnOutcome) => ({
  ...say(content),
  structuredContent: { kind, content, warnings },
});

/** Has a client of the old era call; it answers forms with `onForm`. */
async function callLegacy(
  run: (call: CallContext) => Promise<TurnOutcome>,
  onForm: ((message: string, schema: unknown) => ElicitResult | Promise<ElicitResult>) | undefined,
  signal?: AbortSignal,
) {
  const server = createMcpServer({
    ...{ version: "0", listing: [], logger: SILENT_LOGGER, answerTask: NO_TASKS },
    callTool: async (_name, _args, call) => ({ result: tell(await run(call)) }),
  });
  const [here, there] = InMemoryTransport.createLinkedPair();
  await server.connect(there);
  const client = new Client({ name: "t", version: "1" }, { capabilities: onForm === undefined ? {} : FORMS });
  if (onForm !== undefined) {
    client.setRequestHandler(ElicitRequestSchema, ({ params }) =>
      onForm(params.message, "requestedSchema" in params ? params.requestedSchema : undefined),
    );
  }
  const progress: string[] = [];
  await client.connect(here);
  const options = { ...(signal && { signal }), onprogress: ({ message = "" }) => void progress.push(message) };
  const result = await client
    .callTool(CALL, undefined, options)
    .catch((error: unknown) => ({ structuredContent: error }));
  await client.close();
  return { end: result.structuredContent, progress };
}

describe("in the old era", () => {
  test.each<[string, ElicitResult, string, string[]]>([
    ["allowed once", choose("once"), "once", []],
    ["allowed for the thread", choose("thread"), "thread", []],
    ["not allowed", choose("no"), "no", BY_USER],
    ["stopped", choose("stop"), "stop", BY_USER],
    ["declined", { action: "decline" }, "declined", BY_USER],
    ["closed", { action: "cancel" }, "timed out", LATE],
    ["answered with what was not offered", choose("always"), "timed out", LATE],
    ["answered with nothing", accept({}), "timed out", LATE],
  ])("a form that is %s", async (_name, answer, content, warnings) => {
    const seen: string[] = [];
    const { end } = await callLegacy(open().run, (message) => {
      seen.push(message);
      return answer;
    });
    expect(end).toEqual({ kind: "completed", content, warnings });
    expect(seen).toEqual(["Codex asks to run a command:\n> npm test\nTask > x"]);
  });

  test("nobody can be asked", async () => {
    expect((await callLegacy(open().run, undefined)).end).toMatchObject({ content: "nobody to ask", warnings: NOBODY });
  });

  test("a bridge below another agent asks nobody: its form would not be a person's", async () => {
    let forms = 0;
    const { end } = await callLegacy(open(COMMAND, { depth: 1 }).run, () => {
      forms += 1;
      return choose("once");
    });
    expect(end).toMatchObject({ content: "nobody to ask", warnings: NOBODY });
    expect(forms).toBe(0);
  });

  test("an answer that comes too late counts as none", async () => {
    const late = async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      return choose("once");
    };
    const { end } = await callLegacy(open(COMMAND, { questionMs: 60 }).run, late);
    expect(end).toMatchObject({ content: "timed out", warnings: LATE });
  });

  test("a question dies with its call, and progress says that it is open", async () => {
    const stop = new AbortController();
    const { run, listRunning } = open();
    const hang = () => {
      setTimeout(() => stop.abort(), 700);
      return new Promise<ElicitResult>(() => {});
    };
    const { progress } = await callLegacy(run, hang, stop.signal);
    expect(progress.join()).toContain('Codex asks you: run "npm test"');
    await until("the turn has ended", () => listRunning().length === 0, 5_000);
  });

  test("fields are filled in, and checked by their types", async () => {
    let schema: unknown;
    const fill = (value: unknown) => async (_message: string, asked: unknown) => {
      schema = asked;
      return accept({ f1: value, other: 1 });
    };
    expect((await callLegacy(open(INPUT).run, fill(80))).end).toMatchObject({ content: '{"f1":80}', warnings: [] });
    expect(schema).toEqual({
      type: "object",
      properties: { f1: { type: "integer", minimum: 1, title: "Port" } },
      required: ["f1"],
    });
    expect((await callLegacy(open(INPUT).run, fill(0))).end).toMatchObject({ content: "timed out" });
  });
});

describe("in the new era", () => {
  test("the question ends the request, and its answer comes with the next one; it cannot come twice", async () => {
    const { run } = open();
    const wire = await openWire(async (call) => tell(await run(call)));
    wire.ask(1, "tools/call", CALL, FORMS);
    const asked = (await wire.answer(1)).result as { requestState: string; inputRequests: Record<string, unknown> };
    const [key = ""] = Object.keys(asked.inputRequests);
    expect(asked.inputRequests[key]).toMatchObject({
      params: { message: "Codex asks to run a command:\n> npm test\nTask > x" },
    });
    const again = { ...CALL, requestState: asked.requestState, inputResponses: { [key]: choose("once") } };
    wire.ask(2, "tools/call", again, FORMS);
    expect((await wire.answer(2)).result).toMatchObject({ structuredContent: { content: "once", warnings: [] } });
    wire.ask(3, "tools/call", again, FORMS);
    expect((await wire.answer(3)).error?.code).toBe(-32_602);
  });

  test("a client without forms is not asked", async () => {
    const { run } = open();
    const wire = await openWire(async (call) => tell(await run(call)));
    wire.ask(1, "tools/call", CALL);
    expect((await wire.answer(1)).result).toMatchObject({ structuredContent: { content: "nobody to ask" } });
  });
});

describe("in a job", () => {
  /** A call that goes on as a job, whose client takes tasks. */
  async function openJob(question: AgentQuestion) {
    const stateDir = mkdtempSync(join(tmpdir(), "ask-"));
    opened.push(() => rmSync(stateDir, { recursive: true, force: true }));
    let count = 0;
    const jobs = createJobs({
      ...{ files: createJobFiles(stateDir), requests: createJobRequestFiles(stateDir), project: "/p" },
      ...{ orders: createParkedOrderFiles(stateDir), locks: { whileFree: () => {} }, ttlMs: 60_000 },
      own: { pid: 1, start: 1, bootId: "b", cwd: "/p" },
      bell: { name: "1".repeat(12), open: () => {}, close: () => {} },
      ...{ ring: async () => {}, onRing: () => {}, judge: () => "alive", checkMayAct: () => {}, maxJobs: 1 },
      newId: () => {
        count += 1;
        return String(count).padStart(8, "0");
      },
      ...{ clock: Date.now, logger: SILENT_LOGGER },
    });
    const { run } = open(question);
    const view = () => ({ now: Date.now(), resultTtlMs: 1_000 });
    const wire = await openWire(
      async (call) => {
        const live = jobs.create({ tool: "codex", title: "t", call, isQueued: false }, async (context) => {
          const { report, kind } = await run(context);
          const text = [report.content, ...report.warnings].join(" ");
          const state = kind === "completed" ? kind : "failed";
          return { state, threadId: report.threadId, result: { isError: false, text, structured: {} } };
        });
        const job = live.keep();
        return {
          result: say("started"),
          task: { jobId: job.id, handle: toTaskHandle(job, "", view()), drop: () => {} },
        };
      },
      createTaskMethods({ jobs: () => jobs, view, logger: SILENT_LOGGER }),
    );
    wire.ask(1, "tools/call", CALL, TASKS);
    const { taskId } = (await wire.answer(1)).result as { taskId: string };
    await until("the job asks", () => jobs.liveIds().length === 1 && count > 1, 5_000);
    const key = (await jobs.find(taskId))?.question?.key ?? "";
    const control = async (text: string) => {
      const context = makeContext({ jobs });
      return agentJobControlTool.run({ action: "answer", jobId: taskId, questionKey: key, text }, context);
    };
    const readEnd = async (): Promise<string | undefined> => {
      await until("the job has ended", () => jobs.liveIds().length === 0, 5_000);
      return (await jobs.find(taskId))?.result?.text;
    };
    return { wire, taskId, key, control, readEnd };
  }

  test("an approval waits for the person's form; no model can answer it", async () => {
    const { wire, taskId, key, control, readEnd } = await openJob(COMMAND);
    await expect(control("once")).rejects.toMatchObject({ report: { code: "APPROVAL_DENIED" } });
    wire.ask(2, "tasks/get", { taskId }, TASKS);
    expect((await wire.answer(2)).result).toMatchObject({
      status: "input_required",
      inputRequests: { [key]: { params: { message: "Codex asks to run a command:\n> npm test\nTask > x" } } },
    });
    wire.ask(3, "tasks/update", { taskId, inputResponses: { [key]: choose("thread") } }, TASKS);
    expect(await readEnd()).toBe("thread");
  });

  test("what only informs the agent, a model may answer too", async () => {
    const { control, readEnd } = await openJob(INPUT);
    await expect(control("x")).rejects.toMatchObject({
      report: { code: "INVALID_ARGUMENT", nextStep: 'Answer with a JSON object: {"f1": number}.' },
    });
    await control("80");
    expect(await readEnd()).toBe('{"f1":80}');
  });
});
