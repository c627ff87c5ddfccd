// The real Gemini CLI within Codex's sandbox: what a turn can write, and what it tells where it fails.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, test as base, beforeEach, describe, expect } from "vitest";
import { READ_ONLY } from "../../src/domain/sandbox.ts";
import { type TurnChange, toTurnRequest } from "../support/turn-request.ts";
import { CAN_HOLD, createGeminiLab, type GeminiLab, type OpenGeminiOptions } from "./gemini-lab.ts";

const test = base.skipIf(!CAN_HOLD);
const WORKSPACE = { ...READ_ONLY, mode: "workspace-write" } as const;

let gemini: GeminiLab;
beforeEach(async () => {
  gemini = await createGeminiLab();
});
afterEach(async () => {
  expect(gemini.listAlive()).toEqual([]);
  await gemini.close();
});

async function run(change: TurnChange = {}, options: OpenGeminiOptions = {}) {
  const backend = gemini.open(options);
  try {
    const request = toTurnRequest(gemini.lab, "Do it.", change);
    return await backend.startTurn({ ...request, frame: { ...request.frame, model: "gemini-2.5-pro" } }).outcome;
  } finally {
    await backend.close();
  }
}

/** The model calls these tools one after the other. */
function call(...calls: readonly { tool: string; args: Record<string, unknown> }[]): void {
  let at = 0;
  gemini.respond(() => calls[at++] ?? { text: "over" });
}

const write = (path: string) => ({ tool: "write_file", args: { file_path: path, content: "x" } });
const shell = (command: string) => ({ tool: "run_shell_command", args: { command } });

function toPlaces() {
  const { project, outside } = gemini.lab;
  return { inside: join(project, "in.txt"), outside: join(outside, "out.txt"), late: join(project, "late.txt") };
}

/** In a folder that it trusts, Gemini CLI permits itself everything: what stops it then is the operating system. */
const WIDEST: OpenGeminiOptions = {
  agent: {
    env: { GEMINI_CLI_NO_RELAUNCH: "true", GEMINI_CLI_TRUST_WORKSPACE: "true" },
    modes: { "read-only": "yolo", "workspace-write": "yolo" },
  },
};

describe("a read-only turn", () => {
  test.each<[string, OpenGeminiOptions]>([
    ["in its read-only mode", {}],
    ["in its widest mode", WIDEST],
    ["held by its mode alone", { codexBin: "/nowhere/codex" }],
  ])("writes nothing %s", async (_, options) => {
    const places = toPlaces();
    call(
      write(places.inside),
      write(places.outside),
      shell(`echo x > ${places.inside}`),
      shell(`echo x > ${places.outside}`),
      shell(`(sleep 1; echo x > ${places.late}) &`),
    );
    expect(await run({}, options)).toMatchObject({ kind: "completed", report: { sandbox: { mode: "read-only" } } });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    for (const path of Object.values(places)) expect(existsSync(path), path).toBe(false);
  });
});

describe("a turn that may write", () => {
  test.each<[string, OpenGeminiOptions]>([
    ["asks, and is answered by its frame", {}],
    ["permits itself everything", WIDEST],
  ])("writes in its project and nowhere else where it %s", async (_, options) => {
    const places = toPlaces();
    call(
      write(places.inside),
      write(places.outside),
      shell(
        `echo x > ${places.outside}; echo x > ${gemini.home}/.gemini/settings.json; echo x > ${gemini.lab.stateDir}/x`,
      ),
      shell(`(sleep 1; echo x > ${places.outside}) &`),
    );
    const settings = readFileSync(join(gemini.home, ".gemini/settings.json"), "utf8");
    const sandbox = { ...WORKSPACE, networkAccess: true };
    const { report } = await run({ sandbox }, options);
    expect(report.changes.map(({ path }) => path)).toContain(places.inside);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(readFileSync(places.inside, "utf8")).toBe("x");
    expect(existsSync(places.outside)).toBe(false);
    expect(existsSync(join(gemini.lab.stateDir, "x"))).toBe(false);
    expect(readFileSync(join(gemini.home, ".gemini/settings.json"), "utf8")).toBe(settings);
  });

  test("is not begun where nothing holds it", async () => {
    const outcome = await run({ sandbox: WORKSPACE }, { codexBin: "/nowhere/codex" });
    expect(outcome).toMatchObject({ kind: "failed", error: { code: "SANDBOX_UNAVAILABLE" } });
  });
});

test("a turn tells its tokens and its model", async () => {
  gemini.respond(() => ({ text: "hello" }));
  const { report } = await run();
  expect(report).toMatchObject({
    content: "hello",
    model: "gemini-2.5-pro",
    usage: { inputTokens: 10, outputTokens: 20 },
  });
  expect(report.warnings).toEqual([]);
});

test("a prompt that begins like a command reaches the model", async () => {
  gemini.respond(() => ({ text: "hello" }));
  const backend = gemini.open();
  const { report } = await backend.startTurn(toTurnRequest(gemini.lab, " /about")).outcome;
  await backend.close();
  expect(report.content).toBe("hello");
  expect(JSON.stringify(gemini.model.requests.at(-1)?.body)).toContain("Do this:  /about");
});

describe("a failure is told as", () => {
  const QUOTA = [
    {
      "@type": "type.googleapis.com/google.rpc.QuotaFailure",
      violations: [{ quotaId: "GenerateRequestsPerDayPerProjectPerModel-FreeTier" }],
    },
  ];
  test.each<[string, number, Record<string, unknown>]>([
    ["AGENT_UNAUTHENTICATED", 401, { code: 401, status: "UNAUTHENTICATED", message: "API key not valid" }],
    ["USAGE_LIMIT", 429, { code: 429, status: "RESOURCE_EXHAUSTED", message: "quota", details: QUOTA }],
    ["MODEL_NOT_FOUND", 404, { code: 404, status: "NOT_FOUND", message: "models/nope is not found" }],
    [
      "CONTEXT_OVERFLOW",
      400,
      { code: 400, message: "The input token count (2000000) exceeds the maximum number of tokens allowed (1048576)." },
    ],
  ])("%s", async (code, status, error) => {
    gemini.respond(() => ({ status, error }));
    expect(await run()).toMatchObject({ kind: "failed", error: { code } });
  });

  test("TURN_STALLED for a plain 429, which Gemini CLI does not tell", async () => {
    gemini.respond(() => ({ status: 429, error: { code: 429, status: "RESOURCE_EXHAUSTED", message: "slow down" } }));
    expect(await run({ silenceMs: 3_000 })).toMatchObject({
      kind: "failed",
      isTimeUp: true,
      error: { code: "TURN_STALLED" },
    });
  });
});
