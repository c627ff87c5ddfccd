// run_agent of the built server with the real Gemini CLI in the real sandbox, found on the PATH as a user has it.
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { describe, expect } from "vitest";
import { type GeminiStandIn, startGeminiStandIn } from "../standins/gemini-standin.ts";
import { test as base } from "../support/fixture.ts";
import { until } from "../support/lab.ts";
import { type Message, type StdioBridge, shakeHands } from "../support/stdio-bridge.ts";
import { CAN_HOLD, GEMINI_JS, GEMINI_KEY, GEMINI_SETTINGS, type GeminiRespond } from "./gemini-lab.ts";

const LIMIT_MS = 80_000;
const KEY = "gemini-api-key";

interface GeminiModel {
  readonly standIn: GeminiStandIn;
  respond(respond: GeminiRespond): void;
}

interface StartOptions {
  /** How Gemini CLI logs in; undefined means that nothing is chosen. */
  readonly login?: string | undefined;
  readonly env?: Record<string, string>;
}

const test = base
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures this one needs
  .extend("model", async ({}, { onCleanup }): Promise<GeminiModel> => {
    let current: GeminiRespond = () => ({ text: "over" });
    const standIn = await startGeminiStandIn((request) => current(request));
    onCleanup(standIn.close);
    const respond: GeminiModel["respond"] = (next) => {
      current = next;
    };
    return { standIn, respond };
  })
  .extend("start", async ({ lab, model, startServer }) => {
    return async ({ login = KEY, env = {} }: StartOptions = {}): Promise<StdioBridge> => {
      const [home, bin] = [join(lab.root, "gemini-home"), join(lab.root, "bin")];
      for (const folder of [join(home, ".gemini"), bin]) mkdirSync(folder, { recursive: true });
      const settings = { ...GEMINI_SETTINGS, security: { auth: { selectedType: login } } };
      writeFileSync(join(home, ".gemini/settings.json"), JSON.stringify(settings));
      symlinkSync(GEMINI_JS, join(bin, "gemini"));
      const PATH = [bin, dirname(process.execPath), "/usr/bin", "/bin"].join(delimiter);
      const own = { HOME: home, PATH, GOOGLE_GEMINI_BASE_URL: model.standIn.baseUrl, GEMINI_API_KEY: GEMINI_KEY };
      const bridge = startServer({ env: { ...lab.env, ...own, ...env }, cwd: lab.project });
      await shakeHands(bridge);
      return bridge;
    };
  });

let id = 0;
/** Calls a tool and gives the fields of its result. */
async function call(bridge: StdioBridge, name: string, args: Record<string, unknown>) {
  id += 1;
  bridge.call(id, name, args);
  const { result = {} }: Message = await bridge.answer(id, LIMIT_MS);
  return (result["structuredContent"] ?? {}) as Record<string, unknown>;
}

const run = (bridge: StdioBridge, args: Record<string, unknown>) =>
  call(bridge, "run_agent", { agent: "gemini", model: "gemini-2.5-pro", sandbox: "read-only", ...args });

describe.skipIf(!CAN_HOLD)("run_agent with Gemini CLI", () => {
  test("a named thread goes on, in the background too, and a cancel keeps it", async ({ model, processes, start }) => {
    const bridge = await start();
    model.respond(({ body }) => ({ text: `turn ${body.contents?.filter(({ role }) => role === "user").length}` }));
    const first = await run(bridge, { prompt: "one", sessionId: "talk", background: false });
    expect(first).toMatchObject({
      ...{ content: expect.stringMatching(/^turn \d$/), model: "gemini-2.5-pro", sandbox: "read-only" },
      ...{ usage: { inputTokens: 10, outputTokens: 20 }, untold: ["rate limits of its provider"] },
    });
    const { threadId } = first;
    const { jobId } = await run(bridge, { prompt: "two", sessionId: "talk" });
    const second = await call(bridge, "agent_job", { action: "wait", jobIds: [jobId], waitSeconds: 60 });
    expect(second).toMatchObject({ state: "completed", threadId });
    expect(JSON.stringify(model.standIn.requests.at(-1)?.body)).toContain("one");

    model.respond(() => ({ isSilent: true }));
    const asked = model.standIn.requests.length;
    const hung = await run(bridge, { prompt: "three", sessionId: "talk" });
    await until("the model is asked", () => model.standIn.requests.length > asked, LIMIT_MS);
    await call(bridge, "agent_job_control", { action: "cancel", jobId: hung["jobId"] });
    const cancelled = await call(bridge, "agent_job", { action: "wait", jobIds: [hung["jobId"]] });
    expect(cancelled).toMatchObject({ state: "cancelled" });
    model.respond(() => ({ text: "still here" }));
    const last = await run(bridge, { prompt: "four", sessionId: "talk", background: false });
    expect(last).toMatchObject({ content: "still here", threadId });

    bridge.process.stdin?.end();
    await bridge.exited;
    expect(processes.list()).toEqual([]);
  });

  test("gets a document and leaves a file", async ({ lab, model, start }) => {
    writeFileSync(join(lab.project, "PLAN.md"), "Terns first.\n");
    const bridge = await start();
    const path = join(lab.project, "RESULT.md");
    const steps = [{ tool: "write_file", args: { file_path: path, content: "Terns done.\n" } }];
    model.respond(() => steps.shift() ?? { text: "It is in the file." });
    const handoff = { read: "PLAN.md", write: "RESULT.md" };
    const refused = await run(bridge, { prompt: "Do it.", handoff, background: false });
    expect(refused).toMatchObject({ error: { code: "SANDBOX_DENIED", argument: "handoff" } });
    expect(model.standIn.requests).toEqual([]);
    const args = { prompt: "Do it.", sandbox: "workspace-write", handoff, background: false };
    expect(await run(bridge, args)).toMatchObject({
      content: "It is in the file.",
      handoff: { read: { path: join(lab.project, "PLAN.md") }, write: { path, state: "new", head: "Terns done.\n" } },
    });
    expect(JSON.stringify(model.standIn.requests[0]?.body)).toMatch(/Terns first\..*into the file \\\\?"RESULT\.md/);
    bridge.process.stdin?.end();
    await bridge.exited;
  });

  test.for<[string, StartOptions, string, RegExp]>([
    ["is not installed", { env: { PATH: "/usr/bin:/bin" } }, "AGENT_NOT_FOUND", /npm install -g @google\/gemini-cli/],
    ["has no key", { env: { GEMINI_API_KEY: "" } }, "AGENT_UNAUTHENTICATED", /log in|API key/],
    ["has no login with Google", { login: "oauth-personal" }, "AGENT_UNAUTHENTICATED", /log in/],
  ])("where it %s", async ([_name, options, code, nextStep], { processes, start }) => {
    const bridge = await start(options);
    const refused = await run(bridge, { prompt: "one", background: false });
    expect(refused).toMatchObject({ error: { code }, content: expect.stringMatching(nextStep) });
    await until("nothing is left", () => processes.left(bridge).length === 0);
  });
});
