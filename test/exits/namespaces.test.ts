// A bridge in a container and one beside it that share a state folder: neither ends the other's turn nor takes its thread.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { ringBell } from "../../src/state/bridge-bell.ts";
import { test as labTest } from "../support/fixture.ts";
import { holdThenSay, until } from "../support/lab.ts";
import { shakeHands } from "../support/stdio-bridge.ts";

/** Starts a program as the first of a pid namespace of its own. */
const UNSHARE = ["--pid", "--fork", "--kill-child", "--mount-proc"];
const canUnshare = spawnSync("unshare", [...UNSHARE, "true"]).status === 0;
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const test = labTest
  .extend("outside", async ({ lab, startServer }) => {
    const server = startServer({ env: lab.env, cwd: lab.project });
    await shakeHands(server);
    return server;
  })
  .extend("inside", async ({ lab, startServer }) => {
    const server = startServer({ env: lab.env, cwd: lab.project, through: ["unshare", ...UNSHARE] });
    await shakeHands(server);
    return server;
  });

describe.runIf(canUnshare)("two pid namespaces, one state folder", () => {
  test("a turn in one of them is neither ended by a bridge of the other, nor is its thread taken", async ({
    lab,
    startServer,
    inside,
    outside,
  }) => {
    const { respond, goOn } = holdThenSay("after a long time");
    lab.respond(respond);
    inside.call(1, "codex", { prompt: "x" });
    await until(
      "its turn runs",
      () => lab.standIn.requests.length === 1 && readdirSync(join(lab.stateDir, "locks")).length > 0,
    );
    const [lock = ""] = readdirSync(join(lab.stateDir, "locks"));
    const threadId = lock.replace(".json", "");
    expect(readFileSync(join(lab.stateDir, "locks", lock), "utf8")).toContain('"namespace":"pid:[');
    outside.call(1, "codex-reply", { prompt: "y", threadId });
    const [bell = ""] = readdirSync(join(lab.stateDir, "bridges"));
    expect(await ringBell(lab.stateDir, bell)).toBe("answered");
    const busy = JSON.stringify((await outside.answer(1)).result);
    expect(busy).toContain("[SESSION_BUSY]");
    expect(busy).toContain("in another container");
    expect(busy).toContain(join(lab.stateDir, "locks", lock));
    // A new one tidies up.
    const third = startServer({ env: lab.env, cwd: lab.project });
    await shakeHands(third);
    await wait(1_000);
    third.process.stdin?.end();
    await third.exited;
    goOn();
    expect(JSON.stringify((await inside.answer(1)).result)).toContain("after a long time");
  });

  test("a background job in one of them is seen, and cancelled, from the other", async ({ lab, inside, outside }) => {
    lab.respond(() => ({ ending: "hang" }));
    inside.call(1, "codex", { prompt: "x", background: true });
    const { result = {} } = await inside.answer(1);
    const { jobId } = result["structuredContent"] as { jobId: string };
    await until("its turn runs", () => lab.standIn.requests.length === 1);
    const ask = async (id: number, tool: string, args: Record<string, unknown>) => {
      outside.call(id, tool, args);
      return JSON.stringify((await outside.answer(id)).result?.["structuredContent"]);
    };
    expect(await ask(1, "agent_job", { action: "status", jobIds: [jobId] })).toContain('"state":"running"');
    expect(await ask(2, "agent_job_control", { action: "cancel", jobId })).toContain(`Job ${jobId} was cancelled`);
    inside.call(2, "agent_job", { action: "status", jobIds: [jobId] });
    expect(JSON.stringify((await inside.answer(2)).result)).toContain("cancelled");
  });
});
