// What Codex asks reaches the person through the real Claude Code, here an `Elicitation` hook of theirs: print mode shows no forms.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runThenSay } from "../support/lab.ts";
import { answerForms, readAsked } from "./hooks.ts";
import { createSession, type Script, type Session, type SessionOptions } from "./session.ts";

let session: Session;

beforeEach(async () => {
  session = await createSession();
});
afterEach(() => session.close());

type Input = Record<string, unknown>;

/** Calls the tools one after the other; gives what the model was shown each time. */
async function callTools(
  calls: readonly ((earlier: readonly Input[]) => readonly [tool: string, input: Input])[],
  options: SessionOptions,
): Promise<{ readonly text: string; readonly structured: Input }[]> {
  const results = (): Input[] =>
    session.model.requests.slice(1).map(({ toolResult }) => {
      try {
        return JSON.parse(toolResult?.text ?? "") as Input;
      } catch {
        return {};
      }
    });
  const script: Script = ({ index }) => {
    const call = calls[index];
    if (call === undefined) return { text: "over" };
    const [tool, input] = call(results());
    return { tool: `mcp__codex__${tool}`, input };
  };
  const { code, stderr } = await session.start(script, options).ended;
  expect(code, stderr).toBe(0);
  expect(session.findLeft()).toEqual([]);
  const texts = session.model.requests.slice(1).map(({ toolResult }) => toolResult?.text ?? "");
  return texts.map((text, at) => ({ text, structured: results()[at] ?? {} }));
}

const hasMade = (): boolean => existsSync(join(session.lab.project, "made"));

describe("a command that Codex asks about", () => {
  const ASK = { prompt: "x", sandbox: "workspace-write", "approval-policy": "untrusted" };
  const env = { BRIDGE_BACKEND: "app-server" };
  const run = async (options: SessionOptions, most = 1) => {
    session.lab.respond(runThenSay("touch made; echo tried"));
    const again = (earlier: readonly Input[]) =>
      ["codex-reply", { prompt: "again", threadId: earlier[0]?.["threadId"] }] as const;
    const calls = [() => ["codex", ASK] as const, again].slice(0, most);
    return callTools(calls, { ...options, env: { ...env, ...options.env } });
  };

  test("runs once it is allowed", async () => {
    const [result] = await run({ settings: answerForms(session.lab, "once") });
    expect([hasMade(), result?.text]).toEqual([true, expect.stringContaining("tried")]);
    expect(readAsked(session.lab)).toMatchObject([
      { mcp_server_name: "codex", message: "Codex asks to run a command:\n> touch made; echo tried\nTask > x" },
    ]);
  });

  test("is not asked about again once it is allowed for the thread", async () => {
    const [, again] = await run({ settings: answerForms(session.lab, "thread") }, 2);
    expect(again?.text).toContain("tried");
    expect(readAsked(session.lab)).toHaveLength(1);
  });

  test.each<[string, () => SessionOptions, RegExp]>([
    ["it is not allowed", () => ({ settings: answerForms(session.lab, "no") }), /since the user said no/],
    [
      "the answer is late",
      () => ({ settings: answerForms(session.lab, "once", 4), env: { BRIDGE_QUESTION_MS: "1000" } }),
      /since the form was closed, or nobody answered it in time/,
    ],
    ["nobody answers", () => ({}), /since the form was closed, or nobody answered it in time/],
  ])("does not run where %s, and the result says so", async (_name, toOptions, warning) => {
    const [result] = await run(toOptions());
    expect([hasMade(), result?.text]).toEqual([false, expect.stringMatching(warning)]);
  });
});

test("a person reads the question in Claude Code's own form, and an Enter by mistake allows nothing", async () => {
  const [right, down, enter] = ["\u001b[C", "\u001b[B", "\r"];
  session.lab.respond(runThenSay("touch made; echo tried"));
  const ask = { prompt: "Fix it", sandbox: "workspace-write", "approval-policy": "untrusted" };
  const script: Script = ({ index }) =>
    index === 0 ? { tool: "mcp__codex__codex", input: ask } : { text: "that is all" };
  const screen = await session.open(script, { env: { BRIDGE_BACKEND: "app-server" } });
  const press = async (key: string): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, 500));
    screen.type(key);
  };
  await press("go");
  await press(enter);
  await screen.waitFor(/“codex” requests your input\s+Codex asks to run a command:\s+> touch made; echo tried/, 40_000);
  await press(enter);
  await screen.waitFor(/❯ Accept/);
  await press(enter);
  await screen.waitFor(/This field is required/);
  expect(hasMade()).toBe(false);
  await press(right);
  await screen.waitFor(/❯.*Do not allow[\s\S]*Allow once[\s\S]*Allow the same[\s\S]*stop the turn/);
  await press(down);
  await press(enter);
  await screen.waitFor(/Decision: Allow once[\s\S]*❯ Accept/);
  await press(enter);
  await screen.waitFor(/that is all/, 30_000);
  expect(hasMade()).toBe(true);
  await screen.close();
});

test("a thread is widened for a turn once that is allowed", async () => {
  const start = () => ["codex", { prompt: "Look at it", sandbox: "read-only" }] as const;
  const fix = (earlier: readonly Input[]) =>
    ["codex-reply", { prompt: "Fix it", threadId: earlier[0]?.["threadId"], sandbox: "workspace-write" }] as const;
  const look = (earlier: readonly Input[]) =>
    ["codex-reply", { prompt: "Look again", threadId: earlier[0]?.["threadId"] }] as const;
  session.lab.respond(runThenSay("touch made; echo tried"));
  const [first, second, third] = await callTools([start, fix, look], { settings: answerForms(session.lab, "turn") });
  expect([first, second, third].map((result) => result?.structured["sandbox"])).toEqual([
    "read-only",
    "workspace-write",
    "read-only",
  ]);
  expect(hasMade()).toBe(true);
  expect(readAsked(session.lab)).toMatchObject([
    { message: expect.stringMatching(/^Claude asks to let Codex work with/) },
  ]);
});
