// With BRIDGE_BACKEND=auto a turn needs no app server: where none runs, it runs as `codex exec`. The real CLI, all but its app server.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { test as labTest } from "../support/fixture.ts";
import { CLI, type Lab, NATIVE_CODEX } from "../support/lab.ts";

const test = labTest
  .override("bridgeOptions", ({ lab }) => ({ env: { BRIDGE_BACKEND: "auto", CODEX_BIN: join(lab.root, "codex") } }))
  .runIf(CLI.letsGoOfThreads);

/** A Codex whose `app-server` is a shell script. Each start of it leaves an x in a file. */
function replaceServer(lab: Lab, script: string): void {
  const count = `printf x >> ${join(lab.root, "starts")}`;
  const server = `case " $* " in *" app-server "*) ${count}\n${script};; esac`;
  writeFileSync(join(lab.root, "codex"), `#!/bin/sh\n${server}\nexec ${NATIVE_CODEX} "$@"\n`, { mode: 0o755 });
}

function countStarts(lab: Lab): number {
  const path = join(lab.root, "starts");
  return existsSync(path) ? readFileSync(path, "utf8").length : 0;
}

/** A server that shakes hands and ends with the first request for a thread. */
const CRASHES = `exec ${process.execPath} -e '
  require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
    const { id, method } = JSON.parse(line);
    if (method === "initialize") console.log(JSON.stringify({ id, result: { userAgent: "codex-bridge/0.169.0", codexHome: "/" } }));
    else if (method.startsWith("thread/")) process.exit(9);
  });'`;

const warningsOf = (result: { structured: Record<string, unknown> }): string =>
  String(result.structured["warnings"] ?? "");

describe("an app server that", () => {
  test.for<[string, string, number]>([
    ["dies at its start", "exit 7", 2],
    ["is no command of this CLI", "echo \"error: unrecognized subcommand 'app-server'\" >&2; exit 2", 1],
    ["speaks another language and ends", "echo hello; exit 0", 2],
    ["never answers", "exec sleep 60", 1],
  ])("%s is not waited for again: turns run without it", async ([, script, starts], { lab, bridge }) => {
    replaceServer(lab, script);
    const first = await bridge.call("codex", { prompt: "x" });
    expect(first).toMatchObject({ isError: false, text: "hello" });
    expect(warningsOf(first)).toMatch(/app server does not run, so turns are run by codex exec for a while/);
    const second = await bridge.call("codex-reply", { prompt: "y", threadId: first.structured.threadId });
    expect(second).toMatchObject({ isError: false, text: "hello" });
    expect(warningsOf(second)).not.toContain("app server");
    expect(countStarts(lab)).toBe(starts);
  });

  test("ends as it loads a thread is given three tries", async ({ lab, bridge }) => {
    replaceServer(lab, CRASHES);
    const first = await bridge.call("codex", { prompt: "x" });
    expect(first).toMatchObject({ isError: false, text: "hello" });
    const warnings: string[] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      const next = await bridge.call("codex-reply", { prompt: "y", threadId: first.structured.threadId });
      expect(next).toMatchObject({ isError: false, text: "hello" });
      warnings.push(warningsOf(next));
    }
    expect(countStarts(lab)).toBe(3);
    // The last crash says nothing of the turns that are to come.
    expect(warnings[2]).toContain("codex exec for a while: Codex's app server has crashed 3 times");
    expect(warnings[3]).not.toContain("app server");
  });

  test("did not run is tried again once another Codex is installed", async ({ lab, bridge }) => {
    replaceServer(lab, "exit 7");
    const { threadId } = (await bridge.call("codex", { prompt: "x" })).structured;
    expect(countStarts(lab)).toBe(2);
    replaceServer(lab, ":");
    const next = await bridge.call("codex-reply", { prompt: "y", threadId });
    expect(next).toMatchObject({ isError: false, text: "hello" });
    expect(countStarts(lab)).toBe(3);
  });

  test("does not run is an error where nothing else is allowed", async ({ lab, bridge }) => {
    await bridge.restart({ env: { BRIDGE_BACKEND: "app-server" } });
    replaceServer(lab, "exit 7");
    expect((await bridge.call("codex", { prompt: "x" })).text).toMatch(/^\[AGENT_BROKEN\]/);
    await bridge.call("codex", { prompt: "x" });
    expect(countStarts(lab)).toBe(4);
  });
});

test("full access with a policy that asks does not run where nobody would be asked", async ({ lab, bridge }) => {
  await bridge.restart({ env: { BRIDGE_MAX_SANDBOX: "danger-full-access" } });
  replaceServer(lab, "exit 7");
  const call = { prompt: "x", sandbox: "danger-full-access", "approval-policy": "untrusted" };
  expect((await bridge.call("codex", call)).text).toMatch(/^\[SANDBOX_DENIED\].*it does not run \(AGENT_BROKEN\)/);
});
