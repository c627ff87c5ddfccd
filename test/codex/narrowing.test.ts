// A thread that was narrowed stays narrow: over a restart, on a full disk, and where the bridge's own record has come to harm.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startBridge, type TestBridge } from "../support/bridge.ts";
import { createLab, type Lab, runThenSay, say } from "../support/lab.ts";

let lab: Lab;
let bridge: TestBridge;
let threadId: string;

beforeEach(async () => {
  lab = await createLab(say("hello"));
});
afterEach(async () => {
  await bridge.close();
  await lab.close();
});

async function restart(): Promise<void> {
  await bridge.close();
  bridge = await startBridge({ env: lab.env, cwd: lab.project });
}

async function begin(): Promise<void> {
  bridge = await startBridge({ env: lab.env, cwd: lab.project });
  const args = { prompt: "x", sandbox: "workspace-write", sessionId: "mine" };
  threadId = (await bridge.call("codex", args)).structured.threadId;
}

const recordPath = () => join(lab.stateDir, "threads", `${threadId}.json`);
const reply = (args: Record<string, unknown> = {}) => bridge.call("codex-reply", { prompt: "x", threadId, ...args });

/** Replies with a turn that tries to write; says whether it could. */
async function canWrite(name: string): Promise<boolean> {
  lab.respond(runThenSay(`touch ${name}`));
  await reply();
  return existsSync(join(lab.project, name));
}

test("a record that is wider than the thread's last turn does not widen it", async () => {
  await begin();
  const wide = readFileSync(recordPath(), "utf8");
  await reply({ sandbox: "read-only" });
  writeFileSync(recordPath(), wide);
  await restart();
  const wider = await reply({ sandbox: "workspace-write" });
  expect(wider.text).toMatch(/^\[SANDBOX_WIDENING\]/);
  const { structured } = await reply();
  expect(structured["sandbox"]).toBe("read-only");
  expect(String(structured["warnings"])).toContain("last turn ran with sandbox read-only");
  expect(await canWrite("later")).toBe(false);
});

test("a thread whose record is damaged goes on read-only, and says so", async () => {
  await begin();
  truncateSync(recordPath(), 0);
  await restart();
  const { structured } = await reply();
  expect(structured["sandbox"]).toBe("read-only");
  expect(String(structured["warnings"])).toContain("record of this thread is damaged");
  expect((await reply()).structured["warnings"]).toBeUndefined();
  expect(await canWrite("later")).toBe(false);
});

describe.runIf(canMount())("on a full disk", () => {
  const fill = () => {
    for (const size of ["4k", "1"]) {
      try {
        execFileSync("dd", ["if=/dev/zero", `of=${lab.stateDir}/fill-${size}`, `bs=${size}`], { stdio: "ignore" });
      } catch {
        // That is what full means.
      }
    }
  };
  beforeEach(async () => {
    mkdirSync(lab.stateDir);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=256k,mode=700", "tmpfs", lab.stateDir]);
    await begin();
    fill();
  });
  afterEach(() => void execFileSync("umount", ["-l", lab.stateDir]));

  test("a narrowing is stored in the room of the record before it, and holds after a restart", async () => {
    const narrowed = await reply({ sandbox: "read-only" });
    expect(narrowed.isError, narrowed.text).toBe(false);
    expect(narrowed.structured["sandbox"]).toBe("read-only");
    await restart();
    const { structured } = await reply();
    expect(structured["sandbox"]).toBe("read-only");
    expect(await canWrite("later")).toBe(false);
  });
});

function canMount(): boolean {
  try {
    execFileSync("unshare", ["--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
