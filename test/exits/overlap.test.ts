// Two sessions that write in one directory at the same time: each is told of the other, by the built server.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { test } from "../support/fixture.ts";
import { say, until } from "../support/lab.ts";
import { type Message, shakeHands } from "../support/stdio-bridge.ts";

test("turns of two servers that may write in one directory: both results name the other session", async ({
  lab,
  startServer,
}) => {
  lab.respond((request) => {
    const isSlow = request.userTexts.some((text) => text.includes("SLOW"));
    if (!isSlow) return say("quick")(request);
    if (request.toolOutputs.length > 0) return say("slow")(request);
    return { steps: [{ run: "touch begun; until [ -e go ]; do sleep 0.1; done" }] };
  });
  const options = { env: lab.env, cwd: lab.project };
  const [one, two] = [startServer(options), startServer(options)];
  await Promise.all([shakeHands(one), shakeHands(two)]);
  const sandbox = "workspace-write";
  one.call(1, "codex", { prompt: "SLOW", sandbox });
  await until("its command runs", () => existsSync(join(lab.project, "begun")));
  two.call(1, "codex", { prompt: "touch it", sandbox });
  const toWarnings = ({ result }: Message): string =>
    JSON.stringify((result?.["structuredContent"] as Record<string, unknown> | undefined)?.["warnings"]);
  const quick = toWarnings(await two.answer(1, 60_000));
  two.call(2, "codex", { prompt: "make it go", sandbox: "read-only" });
  expect(toWarnings(await two.answer(2, 60_000)) ?? "").not.toContain("Others may write");
  writeFileSync(join(lab.project, "go"), "");
  const slow = toWarnings(await one.answer(1, 60_000));
  const at = (pid: number | undefined): RegExp =>
    new RegExp(`Others may write in the same directory .* in another session, pid ${pid} in ${lab.project}`);
  expect(quick).toMatch(at(one.process.pid));
  expect(slow).toMatch(at(two.process.pid));
});
