// Checks: a command of the caller in the sandbox of the real Codex CLI, on what a turn left.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect } from "vitest";
import type { CallOptions } from "../support/bridge.ts";
import { type LabBridge, test as labTest } from "../support/fixture.ts";
import { CLI, type Lab, runThenSay, until } from "../support/lab.ts";

const test = labTest.extend("lab", async ({ lab }) => {
  execFileSync("git", ["init", "--quiet"], { cwd: lab.project, env: lab.env });
  lab.respond(runThenSay("echo made > made.txt"));
  return lab;
});

interface Check {
  readonly command: string;
  readonly exitCode?: number;
  readonly timedOut?: boolean;
  readonly output: string;
  readonly changed?: string[];
}

const turn = (bridge: LabBridge, args: Record<string, unknown> = {}) =>
  bridge.call("codex", { prompt: "x", sandbox: "workspace-write", ...args });

async function check(bridge: LabBridge, command: string, options?: CallOptions) {
  const result = await bridge.call("codex-verify", { check: command }, options);
  return { ...result, check: result.structured["check"] as Check };
}

/** Processes whose command line has a word. */
const running = (word: string): string[] =>
  execFileSync("ps", ["-eo", "pid,args"], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes(word));

const readChecks = ({ stateDir }: Lab): Check[][] =>
  readdirSync(join(stateDir, "receipts")).map(
    (name) => JSON.parse(readFileSync(join(stateDir, "receipts", name), "utf8"))["checks"],
  );

test.runIf(!CLI.hasPermissionProfiles)(
  "a CLI whose sandbox only reads runs none, and says what to do",
  async ({ bridge }) => {
    await turn(bridge);
    const result = await check(bridge, "true");
    expect(result.text).toMatch(/^\[AGENT_UNSUPPORTED\].*Run the check yourself/);
  },
);

describe.runIf(CLI.hasPermissionProfiles)("a check", () => {
  test("tells its end and its output, and stays in the receipt", async ({ lab, bridge }) => {
    await turn(bridge);
    const failed = await check(bridge, "cat made.txt; echo wrong >&2; exit 3");
    expect(failed.isError).toBe(false);
    expect(failed.check).toMatchObject({ exitCode: 3, output: "made\nwrong" });
    expect(failed.structured["files"]).toEqual([{ path: join(lab.project, "made.txt"), now: "as left" }]);
    expect(failed.text).toContain("Check failed (exit 3");
    const passed = await check(bridge, "true");
    expect(passed.check).toMatchObject({ exitCode: 0, output: "" });
    expect(passed.check.changed).toBeUndefined();
    expect(readChecks(lab)).toEqual([
      [
        expect.objectContaining({ command: expect.stringContaining("exit 3"), exitCode: 3, output: "made\nwrong" }),
        expect.objectContaining({ command: "true", exitCode: 0 }),
      ],
    ]);
  });

  test("is held to the turn's sandbox, without network and without secrets", async ({ lab, startBridge }) => {
    const server = createServer((_, response) => response.end("hi")).listen(0, "127.0.0.1");
    const { port } = await new Promise<AddressInfo>((resolve) =>
      server.once("listening", () => resolve(server.address() as AddressInfo)),
    );
    writeFileSync(join(lab.codexHome, ".env"), "FROM_FILE_TOKEN=abcdefgh12345678\n");
    const bridge = (await startBridge({
      env: { MY_SECRET: "hunter2hunter2", CODEX_API_KEY: "sk-abcdefgh12345678" },
    })) as LabBridge;
    await turn(bridge);
    const files = ["made.txt", "new.txt", ".git/x", ".codex/x", join(lab.outside, "x")];
    const write = files.map((file) => `(echo x >> ${file}) 2>/dev/null && echo wrote ${file}`).join("; ");
    const fetch = `${process.execPath} -e 'fetch("http://127.0.0.1:${port}").then(() => console.log("online"), () => {})'`;
    const result = await check(bridge, `${write}; ${fetch}; env | grep -E 'SECRET|API_KEY|TOKEN|BRIDGE_STATE'; true`);
    server.close();
    expect(result.check.output).toBe("wrote made.txt\nwrote new.txt");
    expect(result.check.changed).toEqual([join(lab.project, "made.txt"), join(lab.project, "new.txt")]);
    expect(result.text).toContain("It changed 2 files.");
  });

  test("ends at its time limit with everything that it started", async ({ lab, startBridge }) => {
    const bridge = (await startBridge({ env: { BRIDGE_CHECK_TIMEOUT_MS: "1500" } })) as LabBridge;
    await turn(bridge);
    const time = `31${process.pid}`;
    const result = await check(bridge, `echo begun; sleep ${time} & setsid sleep ${time} & sleep ${time}`);
    expect(result.check).toMatchObject({ timedOut: true, output: "begun" });
    expect(result.check.exitCode).toBeUndefined();
    expect(result.text).toContain("its time was up");
    expect(running(`sleep ${time}`)).toEqual([]);
    expect(readdirSync(lab.project).filter((name) => /^\.(codex|agents|aws)$/.test(name))).toEqual([]);
    expect(readChecks(lab)[0]).toHaveLength(1);
  });

  test("leaves nothing running that it put into the background", async ({ bridge }) => {
    await turn(bridge);
    const time = `32${process.pid}`;
    const result = await check(bridge, `sleep ${time} & setsid sleep ${time} & echo done`);
    expect(result.check).toMatchObject({ exitCode: 0, output: "done" });
    expect(running(`sleep ${time}`)).toEqual([]);
  });

  test("ends with its call, and is not kept", async ({ lab, bridge }) => {
    await turn(bridge);
    const time = `33${process.pid}`;
    const controller = new AbortController();
    const call = check(bridge, `touch begun; setsid sleep ${time}`, { signal: controller.signal }).catch(() => {});
    await until("it runs", () => existsSync(join(lab.project, "begun")));
    controller.abort();
    await call;
    await until("nothing runs", () => running(`sleep ${time}`).length === 0);
    expect(readChecks(lab)).toEqual([undefined]);
  });

  test("has the end of a long output, without secrets", async ({ bridge }) => {
    await turn(bridge);
    const command = `i=0; while [ $i -lt 30000 ]; do echo line $i; i=$((i+1)); done; printf '\\033[31mkey sk-proj-%s\\033[0m\\n' Ab3dEf6hIj9lMn2pQr5tUv8xYz1bCd4fGh7jKl0n`;
    const { check: done, structured } = await check(bridge, command);
    expect(done.output).toMatch(/line 29998\nline 29999\nkey \[redacted\]$/);
    expect(done).toMatchObject({ isCut: true });
    expect(JSON.stringify(structured).length).toBeLessThan(12_000);
  });

  test("after a turn with full access it has a sandbox all the same", async ({ lab, startBridge }) => {
    const bridge = (await startBridge({ env: { BRIDGE_MAX_SANDBOX: "danger-full-access" } })) as LabBridge;
    await turn(bridge, { sandbox: "danger-full-access" });
    const result = await check(bridge, `echo x > here; (echo x > ${join(lab.outside, "x")}) 2>/dev/null || echo held`);
    expect(result.check).toMatchObject({ exitCode: 0, output: "held" });
    expect(existsSync(join(lab.project, "here"))).toBe(true);
  });

  test("is refused above the user's limit of today, and in a directory that leads elsewhere", async ({
    lab,
    bridge,
  }) => {
    mkdirSync(join(lab.project, "inner"));
    await turn(bridge, { cwd: join(lab.project, "inner") });
    await bridge.restart({ env: { BRIDGE_MAX_SANDBOX: "read-only" } });
    expect((await check(bridge, "touch x")).text).toMatch(/^\[SANDBOX_DENIED\]/);
    await bridge.restart();
    rmSync(join(lab.project, "inner"), { recursive: true });
    execFileSync("ln", ["-s", lab.outside, join(lab.project, "inner")]);
    expect((await check(bridge, "touch x")).text).toMatch(/^\[SANDBOX_DENIED\]/);
    expect(readdirSync(lab.outside)).toEqual([]);
  });

  test("a thread that is gone: the receipt's own sandbox counts", async ({ lab, bridge }) => {
    await turn(bridge);
    await bridge.close();
    rmSync(join(lab.codexHome, "sessions"), { recursive: true });
    rmSync(join(lab.stateDir, "threads"), { recursive: true });
    await bridge.restart();
    const result = await check(bridge, `cat made.txt; (echo x > ${join(lab.outside, "x")}) 2>/dev/null || echo held`);
    expect(result.check).toMatchObject({ exitCode: 0, output: "made\nheld" });
  });

  test("keeps what the user's permission profile denies", async ({ lab, bridge }) => {
    writeFileSync(join(lab.project, "secret"), "TOPSECRET\n");
    lab.writeConfig({
      top: 'default_permissions = "careful"',
      tables: `[permissions.careful]\nextends = ":workspace"\n[permissions.careful.filesystem]\n"${join(lab.project, "secret")}" = "deny"\n`,
    });
    await bridge.call("codex", { prompt: "x" });
    const result = await check(bridge, "echo x > here; cat secret; true");
    expect(result.check.output).not.toContain("TOPSECRET");
    expect(existsSync(join(lab.project, "here"))).toBe(true);
  });
});

describe.runIf(CLI.hasPermissionProfiles)("a check that goes with a turn", () => {
  test("runs after it, also after further turns, and is in the result and the receipt", async ({ lab, bridge }) => {
    const { structured, isError } = await turn(bridge, { check: "cat made.txt; exit 4" });
    expect(isError).toBe(false);
    expect(structured["check"]).toMatchObject({ passed: false, exitCode: 4, output: "made" });
    const reply = await bridge.call("codex-reply", {
      prompt: "x",
      threadId: structured.threadId,
      check: "test -f made.txt",
    });
    expect(reply.structured["check"]).toMatchObject({ passed: true, exitCode: 0 });
    expect(
      readChecks(lab)
        .flat()
        .map(({ command }) => command)
        .toSorted(),
    ).toEqual(["cat made.txt; exit 4", "test -f made.txt"]);
    const plain = await bridge.call("codex-reply", { prompt: "x", threadId: structured.threadId });
    expect(plain.structured["check"]).toBeUndefined();
  });

  test("what it writes in a worktree is put back, and not proposed", async ({ lab, startBridge }) => {
    const bridge = (await startBridge({ env: { BRIDGE_WORKTREES_DIR: join(lab.root, "trees") } })) as LabBridge;
    const command = "cat made.txt; echo more >> made.txt; mkdir out; echo x > out/report; git status >/dev/null";
    const { structured } = await turn(bridge, { isolation: "worktree", check: command });
    const { worktree, files } = structured["proposal"] as { worktree: string; files: number };
    expect(structured["check"]).toMatchObject({
      ...{ passed: true, output: "made", isPutBack: true },
      changed: [join(worktree, "made.txt"), join(worktree, "out/report")],
    });
    expect(files).toBe(1);
    expect(readdirSync(worktree).toSorted()).toEqual([".git", "made.txt"]);
    expect(readFileSync(join(worktree, "made.txt"), "utf8")).toBe("made\n");
    expect(existsSync(join(lab.project, "made.txt"))).toBe(false);
    // The receipt can be checked as long as the worktree is there.
    const later = await check(bridge, "echo y > made.txt");
    expect(later.check).toMatchObject({ exitCode: 0, isPutBack: true });
    expect(readFileSync(join(worktree, "made.txt"), "utf8")).toBe("made\n");
  });

  test("is not run after a turn that failed", async ({ lab, bridge }) => {
    lab.respond(() => ({ error: { status: 400, body: { error: { message: "no" } } } }));
    const { structured, isError } = await turn(bridge, { check: "touch checked" });
    expect(isError).toBe(true);
    expect(structured["check"]).toBeUndefined();
    expect(existsSync(join(lab.project, "checked"))).toBe(false);
  });

  test("each of several prompts has one", async ({ bridge }) => {
    const { structured } = await bridge.call("codex", {
      ...{ prompts: ["a", "b"], sandbox: "workspace-write", check: "test -f made.txt" },
    });
    const results = structured["results"] as { check: unknown }[];
    expect(results.map(({ check }) => check)).toEqual([
      expect.objectContaining({ passed: true }),
      expect.objectContaining({ passed: true }),
    ]);
  });

  test("reads only where the turn did", async ({ lab, bridge }) => {
    const { structured } = await bridge.call("codex", {
      prompt: "x",
      sandbox: "read-only",
      check: "touch made || exit 5",
    });
    expect(structured["check"]).toMatchObject({ exitCode: 5 });
    expect(existsSync(join(lab.project, "made"))).toBe(false);
  });

  test("that no sandbox could hold is refused before its turn", async ({ lab, startBridge }) => {
    lab.writeConfig({
      top: 'default_permissions = "open"',
      tables: '[permissions.open]\nextends = ":workspace"\n[permissions.open.filesystem]\n"/" = "write"\n',
    });
    const bridge = (await startBridge({ env: { BRIDGE_MAX_SANDBOX: "danger-full-access" } })) as LabBridge;
    const first = await bridge.call("codex", { prompt: "x", check: "true" });
    expect(first.text).toMatch(/^\[SANDBOX_DENIED\]/);
    expect(lab.standIn.requests).toHaveLength(0);
    const { threadId } = (await bridge.call("codex", { prompt: "x" })).structured;
    const asked = lab.standIn.requests.length;
    const reply = await bridge.call("codex-reply", { prompt: "x", threadId, check: "true" });
    expect(reply.text).toMatch(/^\[SANDBOX_DENIED\]/);
    expect(lab.standIn.requests).toHaveLength(asked);
  });

  test("a cancel ends it with the call", async ({ lab, bridge }) => {
    const time = `34${process.pid}`;
    const controller = new AbortController();
    const call = bridge
      .call(
        "codex",
        { prompt: "x", sandbox: "workspace-write", check: `touch begun; sleep ${time}` },
        { signal: controller.signal },
      )
      .catch(() => {});
    await until("it runs", () => existsSync(join(lab.project, "begun")));
    controller.abort();
    await call;
    await until("nothing runs", () => running(`sleep ${time}`).length === 0);
  });
});

describe.runIf(!CLI.hasPermissionProfiles)("where the sandbox of the CLI only reads, a turn with a check", () => {
  const refused = /^\[AGENT_UNSUPPORTED\].*No turn was started.*Leave `check` out/s;

  test("that may write is refused before it costs anything", async ({ lab, startBridge }) => {
    const bridge = (await startBridge({ env: { BRIDGE_WORKTREES_DIR: join(lab.root, "trees") } })) as LabBridge;
    expect((await turn(bridge, { check: "true" })).text).toMatch(refused);
    expect((await turn(bridge, { check: "true", attempts: 2 })).text).toMatch(refused);
    expect(lab.standIn.requests).toHaveLength(0);
    expect(existsSync(join(lab.root, "trees")) ? readdirSync(join(lab.root, "trees")) : []).toEqual([]);
    const { threadId } = (await turn(bridge)).structured;
    const asked = lab.standIn.requests.length;
    expect((await bridge.call("codex-reply", { prompt: "x", threadId, check: "true" })).text).toMatch(refused);
    expect(lab.standIn.requests).toHaveLength(asked);
  });

  test("that only reads has it run", async ({ bridge }) => {
    const { structured } = await bridge.call("codex", { prompt: "x", sandbox: "read-only", check: "exit 5" });
    expect(structured["check"]).toMatchObject({ exitCode: 5 });
  });
});
