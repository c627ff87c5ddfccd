// Threads that the bridge does not have to itself: somebody else has started one, has it open, has written to it with an older CLI, or has lost it.
import { type ChildProcess, execFile, execFileSync, spawnSync } from "node:child_process";
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { describe, expect } from "vitest";
import { findRollout } from "../../src/agents/codex/rollouts/rollout-files.ts";
import { type LabBridge, test } from "../support/fixture.ts";
import { CLI, type Lab, NATIVE_CODEX, ON_APP_SERVER, say, until } from "../support/lab.ts";

/** A CLI older than the one under test, where one is there. */
const OLDER_CODEX = process.env["LAB_OLDER_CODEX_BIN"];
/** 0.150 and later lock a thread, and do not read what older ones have written into theirs. */
const LOCKS = CLI.hasThreadSource;

const HAS_ZSTD = spawnSync("zstd", ["--version"]).status === 0;
/** Those that can compress a thread's file unpack it again. */
const UNPACKS = HAS_ZSTD && readFileSync(NATIVE_CODEX).includes(".jsonl.zst");

const lastBody = (lab: Lab) => JSON.stringify(lab.standIn.requests.at(-1)?.body);

/** Runs Codex itself, as the user would; gives the thread. Not synchronous: the stand-in lives in this process. */
function runOwn(
  lab: Lab,
  args: readonly string[],
  options: { bin?: string; onStart?: (child: ChildProcess) => void } = {},
) {
  const env = { HOME: lab.root, PATH: process.env["PATH"] ?? "", CODEX_HOME: lab.codexHome, STANDIN_KEY: "x" };
  const words = ["exec", "--json", "--skip-git-repo-check", ...args, "-"];
  return new Promise<string>((resolve, reject) => {
    const child = execFile(
      options.bin ?? NATIVE_CODEX,
      words,
      { env, cwd: lab.project, timeout: 20_000 },
      (error, stdout) => {
        const first = stdout.split("\n")[0] ?? "";
        if (error === null || first !== "") resolve(JSON.parse(first).thread_id);
        else reject(error);
      },
    );
    child.stdin?.end("remember PELICAN");
    options.onStart?.(child);
  });
}

describe("a thread of the user's own", () => {
  test("continues with the directory, sandbox and model of its last turn", async ({ lab, bridge }) => {
    const threadId = await runOwn(lab, ["-s", "workspace-write", "-C", lab.outside, "-m", "gpt-5.4"]);
    const result = await bridge.call("codex-reply", { prompt: "which word?", threadId });
    expect(result.isError, result.text).toBe(false);
    expect(result.structured).toMatchObject({ threadId, sandbox: "workspace-write" });
    expect(lastBody(lab)).toContain("PELICAN");
    expect(lastBody(lab)).toContain('"model":"gpt-5.4"');
    expect(lastBody(lab)).toContain(lab.outside);
    await bridge.restart();
    const wider = await bridge.call("codex-reply", { prompt: "x", threadId, sandbox: "danger-full-access" });
    expect(wider.text).toMatch(/^\[SANDBOX_WIDENING\]/);
  });

  test("stays read-only, and under the user's limit", async ({ lab, bridge }) => {
    const readOnly = await runOwn(lab, ["-s", "read-only", "-C", lab.project]);
    const result = await bridge.call("codex-reply", { prompt: "x", threadId: readOnly });
    expect(result.structured["sandbox"]).toBe("read-only");
    const full = await runOwn(lab, ["-s", "danger-full-access", "-C", lab.project]);
    expect((await bridge.call("codex-reply", { prompt: "x", threadId: full })).text).toMatch(/^\[SANDBOX_DENIED\]/);
  });
});

describe("a thread whose file is compressed", () => {
  const compress = (lab: Lab, threadId: string): void => {
    const path = findRollout(lab.codexHome, threadId) ?? "";
    execFileSync("zstd", ["-q", "--rm", path]);
  };

  test.runIf(UNPACKS)(
    "goes on by our own record, and no usage is told that cannot be known",
    async ({ lab, bridge }) => {
      const { threadId } = (await bridge.call("codex", { prompt: "remember HERON", sandbox: "workspace-write" }))
        .structured;
      compress(lab, threadId);
      const { isError, text, structured } = await bridge.call("codex-reply", { prompt: "which word?", threadId });
      expect(isError, text).toBe(false);
      expect(structured).toMatchObject({ threadId, sandbox: "workspace-write" });
      // The app server tells the thread's total when it loads it.
      if (ON_APP_SERVER) expect(structured["usage"]).toMatchObject({ inputTokens: 100 });
      else expect(structured["usage"]).toBeUndefined();
      expect(lastBody(lab)).toContain("HERON");
      const next = await bridge.call("codex-reply", { prompt: "and now?", threadId });
      expect(next.structured["usage"]).toMatchObject({ inputTokens: 100 });
    },
  );

  test.runIf(HAS_ZSTD)("of another program is told as that, with the way to unpack it", async ({ lab, bridge }) => {
    const threadId = await runOwn(lab, ["-s", "read-only"]);
    compress(lab, threadId);
    const reply = await bridge.call("codex-reply", { prompt: "x", threadId });
    expect(reply.text).toMatch(/^\[THREAD_NOT_FOUND\].*its file is compressed.*codex resume/);
    expect(lab.standIn.requests).toHaveLength(1);
  });
});

describe("a thread that another program has open", () => {
  test.runIf(LOCKS)("is busy, and goes on afterwards", async ({ lab, bridge }) => {
    const { threadId } = (await bridge.call("codex", { prompt: "x" })).structured;
    // The app server keeps a thread open for a while after its turn.
    if (ON_APP_SERVER) await bridge.restart();
    lab.respond(() => ({ ending: "hang" }));
    let other: ChildProcess | undefined;
    const run = runOwn(lab, ["resume", threadId], {
      onStart: (child) => {
        other = child;
      },
    });
    await until("the other program's turn runs", () => lab.standIn.requests.length > 1);
    const busy = await bridge.call("codex-reply", { prompt: "y", threadId });
    expect(busy.text).toMatch(/^\[SESSION_BUSY\] Another program has this thread open\. Close the thread/);
    expect(busy.structured["error"]).toMatchObject({ retryable: true });
    other?.kill("SIGTERM");
    await run;
    lab.respond(say("on"));
    // npm's wrapper ends before the program that it started.
    const goesOn = async () => (await bridge.call("codex-reply", { prompt: "y", threadId })).text === "on";
    await until("the lock is gone", goesOn);
  });
});

describe.runIf(OLDER_CODEX !== undefined)("a thread that an older CLI has written to", () => {
  test("goes on, or is told as that with the way out", async ({ lab, bridge }) => {
    const { threadId } = (await bridge.call("codex", { prompt: "remember HERON" })).structured;
    await runOwn(lab, ["resume", threadId], { bin: OLDER_CODEX ?? "" });
    const reply = await bridge.call("codex-reply", { prompt: "which words?", threadId });
    if (!LOCKS) {
      expect(reply.text).toBe("hello");
      expect(lastBody(lab)).toContain("PELICAN");
      return;
    }
    expect(reply.text).toMatch(/^\[THREAD_NOT_FOUND\] The thread was last written by an older Codex CLI.*onLostThread/);
    const rebuilt = await bridge.call("codex-reply", { prompt: "which words?", threadId, onLostThread: "rebuild" });
    expect(rebuilt.isError, rebuilt.text).toBe(false);
    expect(lastBody(lab)).toMatch(/HERON.*PELICAN/);
  });
});

describe("a damaged rollout", () => {
  const damage: Record<string, (path: string) => void> = {
    "ends in half a line": (path) => appendFileSync(path, '{"timestamp":"2026-11-21T00:00:00Z","type":"resp'),
    "ends in garbage": (path) => appendFileSync(path, "\u0000\u0001 garbage\n"),
    "is cut in its first line": (path) => truncateSync(path, 100),
    "is empty": (path) => truncateSync(path, 0),
    "is no rollout": (path) => writeFileSync(path, "hello\n"),
  };
  test.for(Object.keys(damage))(
    "that %s: the thread goes on, or is told as lost and rebuilt",
    async (name, { lab, bridge }) => {
      const { threadId } = (await bridge.call("codex", { prompt: "remember HERON" })).structured;
      damage[name]?.(findRollout(lab.codexHome, threadId) ?? "");
      const reply = await bridge.call("codex-reply", { prompt: "y", threadId });
      if (!reply.isError) {
        expect(reply.structured.threadId).toBe(threadId);
        expect(lastBody(lab)).toContain("HERON");
        return;
      }
      expect(reply.text).toMatch(/^\[THREAD_NOT_FOUND\].*onLostThread/);
      const rebuilt = await bridge.call("codex-reply", { prompt: "y", threadId, onLostThread: "rebuild" });
      expect(rebuilt.isError, rebuilt.text).toBe(false);
    },
  );
});

describe("a thread that Codex has lost", () => {
  const sessions = (lab: Lab) => join(lab.codexHome, "sessions");
  const archived = (lab: Lab) => join(lab.codexHome, "archived_sessions");
  const reply = (bridge: LabBridge, threadId: string, onLostThread?: string) =>
    bridge.call("codex-reply", {
      prompt: "which word?",
      threadId,
      ...(onLostThread === undefined ? {} : { onLostThread }),
    });

  test("is an error, unless a new one is wanted; its name goes along, its frame holds", async ({ lab, bridge }) => {
    const args = { prompt: "remember PELICAN", sessionId: "mine", sandbox: "workspace-write" };
    const { threadId } = (await bridge.call("codex", args)).structured;
    rmSync(sessions(lab), { recursive: true });
    expect((await reply(bridge, threadId)).text).toMatch(/^\[THREAD_NOT_FOUND\]/);
    const { structured, isError } = await reply(bridge, threadId, "rebuild");
    expect(isError).toBe(false);
    expect(structured).toMatchObject({ sessionId: "mine", sandbox: "workspace-write" });
    expect(structured.threadId).not.toBe(threadId);
    expect(String(structured["warnings"])).toMatch(
      new RegExp(`thread ${threadId} could not be continued.*knows nothing of it`),
    );
    const next = await bridge.call("codex-reply", { prompt: "on", sessionId: "mine" });
    expect(next.structured.threadId).toBe(structured.threadId);
  });

  test("and narrowed while it was rebuilt stays narrow where the user brings it back", async ({ lab, bridge }) => {
    const { threadId } = (await bridge.call("codex", { prompt: "x", sandbox: "workspace-write" })).structured;
    renameSync(sessions(lab), `${sessions(lab)}-away`);
    const narrow = { prompt: "x", threadId, sandbox: "read-only", onLostThread: "rebuild" };
    const rebuilt = await bridge.call("codex-reply", narrow);
    expect(rebuilt.structured["sandbox"]).toBe("read-only");
    rmSync(sessions(lab), { recursive: true });
    renameSync(`${sessions(lab)}-away`, sessions(lab));
    const back = await reply(bridge, threadId);
    expect(back.structured).toMatchObject({ threadId, sandbox: "read-only" });
  });

  test("whose rollout is archived is told to its successor", async ({ lab, bridge }) => {
    const { threadId } = (await bridge.call("codex", { prompt: "<task>remember PELICAN</task>" })).structured;
    mkdirSync(archived(lab));
    for (const name of readdirSync(sessions(lab), { recursive: true, encoding: "utf8" })) {
      if (name.endsWith(".jsonl")) renameSync(join(sessions(lab), name), join(archived(lab), basename(name)));
    }
    const { structured } = await reply(bridge, threadId, "rebuild");
    expect(lab.standIn.requests.at(-1)?.userTexts.at(-1)).toMatch(
      /User: <task>remember PELICAN<\/task>\n\nYou: hello\n\nNow: which word\?$/,
    );
    expect(String(structured["warnings"])).toContain("was told its last 2 messages");
  });

  test("of another program, archived: told how to get it back, or rebuilt", async ({ lab, bridge }) => {
    const threadId = await runOwn(lab, ["-s", "read-only"]);
    mkdirSync(archived(lab));
    for (const name of readdirSync(sessions(lab), { recursive: true, encoding: "utf8" })) {
      if (name.endsWith(".jsonl")) renameSync(join(sessions(lab), name), join(archived(lab), basename(name)));
    }
    expect((await reply(bridge, threadId)).text).toMatch(/^\[THREAD_NOT_FOUND\].*onLostThread/);
    expect((await reply(bridge, threadId, "rebuild")).isError).toBe(false);
    expect(lastBody(lab)).toContain("PELICAN");
  });

  test("that was never known cannot be rebuilt", async ({ bridge }) => {
    const result = await reply(bridge, "01a1fc92-fa3b-7c32-a6e7-b95e0f886a37", "rebuild");
    expect(result.text).toMatch(/^\[THREAD_NOT_FOUND\]/);
  });
});
