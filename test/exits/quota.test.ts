// A job that waits for the reset of a usage limit outlives its bridge, whatever ends that bridge, and nothing runs meanwhile.
import { expect } from "vitest";
import type { StandInAnswer } from "../../src/setup/demo/responses-standin.ts";
import { test as labTest } from "../support/fixture.ts";
import { say, until } from "../support/lab.ts";
import { type StdioBridge, shakeHands } from "../support/stdio-bridge.ts";

type Fields = Record<string, unknown>;
type Open = (env?: Record<string, string>) => Promise<StdioBridge>;

const test = labTest
  .extend("lab", async ({ lab }) => {
    lab.writeConfig({ provider: "request_max_retries = 0\nstream_max_retries = 0\n" });
    return lab;
  })
  .extend("open", async ({ lab, startServer }): Promise<Open> => {
    return async (env) => {
      const bridge = startServer({ env: { ...lab.env, ...env }, cwd: lab.project });
      await shakeHands(bridge);
      return bridge;
    };
  });

let id = 0;
async function call(bridge: StdioBridge, name: string, args: Fields): Promise<Fields> {
  id += 1;
  bridge.call(id, name, args);
  return (await bridge.answer(id, 90_000)).result?.["structuredContent"] as Fields;
}

/** OpenAI's limit; Codex tells the minute of its reset, so it takes up to a minute. */
const ofAccount = (): StandInAnswer => {
  const error = { type: "usage_limit_reached", message: "x", resets_at: Math.floor(Date.now() / 1_000) + 2 };
  return { error: { status: 429, body: { error } } };
};
/** A gateway's limit, with its reset in a moment. */
const ofGateway = (): StandInAnswer => ({
  error: { status: 400, body: { error: { message: "Budget has been exceeded! Please try again in 2s." } } },
});

test("SIGKILL while it waits: of two other bridges one starts it by itself, once", { timeout: 150_000 }, async ({
  lab,
  open,
  processes,
}) => {
  lab.respond(ofAccount);
  const first = await open();
  const { jobId, threadId, state } = await call(first, "codex", { prompt: "Fix the parser", onQuota: "wait" });
  expect(state).toBe("waiting");
  lab.respond(say("The parser is fixed."));
  first.process.kill("SIGKILL");
  await first.exited;
  await until("nothing runs while it waits", () => processes.list().length === 0);
  const others = [await open(), await open()];
  for (let seconds = 0; seconds < 75; seconds += 1) {
    const { jobs } = await call(others[0] as StdioBridge, "agent_job", { action: "status", jobIds: [jobId] });
    if ((jobs as Fields[])[0]?.["state"] === "completed") break;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  for (const bridge of others) {
    const result = await call(bridge, "agent_job", { action: "result", jobIds: [jobId] });
    expect(result).toMatchObject({ jobId, threadId, state: "completed", content: "The parser is fixed." });
  }
  expect(lab.standIn.requests).toHaveLength(2);
});

test("EOF while it waits: the next bridge starts it after its own start", async ({ lab, open, processes }) => {
  lab.respond(ofGateway);
  const first = await open();
  const { jobId } = await call(first, "codex", { prompt: "Fix the parser", onQuota: "wait", background: true });
  await call(first, "agent_job", { action: "wait", jobIds: [jobId] });
  lab.respond(say("Done."));
  first.process.stdin?.end();
  await first.exited;
  await until("nothing runs while it waits", () => processes.list().length === 0);
  await new Promise((resolve) => setTimeout(resolve, 5_500));
  expect(lab.standIn.requests).toHaveLength(1);
  const second = await open();
  const looks = () => call(second, "agent_job", { action: "status", jobIds: [jobId] });
  await until("it has ended", async () => ((await looks())["jobs"] as Fields[])[0]?.["state"] === "completed");
  expect(lab.standIn.requests).toHaveLength(2);
});

test("with BRIDGE_JOBS=outlive its runner waits, and starts it though no bridge is there", async ({
  lab,
  open,
  processes,
}) => {
  lab.respond(ofGateway);
  const outlive = { BRIDGE_JOBS: "outlive" };
  const first = await open(outlive);
  const { jobId, state } = await call(first, "codex", { prompt: "Fix the parser", onQuota: "wait" });
  expect(state).toBe("waiting");
  lab.respond(say("Done."));
  first.process.stdin?.end();
  await first.exited;
  await until("it was started", () => lab.standIn.requests.length === 2);
  await until("nothing is left", () => processes.list().length === 0);
  expect(await call(await open(outlive), "agent_job", { action: "result", jobIds: [jobId] })).toMatchObject({
    ...{ state: "completed", content: "Done." },
  });
});

test("with BRIDGE_JOBS=outlive the next bridge has a runner start it", async ({ lab, open, processes }) => {
  lab.respond(ofGateway);
  const first = await open();
  const { jobId } = await call(first, "codex", { prompt: "Fix the parser", onQuota: "wait" });
  first.process.kill("SIGKILL");
  await first.exited;
  lab.respond(say("Done."));
  const second = await open({ BRIDGE_JOBS: "outlive" });
  await until("it was started", () => lab.standIn.requests.length === 2, 30_000);
  const isRunner = ({ command }: { command: string }): boolean => command.includes("run-jobs");
  expect(processes.list().filter(isRunner)).toHaveLength(1);
  const result = await call(second, "agent_job", { action: "wait", jobIds: [jobId] });
  expect(result).toMatchObject({ state: "completed", content: "Done." });
});
