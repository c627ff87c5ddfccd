// The tools that look after threads, with the real Codex CLI: whose threads are seen, and what a fork, the archive and a name keep.
import { type ChildProcess, execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { createThreadFiles } from "../../src/state/thread-files.ts";
import { type LabBridge, test } from "../support/fixture.ts";
import { BACKEND_NAME, CLI, type Lab, NATIVE_CODEX, ON_APP_SERVER, say, until } from "../support/lab.ts";
import { findMarked } from "../support/stdio-bridge.ts";

/** 0.150 and later lock a thread while they have it open, and fork without a prompt. */
const LOCKS = CLI.forks;
/** 0.142 and later have `codex archive`. */
const ARCHIVES = CLI.hasFileProfiles;

/** Runs Codex itself, as the user would; gives the thread. Not synchronous: the stand-in lives in this process. */
function runOwn(lab: Lab, args: readonly string[], prompt: string, onStart?: (child: ChildProcess) => void) {
  const env = { HOME: lab.root, PATH: process.env["PATH"] ?? "", CODEX_HOME: lab.codexHome, STANDIN_KEY: "x" };
  const words = ["exec", "--json", "--skip-git-repo-check", ...args, "-"];
  return new Promise<string>((resolve, reject) => {
    const child = execFile(NATIVE_CODEX, words, { env, cwd: lab.project, timeout: 20_000 }, (error, stdout) => {
      const first = stdout.split("\n")[0] ?? "";
      if (error === null || first !== "") resolve(JSON.parse(first).thread_id);
      else reject(error);
    });
    child.stdin?.end(prompt);
    onStart?.(child);
  });
}

const look = (bridge: Pick<LabBridge, "call">, args: Record<string, unknown> = {}) =>
  bridge.call("codex-threads", { action: "list", ...args });
const edit = (bridge: Pick<LabBridge, "call">, action: string, threadId: string, sessionId?: string) =>
  bridge.call("codex-threads-edit", { action, threadId, ...(sessionId === undefined ? {} : { sessionId }) });

type Entry = Record<string, unknown>;
async function list(bridge: Pick<LabBridge, "call">, args: Record<string, unknown> = {}): Promise<Entry[]> {
  const { isError, text, structured } = await look(bridge, args);
  expect(isError, text).toBe(false);
  return structured["threads"] as Entry[];
}
const findEntry = async (bridge: Pick<LabBridge, "call">, threadId: string, args = {}) =>
  (await list(bridge, args)).find((entry) => entry["threadId"] === threadId);

const lastBody = (lab: Lab) => JSON.stringify(lab.standIn.requests.at(-1)?.body);

/** The newest `turn_context` of a thread. */
function readContext(lab: Lab, threadId: string): Record<string, unknown> {
  const names = readdirSync(lab.codexHome, { recursive: true, encoding: "utf8" });
  const name = names.find((path) => path.includes(threadId) && path.endsWith(".jsonl")) ?? "";
  const lines = readFileSync(join(lab.codexHome, name), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  return lines.findLast(({ type }) => type === "turn_context")?.payload ?? {};
}

describe("the list", () => {
  test("has the threads of this directory, whoever started them, the last used first", async ({ lab, bridge }) => {
    const mine = await bridge.call("codex", {
      prompt: "Count the lines\nof notes.txt",
      sessionId: "count",
      sandbox: "workspace-write",
    });
    const own = await runOwn(lab, ["-s", "read-only", "-C", lab.project], "Look at the parser");
    const other = await runOwn(lab, ["-s", "read-only", "-C", lab.outside], "Somewhere else");
    const { text, structured } = await look(bridge);
    const common = { backend: BACKEND_NAME, lastUsed: "just now" };
    expect(structured["threads"]).toEqual([
      expect.objectContaining({
        ...common,
        threadId: own,
        startedBy: "codex exec",
        title: "Look at the parser",
        sandbox: "read-only",
      }),
      expect.objectContaining({
        ...common,
        threadId: mine.structured.threadId,
        sessionId: "count",
        startedBy: "codex-bridge",
        title: "Count the lines of notes.txt",
        sandbox: "workspace-write",
        open: LOCKS ? "no" : "unknown",
      }),
    ]);
    expect(text).toContain(`2 threads of ${lab.project}, the last used first.`);
    expect((await list(bridge, { everywhere: true })).map(({ threadId, cwd }) => [threadId, cwd])).toEqual([
      [other, lab.outside],
      [own, undefined],
      [mine.structured.threadId, undefined],
    ]);
  });

  test("has a thread that was started from here in another directory, with that directory", async ({ lab, bridge }) => {
    const { threadId } = (await bridge.call("codex", { prompt: "x", cwd: lab.outside })).structured;
    expect(await list(bridge)).toMatchObject([{ threadId, cwd: lab.outside }]);
  });

  test("has nothing that lies outside BRIDGE_ROOTS, nor do reading, searching and editing", async ({ lab, bridge }) => {
    const outside = await runOwn(lab, ["-s", "read-only", "-C", lab.outside], "secret plans");
    await bridge.restart({ env: { BRIDGE_ROOTS: lab.project } });
    expect(await list(bridge, { everywhere: true })).toEqual([]);
    const found = await bridge.call("codex-threads", { action: "search", query: "plans", everywhere: true });
    expect(found.structured["threads"]).toEqual([]);
    const read = await bridge.call("codex-threads", { action: "read", threadId: outside });
    expect(read.text).toMatch(/^\[SANDBOX_DENIED\]/);
    for (const action of ["fork", "archive", "rename"]) {
      expect((await edit(bridge, action, outside, "x")).text).toMatch(/^\[SANDBOX_DENIED\]/);
    }
  });

  test("says which thread runs here, and none such is edited", async ({ lab, bridge, startBridge }) => {
    const other = await startBridge();
    lab.respond(() => ({ ending: "hang" }));
    const abort = new AbortController();
    const running = bridge.call("codex", { prompt: "x" }, { signal: abort.signal }).catch(() => {});
    await until("the turn runs", () => lab.standIn.requests.length === 1);
    expect(await list(bridge)).toMatchObject([{ open: "here" }]);
    const [{ threadId } = {}] = await list(bridge);
    for (const action of LOCKS ? ["fork", "archive", "rename"] : ["archive", "rename"]) {
      for (const from of [bridge, other]) {
        expect((await edit(from, action, String(threadId), "x")).text).toMatch(/^\[SESSION_BUSY\]/);
      }
    }
    abort.abort();
    await running;
    await until("it is free", async () => (await list(bridge))[0]?.["open"] === (LOCKS ? "no" : "unknown"));
  });

  test.runIf(LOCKS)(
    "says which thread another program has open, and frees it after a kill",
    async ({ lab, bridge }) => {
      const { threadId } = (await bridge.call("codex", { prompt: "x" })).structured;
      // The app server keeps a thread open for a while after its turn.
      if (ON_APP_SERVER) await bridge.restart();
      lab.respond(() => ({ ending: "hang" }));
      let other: ChildProcess | undefined;
      const run = runOwn(lab, ["resume", threadId], "y", (child) => {
        other = child;
      });
      await until("the other program's turn runs", () => lab.standIn.requests.length > 1);
      expect(await list(bridge)).toMatchObject([{ open: "elsewhere" }]);
      for (const action of ["fork", "archive", "rename"]) {
        const { text } = await edit(bridge, action, threadId, "name");
        expect(text).toMatch(/^\[SESSION_BUSY\] Another program has this thread open/);
      }
      // npm's wrapper passes this on. A killed Codex leaves its lock file.
      other?.kill("SIGTERM");
      await run;
      await until("it is free", async () => (await list(bridge))[0]?.["open"] === "no");
    },
  );
});

describe("reading and searching", () => {
  test("show the end of a thread, without secrets, and where words occur", async ({ lab, bridge }) => {
    await bridge.restart({ env: { TEST_TOKEN: "hush-hush-hush-hush" } });
    lab.respond(say("The lexer says hush-hush-hush-hush to everybody"));
    const threadId = await runOwn(lab, ["-s", "workspace-write", "-m", "gpt-5.4"], "Fix \u001b[31mthe PARSER");
    const read = await bridge.call("codex-threads", { action: "read", threadId });
    expect(read.structured).toMatchObject({ threadId, sandbox: "workspace-write", model: "gpt-5.4", turnsHere: 0 });
    expect(read.text).toContain("Codex: The lexer says [redacted] to everybody");
    const search = (query: string) => bridge.call("codex-threads", { action: "search", query });
    const found = await search("parser LEXER");
    expect(found.structured["threads"]).toMatchObject([
      { threadId, title: "Fix [31mthe PARSER", excerpt: "The lexer says [redacted] to everybody" },
    ]);
    expect(found.text).toMatch(/^Searched 1 thread\. 1 thread of /);
    expect((await search("parser absent")).text).toMatch(/^Searched 1 thread\. No threads of /);
    expect((await search(" ")).text).toMatch(/^\[INVALID_ARGUMENT\] `query` must have 1 to 20 words/);
    const gone = await bridge.call("codex-threads", {
      action: "read",
      threadId: "01a1fa4f-63b2-7772-b0a6-be473084c496",
    });
    expect(gone.text).toMatch(/^\[THREAD_NOT_FOUND\]/);
  });

  test("a thread whose file is gone is still shown by its record", async ({ lab, bridge }) => {
    const { threadId } = (await bridge.call("codex", { prompt: "x", sessionId: "mine" })).structured;
    rmSync(join(lab.codexHome, "sessions"), { recursive: true });
    expect(await list(bridge)).toEqual([]);
    const { structured, text } = await bridge.call("codex-threads", { action: "read", threadId });
    expect(structured).toMatchObject({ threadId, sessionId: "mine", open: "unknown" });
    expect(text).toContain(
      "Nothing that was said in this thread can be read. Codex's file of this thread is not there",
    );
  });
});

describe.runIf(!LOCKS)("a CLI that cannot fork", () => {
  test("is told as that, and nothing is asked of the model", async ({ lab, bridge }) => {
    const { threadId } = (await bridge.call("codex", { prompt: "x" })).structured;
    expect((await edit(bridge, "fork", threadId)).text).toMatch(/^\[AGENT_UNSUPPORTED\].*0\.150 or later/);
    expect(lab.standIn.requests).toHaveLength(1);
  });
});

describe.runIf(LOCKS)("a fork", () => {
  test("goes on with the history in the same frame, and the other thread stays as it is", async ({ lab, bridge }) => {
    const started = await bridge.call("codex", {
      prompt: "remember PELICAN",
      sandbox: "workspace-write",
      model: "gpt-5.4",
      reasoningEffort: "high",
      "developer-instructions": "SPEAK-FRENCH",
      "base-instructions": "BASE-TEXT",
      config: { model_verbosity: "low" },
    });
    const { threadId } = started.structured;
    const forked = await edit(bridge, "fork", threadId, "second");
    expect(forked.isError, forked.text).toBe(false);
    const fork = forked.structured.threadId;
    expect(fork).not.toBe(threadId);
    expect(lab.standIn.requests).toHaveLength(1);
    await bridge.restart();
    const reply = await bridge.call("codex-reply", { prompt: "which word?", sessionId: "second" });
    expect(reply.structured).toMatchObject({ threadId: fork, sandbox: "workspace-write", model: "gpt-5.4" });
    expect(lastBody(lab)).toContain("PELICAN");
    for (const text of ["SPEAK-FRENCH", "BASE-TEXT", '"effort":"high"']) {
      expect(lastBody(lab)).toContain(text);
    }
    expect(readContext(lab, fork)).toMatchObject({ model: "gpt-5.4", effort: "high", cwd: lab.project });
    const read = await bridge.call("codex-threads", { action: "read", threadId: fork });
    expect(read.text).toMatch(/User: remember PELICAN\n\nCodex: hello\n\nUser: which word\?\n\nCodex: hello$/);
    const files = createThreadFiles(lab.stateDir);
    expect(files.read(fork)?.frame).toEqual(files.read(threadId)?.frame);
    await bridge.call("codex-reply", { prompt: "and you?", threadId });
    expect(lastBody(lab)).not.toContain("which word?");
    expect(await findEntry(bridge, fork)).toMatchObject({ sessionId: "second", title: "remember PELICAN" });
  });

  test("of a narrowed thread is narrow, also if only its last turn was", async ({ lab, bridge }) => {
    const { threadId } = (await bridge.call("codex", { prompt: "x", sandbox: "workspace-write" })).structured;
    await bridge.call("codex-reply", { prompt: "y", threadId, sandbox: "read-only" });
    const fork = (await edit(bridge, "fork", threadId)).structured.threadId;
    const wider = await bridge.call("codex-reply", { prompt: "z", threadId: fork, sandbox: "workspace-write" });
    expect(wider.text).toMatch(/^\[SANDBOX_WIDENING\]/);
    const second = (await bridge.call("codex", { prompt: "x", sandbox: "workspace-write" })).structured.threadId;
    if (ON_APP_SERVER) await bridge.restart();
    await runOwn(lab, ["-s", "read-only", "-C", lab.project, "resume", second], "narrow");
    const narrow = (await edit(bridge, "fork", second)).structured.threadId;
    expect((await bridge.call("codex-reply", { prompt: "z", threadId: narrow })).structured["sandbox"]).toBe(
      "read-only",
    );
  });

  test("of the user's own thread keeps its sandbox, model and effort", async ({ lab, bridge }) => {
    const args = ["-s", "workspace-write", "-C", lab.outside, "-m", "gpt-5.4", "-c", "model_reasoning_effort=high"];
    const own = await runOwn(lab, args, "remember HERON");
    const fork = (await edit(bridge, "fork", own)).structured.threadId;
    const reply = await bridge.call("codex-reply", { prompt: "which word?", threadId: fork });
    expect(reply.structured).toMatchObject({ sandbox: "workspace-write", model: "gpt-5.4", cwd: lab.outside });
    expect(readContext(lab, fork)).toMatchObject({ effort: "high" });
    expect(lastBody(lab)).toContain("HERON");
  });

  test("is refused where its thread could not go on", async ({ lab, bridge }) => {
    const full = await runOwn(lab, ["-s", "danger-full-access", "-C", lab.project], "x");
    expect((await edit(bridge, "fork", full)).text).toMatch(/^\[SANDBOX_DENIED\]/);
    const folder = join(lab.root, "gone");
    mkdirSync(folder);
    const { threadId } = (await bridge.call("codex", { prompt: "x", cwd: folder })).structured;
    rmSync(folder, { recursive: true });
    expect((await edit(bridge, "fork", threadId)).text).toMatch(/^\[INVALID_ARGUMENT\].*does not exist any more/);
    expect((await edit(bridge, "archive", threadId)).isError).toBe(false);
    await bridge.call("codex", { prompt: "x", sessionId: "taken" });
    const named = await bridge.call("codex", { prompt: "x" });
    expect((await edit(bridge, "fork", named.structured.threadId, "taken")).text).toMatch(
      /^\[INVALID_ARGUMENT\] sessionId "taken" is in use/,
    );
  });
});

describe.runIf(ARCHIVES)("the archive", () => {
  test("takes a thread out of the list, and gives it back with its frame", async ({ bridge, lab }) => {
    const { threadId } = (
      await bridge.call("codex", { prompt: "remember PELICAN", sessionId: "mine", sandbox: "workspace-write" })
    ).structured;
    expect((await edit(bridge, "archive", threadId)).text).toMatch(/^Archived: .*"unarchive" brings it back/);
    expect(await list(bridge)).toEqual([]);
    expect(await list(bridge, { archived: true })).toMatchObject([{ threadId, archived: true }]);
    expect((await bridge.call("codex-reply", { prompt: "y", threadId })).text).toMatch(
      /^\[THREAD_NOT_FOUND\].*archived/,
    );
    // Again it does nothing.
    expect((await edit(bridge, "archive", threadId)).isError).toBe(false);
    expect((await edit(bridge, "unarchive", threadId)).isError).toBe(false);
    const reply = await bridge.call("codex-reply", { prompt: "which word?", sessionId: "mine" });
    expect(reply.structured).toMatchObject({ threadId, sandbox: "workspace-write" });
    expect(lastBody(lab)).toContain("PELICAN");
  });

  test("needs no login, and takes a thread of the user's own", async ({ bridge, lab }) => {
    const own = await runOwn(lab, ["-s", "read-only"], "x");
    await bridge.restart({ env: { STANDIN_KEY: undefined } });
    const archived = await edit(bridge, "archive", own);
    expect(archived.isError, archived.text).toBe(false);
    expect(await list(bridge, { archived: true })).toMatchObject([{ threadId: own, archived: true }]);
  });
});

describe.runIf(!ARCHIVES)("a CLI without an archive", () => {
  test("is told as that", async ({ bridge }) => {
    const { threadId } = (await bridge.call("codex", { prompt: "x" })).structured;
    expect((await edit(bridge, "archive", threadId)).text).toMatch(/^\[AGENT_UNSUPPORTED\].*0\.142 or later/);
    expect((await edit(bridge, "unarchive", threadId)).isError).toBe(false);
  });
});

describe("a name", () => {
  test("is given to a thread of the user's own, and continues it after a restart", async ({ lab, bridge }) => {
    const own = await runOwn(lab, ["-s", "workspace-write", "-C", lab.project], "remember HERON");
    expect((await edit(bridge, "rename", own, "parser")).text).toMatch(/^It is called "parser" here\./);
    await bridge.restart();
    expect(await findEntry(bridge, own)).toMatchObject({ sessionId: "parser", startedBy: "codex exec" });
    const reply = await bridge.call("codex-reply", { prompt: "which word?", sessionId: "parser" });
    expect(reply.structured).toMatchObject({ threadId: own, sandbox: "workspace-write" });
    expect((await edit(bridge, "rename", own, "parser")).text).toMatch(
      /^\[INVALID_ARGUMENT\] sessionId "parser" is in use/,
    );
    expect((await edit(bridge, "rename", own, "lexer")).isError).toBe(false);
    expect((await bridge.call("codex-reply", { prompt: "x", sessionId: "parser" })).text).toMatch(
      /^\[SESSION_NOT_FOUND\]/,
    );
  });

  test("does not undo that the user narrows the thread afterwards", async ({ lab, bridge }) => {
    const own = await runOwn(lab, ["-s", "workspace-write", "-C", lab.project], "x");
    await edit(bridge, "rename", own, "parser");
    await runOwn(lab, ["-s", "read-only", "-C", lab.project, "resume", own], "narrow");
    const reply = await bridge.call("codex-reply", { prompt: "y", sessionId: "parser" });
    expect(reply.structured["sandbox"]).toBe("read-only");
  });

  test("belongs to the directory of its bridge", async ({ lab, bridge }) => {
    const { threadId } = (await bridge.call("codex", { prompt: "x", sessionId: "mine" })).structured;
    await bridge.restart({ cwd: lab.outside });
    expect((await edit(bridge, "rename", threadId, "yours")).text).toMatch(
      /^\[INVALID_ARGUMENT\] The thread belongs to/,
    );
    expect((await edit(bridge, "rename", threadId)).text).toMatch(/^\[INVALID_ARGUMENT\] `sessionId` is missing/);
    expect(await findEntry(bridge, threadId, { everywhere: true })).not.toHaveProperty("sessionId");
  });
});

describe.runIf(CLI.letsGoOfThreads)("on the app server", () => {
  test("a thread that its bridge keeps warm is nobody else's, and is forked and archived", async ({ lab, bridge }) => {
    await bridge.restart({ env: { BRIDGE_BACKEND: "app-server" } });
    const { threadId } = (await bridge.call("codex", { prompt: "remember PELICAN", model: "gpt-5.4" })).structured;
    expect(await list(bridge)).toMatchObject([{ threadId, open: "no", backend: "codex-app-server" }]);
    const fork = (await edit(bridge, "fork", threadId, "second")).structured.threadId;
    const reply = await bridge.call("codex-reply", { prompt: "which word?", sessionId: "second" });
    expect(reply.structured).toMatchObject({ threadId: fork, model: "gpt-5.4" });
    expect(lastBody(lab)).toContain("PELICAN");
    expect((await edit(bridge, "archive", threadId)).isError).toBe(false);
    expect((await list(bridge)).map((entry) => entry["threadId"])).toEqual([fork]);
  });
});

describe.runIf(CLI.letsGoOfThreads)("that another bridge keeps warm", () => {
  test("is archived, and named, all the same", async ({ bridge, startBridge }) => {
    await bridge.restart({ env: { BRIDGE_BACKEND: "app-server" } });
    for (const backend of ["app-server", "exec"]) {
      const { threadId } = (await bridge.call("codex", { prompt: "x" })).structured;
      const other = await startBridge({ env: { BRIDGE_BACKEND: backend } });
      expect((await edit(other, "rename", threadId, `by ${backend}`)).isError).toBe(false);
      expect(await edit(other, "archive", threadId)).toMatchObject({ isError: false });
    }
    expect(await list(bridge)).toEqual([]);
  });
});

describe("without a Codex that can be started", () => {
  test("threads are listed and named, and a fork says what is missing", async ({ bridge }) => {
    const { threadId } = (await bridge.call("codex", { prompt: "x" })).structured;
    await bridge.restart({ env: { CODEX_BIN: "/nowhere/codex" } });
    expect(await list(bridge)).toMatchObject([{ threadId }]);
    expect((await edit(bridge, "rename", threadId, "mine")).isError).toBe(false);
    for (const action of ["fork", "archive"])
      expect((await edit(bridge, action, threadId)).text).toMatch(/^\[AGENT_NOT_FOUND\]/);
  });

  test("a fork or an archive that hangs ends with a cancel, and leaves nothing running", async ({ lab, bridge }) => {
    const { threadId } = (await bridge.call("codex", { prompt: "x" })).structured;
    const hanging = join(lab.root, "codex");
    const answers = `case "$*" in *help*|*"mcp list"*) exec "${NATIVE_CODEX}" "$@";; esac`;
    writeFileSync(hanging, `#!/bin/sh\n${answers}\ntouch "${lab.root}/hangs"\nsleep 300 & sleep 300\n`, {
      mode: 0o755,
    });
    await bridge.restart({ env: { CODEX_BIN: hanging } });
    for (const action of [...(LOCKS ? ["fork"] : []), ...(ARCHIVES ? ["archive"] : [])]) {
      rmSync(join(lab.root, "hangs"), { force: true });
      const abort = new AbortController();
      const args = { action, threadId };
      const call = bridge.call("codex-threads-edit", args, { signal: abort.signal }).catch(() => {});
      await until("it hangs", () => existsSync(join(lab.root, "hangs")));
      abort.abort();
      await call;
      await until("nothing is left", () => findMarked(`CODEX_HOME=${lab.codexHome}`).length === 0);
      await until("the thread is free", async () => (await list(bridge))[0]?.["open"] !== "here");
    }
  });
});

test("a bridge below another agent's call looks, and edits nothing", async ({ bridge }) => {
  const { threadId } = (await bridge.call("codex", { prompt: "x" })).structured;
  await bridge.restart({ env: { BRIDGE_DEPTH: "1" } });
  expect(await list(bridge)).toMatchObject([{ threadId }]);
  for (const action of ["fork", "archive", "unarchive", "rename"]) {
    expect((await edit(bridge, action, threadId, "x")).text).toMatch(/^\[DEPTH_EXCEEDED\]/);
  }
});
