// A background job never outlives its bridge, and what a killed bridge leaves names the call that goes on.
import { expect } from "vitest";
import { test } from "../support/fixture.ts";
import { runThenSay, say, until } from "../support/lab.ts";
import { type StdioBridge, shakeHands } from "../support/stdio-bridge.ts";

type Fields = Record<string, unknown>;

let id = 0;
const call = async (bridge: StdioBridge, name: string, args: Fields): Promise<Fields> => {
  id += 1;
  bridge.call(id, name, args);
  return (await bridge.answer(id)).result?.["structuredContent"] as Fields;
};

test.for(["SIGTERM", "SIGKILL"] as const)(
  "%s in mid-job: it is interrupted, and its thread goes on",
  async (signal, { lab, startServer, processes }) => {
    lab.respond(runThenSay("sleep 306"));
    const options = { env: lab.env, cwd: lab.project };
    const first = startServer(options);
    await shakeHands(first);
    const started = await call(first, "codex", { prompt: "Review the parser", background: true });
    const { jobId } = started;
    const isAtWork = () => processes.list().some(({ command }) => command.startsWith("sleep 306"));
    await until("a command runs", isAtWork);
    first.process.kill(signal);
    await first.exited;
    const second = startServer(options);
    await shakeHands(second);
    const result = await call(second, "agent_job", { action: "wait", jobIds: [jobId] });
    expect(result).toMatchObject({ jobId, state: "interrupted", threadId: expect.stringMatching(/^[\w-]{36}$/) });
    expect(result["content"]).toMatch(/codex-reply/);
    await until("nothing of it runs", () => !isAtWork());
    lab.respond(say("Going on."));
    const { threadId } = result;
    expect(await call(second, "codex-reply", { prompt: "Go on", threadId })).toMatchObject({ content: "Going on." });
  },
);

test("SIGKILL in the middle of several prompts: what is left names the thread of each", async ({
  lab,
  startServer,
  processes,
}) => {
  lab.respond(runThenSay("sleep 308"));
  const options = { env: lab.env, cwd: lab.project };
  const first = startServer(options);
  await shakeHands(first);
  const { jobId } = await call(first, "codex", {
    prompts: ["Review the lexer", "Review the parser"],
    background: true,
  });
  const working = () => processes.list().filter(({ command }) => command.startsWith("sleep 308")).length;
  await until("both run a command", () => working() >= 2);
  first.process.kill("SIGKILL");
  await first.exited;
  const second = startServer(options);
  await shakeHands(second);
  const { content, state } = await call(second, "agent_job", { action: "result", jobIds: [jobId] });
  expect(state).toBe("interrupted");
  const named = [...String(content).matchAll(/([12]): ([\w-]{36})/g)].map(([, number, threadId]) => ({
    number,
    threadId,
  }));
  expect(named.map(({ number }) => number).toSorted()).toEqual(["1", "2"]);
  await until("nothing of it runs", () => working() === 0);
  lab.respond(say("Going on."));
  for (const { number, threadId } of named) {
    expect(await call(second, "codex-reply", { prompt: "Go on", threadId })).toMatchObject({ content: "Going on." });
    const texts = lab.standIn.requests.at(-1)?.userTexts ?? [];
    expect(texts).toContain(number === "1" ? "Review the lexer" : "Review the parser");
  }
});
