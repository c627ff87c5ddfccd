// codex-ask in the real Claude Code: side by side in one message, and in plan mode.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { follow, test } from "./fixture.ts";
import type { Session } from "./session.ts";
import { prompt } from "./terminal.ts";

const ask = (prompt: string) => ({ tool: "mcp__codex__codex-ask", input: { prompt } });

/** Answers Codex's model once so many turns are waiting for it at the same time, or after a while. */
function gather({ lab }: Session, count: number) {
  let open = 0;
  let most = 0;
  let goOn = (): void => {};
  const all = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  lab.respond(async () => {
    open += 1;
    most = Math.max(most, open);
    if (open === count) goOn();
    await Promise.race([all, new Promise((resolve) => setTimeout(resolve, 30_000).unref())]);
    open -= 1;
    return { steps: [{ say: "an opinion" }] };
  });
  return { findMost: () => most };
}

test("eight questions of one message run at once", async ({ session }) => {
  const { findMost } = gather(session, 8);
  const calls = Array.from({ length: 8 }, (_, at) => ask(`question ${at}`));
  const { code, stderr } = await session.start(follow({ calls })).ended;
  expect(code, stderr).toBe(0);
  expect(findMost()).toBe(8);
  const shown = session.model.requests[1]?.toolResults ?? [];
  expect(shown.map(({ isError }) => isError)).toEqual(Array(8).fill(false));
  for (const { text } of shown) expect(text).toContain('"content":"an opinion"');
  expect(session.findLeft()).toEqual([]);
});

test("in plan mode a question runs without being asked for, and changes nothing", async ({ session }) => {
  const file = join(session.lab.project, "made");
  session.lab.respond((request) =>
    request.toolOutputs.length === 0 ? { steps: [{ run: `touch ${file}` }] } : { steps: [{ say: "could not" }] },
  );
  const calls = [ask("x"), { tool: "mcp__codex__codex", input: { prompt: "x" } }];
  const flags = ["--permission-mode", "plan"];
  const run = session.start(follow({ calls }), { flags });
  const { code, stderr } = await run.ended;
  expect(code, stderr).toBe(0);
  const [asked, written] = session.model.requests[1]?.toolResults ?? [];
  expect(asked).toMatchObject({ isError: false, text: expect.stringContaining('"content":"could not"') });
  expect(written).toMatchObject({ isError: true });
  expect(existsSync(file)).toBe(false);
});

test("in the plan mode of a terminal, questions of one message run at once and nobody is asked", async ({
  session,
  open,
}) => {
  const { findMost } = gather(session, 3);
  const calls = Array.from({ length: 3 }, (_, at) => ask(`question ${at}`));
  const flags = ["--permission-mode", "plan"];
  const terminal = await open([{ calls }, { text: "three opinions" }], { flags });
  await terminal.waitFor(/plan mode on/);
  await prompt(terminal, "go");
  await terminal.waitFor(/three opinions/, 30_000);
  expect(findMost()).toBe(3);
  const shown = session.model.requests[1]?.toolResults ?? [];
  expect(shown.map(({ text }) => text)).toEqual(Array(3).fill(expect.stringContaining('"content":"an opinion"')));
});
