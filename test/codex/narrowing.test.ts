import { existsSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { type LabBridge, test as labTest } from "../support/fixture.ts";
import { canMount, fillDisk, mountDisk } from "../support/full-disk.ts";
import { type Lab, runThenSay } from "../support/lab.ts";

const test = labTest.extend("threadId", async ({ bridge }) => {
  const args = { prompt: "x", sandbox: "workspace-write", sessionId: "mine" };
  return (await bridge.call("codex", args)).structured.threadId;
});

const recordPath = (lab: Lab, threadId: string) => join(lab.stateDir, "threads", `${threadId}.json`);
const reply = (bridge: LabBridge, threadId: string, args: Record<string, unknown> = {}) =>
  bridge.call("codex-reply", { prompt: "x", threadId, ...args });

/** Replies with a turn that tries to write; says whether it could. */
async function canWrite(lab: Lab, bridge: LabBridge, threadId: string, name: string): Promise<boolean> {
  lab.respond(runThenSay(`touch ${name}`));
  await reply(bridge, threadId);
  return existsSync(join(lab.project, name));
}

test("a record that is wider than the thread's last turn does not widen it", async ({ lab, bridge, threadId }) => {
  const wide = readFileSync(recordPath(lab, threadId), "utf8");
  await reply(bridge, threadId, { sandbox: "read-only" });
  writeFileSync(recordPath(lab, threadId), wide);
  await bridge.restart();
  const wider = await reply(bridge, threadId, { sandbox: "workspace-write" });
  expect(wider.text).toMatch(/^\[SANDBOX_WIDENING\]/);
  const { structured } = await reply(bridge, threadId);
  expect(structured["sandbox"]).toBe("read-only");
  expect(String(structured["warnings"])).toContain("last turn ran with sandbox read-only");
  expect(await canWrite(lab, bridge, threadId, "later")).toBe(false);
});

test("a thread whose record is damaged goes on read-only, and says so", async ({ lab, bridge, threadId }) => {
  truncateSync(recordPath(lab, threadId), 0);
  await bridge.restart();
  const { structured } = await reply(bridge, threadId);
  expect(structured["sandbox"]).toBe("read-only");
  expect(String(structured["warnings"])).toContain("record of this thread is damaged");
  expect((await reply(bridge, threadId)).structured["warnings"]).toBeUndefined();
  expect(await canWrite(lab, bridge, threadId, "later")).toBe(false);
});

describe.runIf(canMount())("on a full disk", () => {
  const testOnDisk = test.extend("lab", ({ lab }, { onCleanup }) => {
    onCleanup(mountDisk(lab.stateDir, "256k"));
    return lab;
  });

  testOnDisk(
    "a narrowing is stored in the room of the record before it, and holds after a restart",
    async ({ lab, bridge, threadId }) => {
      fillDisk(lab.stateDir);
      const narrowed = await reply(bridge, threadId, { sandbox: "read-only" });
      expect(narrowed.isError, narrowed.text).toBe(false);
      expect(narrowed.structured["sandbox"]).toBe("read-only");
      await bridge.restart();
      const { structured } = await reply(bridge, threadId);
      expect(structured["sandbox"]).toBe("read-only");
      expect(await canWrite(lab, bridge, threadId, "later")).toBe(false);
    },
  );
});
