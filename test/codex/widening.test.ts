// A reply that asks for a wider sandbox than its thread has: a person may allow it, once or for the thread, and nobody else.
import { existsSync, readFileSync, utimesSync } from "node:fs";
import { join } from "node:path";
import type { ElicitResult } from "@modelcontextprotocol/sdk/types.js";
import { describe, expect } from "vitest";
import { createThreadFiles } from "../../src/state/thread-files.ts";
import { type LabBridge, type LabBridgeOptions, test as labTest } from "../support/fixture.ts";
import { type Lab, runThenSay, until } from "../support/lab.ts";

const choose = (decision: string): ElicitResult => ({ action: "accept", content: { decision } });

/** A bridge whose user answers forms with `answer`, and a read-only thread of it. */
interface Person {
  answer: () => ElicitResult | Promise<ElicitResult>;
  readonly forms: string[];
}
const test = labTest
  .extend("person", (): Person => ({ answer: () => choose("no"), forms: [] }))
  .extend(
    "bridgeOptions",
    ({ person }): LabBridgeOptions => ({
      onForm: (message) => {
        person.forms.push(message);
        return person.answer();
      },
    }),
  )
  .extend("threadId", async ({ bridge }) => {
    const args = { prompt: "Look at the parser", sandbox: "read-only", sessionId: "mine" };
    return (await bridge.call("codex", args)).structured.threadId;
  });

const recordOf = (lab: Lab, threadId: string) =>
  JSON.parse(readFileSync(join(lab.stateDir, "threads", `${threadId}.json`), "utf8"));

let names = 0;
/** Replies with a turn that tries to write; says what came of it. */
async function tryWrite(lab: Lab, bridge: LabBridge, threadId: string, args: Record<string, unknown> = {}) {
  names += 1;
  const path = join(lab.project, `made-${names}`);
  lab.respond(runThenSay(`touch ${path}`));
  const { text, structured, isError } = await bridge.call("codex-reply", { prompt: "Now fix it", threadId, ...args });
  return { text, isError, sandbox: structured["sandbox"], warnings: structured["warnings"], wrote: existsSync(path) };
}

const WIDE = { sandbox: "workspace-write" };
const NARROW = { sandbox: "read-only", wrote: false, isError: false };

test("allowed for this turn, the turn writes and the thread stays as it was, after a restart too", async ({
  lab,
  bridge,
  person,
  threadId,
}) => {
  person.answer = () => choose("turn");
  expect(await tryWrite(lab, bridge, threadId, WIDE)).toMatchObject({ ...WIDE, wrote: true, warnings: undefined });
  expect(person.forms).toEqual([
    [
      "Claude asks to let Codex work with workspace-write instead of read-only in a thread.",
      `Codex could then write in "${lab.project}", "/tmp".`,
      "Prompt > Now fix it",
      "Thread > Look at the parser",
    ].join("\n"),
  ]);
  expect(recordOf(lab, threadId)).toMatchObject({ frame: { sandbox: { mode: "read-only" } }, wasWidened: true });
  await bridge.restart();
  // The next turn is neither taken for narrowed nor for widened by somebody else.
  const next = await tryWrite(lab, bridge, threadId);
  expect(next).toMatchObject(NARROW);
  expect(String(next.warnings)).not.toContain("last turn");
  expect(recordOf(lab, threadId).wasWidened).toBeUndefined();
  // Each wider turn needs its own yes.
  person.answer = () => choose("no");
  expect((await tryWrite(lab, bridge, threadId, WIDE)).text).toMatch(/^\[APPROVAL_DENIED\]/);
  expect(person.forms).toHaveLength(2);
});

test("allowed for the thread, later turns write without a question", async ({ lab, bridge, person, threadId }) => {
  person.answer = () => choose("thread");
  expect(await tryWrite(lab, bridge, threadId, WIDE)).toMatchObject({ ...WIDE, wrote: true });
  await bridge.restart();
  expect(await tryWrite(lab, bridge, threadId)).toMatchObject({ ...WIDE, wrote: true });
  expect(await tryWrite(lab, bridge, threadId, WIDE)).toMatchObject({ ...WIDE, wrote: true });
  expect(person.forms).toHaveLength(1);
  expect(await tryWrite(lab, bridge, threadId, { sandbox: "read-only" })).toMatchObject(NARROW);
});

describe("nothing is widened where the form is", () => {
  test.for<[string, ElicitResult, RegExp]>([
    ["answered with no", choose("no"), /^\[APPROVAL_DENIED\] The user did not allow sandbox workspace-write/],
    ["declined", { action: "decline" }, /^\[APPROVAL_DENIED\].*Start no other thread/s],
    ["closed", { action: "cancel" }, /^\[SANDBOX_WIDENING\].*closed the form/],
    ["answered with what was not offered", choose("always"), /^\[SANDBOX_WIDENING\]/],
  ])("%s", async ([, answer, text], { lab, bridge, person, threadId }) => {
    person.answer = () => answer;
    const tried = await tryWrite(lab, bridge, threadId, WIDE);
    expect(tried.text).toMatch(text);
    expect(tried.wrote).toBe(false);
    expect(await tryWrite(lab, bridge, threadId)).toMatchObject(NARROW);
  });

  test("answered too late", async ({ lab, bridge, person, threadId }) => {
    await bridge.restart({ env: { BRIDGE_QUESTION_MS: "1000" } });
    person.answer = async () => {
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      return choose("thread");
    };
    expect((await tryWrite(lab, bridge, threadId, WIDE)).text).toMatch(/^\[SANDBOX_WIDENING\].*in time/);
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(await tryWrite(lab, bridge, threadId)).toMatchObject(NARROW);
  });
});

describe("nobody is asked", () => {
  test.for<[string, LabBridgeOptions, Record<string, unknown>, RegExp]>([
    ["above the user's limit", { env: { BRIDGE_MAX_SANDBOX: "read-only" } }, WIDE, /^\[SANDBOX_WIDENING\]/],
    ["for full access, which no limit allows", {}, { sandbox: "danger-full-access" }, /^\[SANDBOX_WIDENING\]/],
    ["below another agent", { env: { BRIDGE_DEPTH: "1", BRIDGE_MAX_DEPTH: "3" } }, WIDE, /^\[SANDBOX_WIDENING\]/],
    [
      "for a new thread under the name",
      {},
      { ...WIDE, resetSession: true },
      /^\[(SANDBOX_WIDENING|INVALID_ARGUMENT)\]/,
    ],
    ["outside BRIDGE_ROOTS", { env: { BRIDGE_ROOTS: "/usr" } }, WIDE, /^\[(SANDBOX_WIDENING|SANDBOX_DENIED)\]/],
  ])("%s", async ([, options, args, text], { lab, bridge, person, threadId }) => {
    await bridge.restart(options);
    person.answer = () => choose("thread");
    const tried = await tryWrite(lab, bridge, threadId, args);
    expect(tried.text).toMatch(text);
    expect([tried.wrote, person.forms]).toEqual([false, []]);
  });

  test("under a permission profile", async ({ lab, bridge, person, threadId }) => {
    lab.writeConfig({
      top: 'default_permissions = "careful"',
      tables: '[permissions.careful.filesystem]\n":root" = "read"\n":workspace_roots" = "write"\n',
    });
    person.answer = () => choose("thread");
    expect((await tryWrite(lab, bridge, threadId, WIDE)).wrote).toBe(false);
    expect(person.forms).toEqual([]);
  });

  test("by a client without forms", async ({ lab, bridge, startBridge, threadId }) => {
    await bridge.close();
    const other = await startBridge();
    const tried = await other.call("codex-reply", { prompt: "x", threadId, ...WIDE });
    expect(tried.text).toMatch(/^\[SANDBOX_WIDENING\].*start a new thread/s);
    expect(lab.project).not.toBe("");
  });
});

test("a yes to another state of the thread counts for nothing: a neighbour narrowed it meanwhile", async ({
  lab,
  bridge,
  person,
  startBridge,
}) => {
  lab.writeConfig({ top: 'sandbox_mode = "danger-full-access"' });
  const { threadId } = (await bridge.call("codex", { prompt: "x", sandbox: "workspace-write" })).structured;
  const neighbour = await startBridge();
  person.answer = async () => {
    await neighbour.call("codex-reply", { prompt: "x", threadId, sandbox: "read-only" });
    return choose("thread");
  };
  const tried = await tryWrite(lab, bridge, threadId, { sandbox: "danger-full-access" });
  expect(tried.text).toMatch(/^\[SANDBOX_WIDENING\].*changed since the user was asked/);
  expect(await tryWrite(lab, bridge, threadId)).toMatchObject(NARROW);
});

test("a call that is cancelled while the user is asked widens nothing", async ({ lab, bridge, person, threadId }) => {
  const stop = new AbortController();
  person.answer = () => {
    stop.abort();
    return choose("thread");
  };
  const call = bridge.call("codex-reply", { prompt: "x", threadId, ...WIDE }, { signal: stop.signal });
  await expect(call).rejects.toThrow();
  expect(await tryWrite(lab, bridge, threadId)).toMatchObject(NARROW);
});

test("in a background job the question waits for the person, and a model cannot answer it", async ({
  lab,
  bridge,
  person,
  threadId,
}) => {
  let answer: (result: ElicitResult) => void = () => {};
  person.answer = () => new Promise((resolve) => (answer = resolve));
  const path = join(lab.project, "made-by-job");
  lab.respond(runThenSay(`touch ${path}`));
  const { structured } = await bridge.call("codex-reply", { prompt: "x", threadId, ...WIDE, background: true });
  const jobId = String(structured["jobId"]);
  const status = async () => (await bridge.jobs.find(jobId)) ?? { state: "gone", question: undefined };
  await until("the job asks", () => person.forms.length === 1, 10_000);
  const { state, question } = await status();
  expect([state, question?.kind]).toEqual(["waiting", "decision"]);
  const control = { action: "answer", jobId, questionKey: question?.key, text: "thread" };
  expect((await bridge.call("agent_job_control", control)).text).toMatch(/^\[APPROVAL_DENIED\]/);
  answer(choose("turn"));
  await expect.poll(async () => (await status()).state, { timeout: 20_000 }).toBe("completed");
  expect(existsSync(path)).toBe(true);
  expect(recordOf(lab, threadId).frame.sandbox.mode).toBe("read-only");
});

test("the record that alone knows how narrow the thread is outlives the tidying", async ({
  lab,
  bridge,
  person,
  threadId,
}) => {
  const path = join(lab.stateDir, "threads", `${threadId}.json`);
  const { threadId: other } = (await bridge.call("codex", { prompt: "x" })).structured;
  person.answer = () => choose("turn");
  await tryWrite(lab, bridge, threadId, WIDE);
  const longAgo = new Date(Date.now() - 40 * 86_400_000);
  utimesSync(path, longAgo, longAgo);
  const otherPath = join(lab.stateDir, "threads", `${other}.json`);
  utimesSync(otherPath, longAgo, longAgo);
  const locks = { whileFree: (_name: string, act: () => void) => act() };
  await createThreadFiles(lab.stateDir).sweep(Date.now() - 30 * 86_400_000, locks);
  expect([existsSync(path), existsSync(otherPath)]).toEqual([true, false]);
  await bridge.restart();
  expect(await tryWrite(lab, bridge, threadId)).toMatchObject(NARROW);
});
