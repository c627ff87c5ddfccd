// What keeps a turn from starting or from going on, by the real Codex CLI: threads, machine, limits. How models and providers fail: failures.test.ts.
import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import type { StandInAnswer } from "../../src/setup/demo/responses-standin.ts";
import { test as labTest } from "../support/fixture.ts";
import { CLI, HAS_MACHINE_CODEX, type Lab, NATIVE_CODEX, runThenSay } from "../support/lab.ts";

const FEW_RETRIES = "request_max_retries = 0\nstream_max_retries = 0\n";

const test = labTest.extend("lab", async ({ lab }) => {
  lab.writeConfig({ provider: FEW_RETRIES });
  return lab;
});

const countRollouts = (lab: Lab): number => {
  try {
    return readdirSync(join(lab.codexHome, "sessions"), { recursive: true }).filter((name) =>
      String(name).endsWith(".jsonl"),
    ).length;
  } catch {
    return 0;
  }
};

const http = (status: number, error: Record<string, unknown> = { message: "no" }): StandInAnswer => ({
  error: { status, body: { error } },
});
describe("a failing model", () => {
  test("a model that does not exist does not stay with its thread", async ({ lab, bridge }) => {
    lab.respond((request) =>
      request.body["model"] === "nope"
        ? http(404, { message: "The model `nope` does not exist", code: "model_not_found" })
        : { steps: [{ say: "ok" }] },
    );
    const { threadId } = (await bridge.call("codex", { prompt: "x", model: "nope" })).structured;
    expect((await bridge.call("codex-reply", { prompt: "x", threadId })).text).toBe("ok");
  });

  test("secrets in Codex's words are redacted", async ({ lab, bridge }) => {
    lab.respond(() => http(401, { message: "Incorrect API key provided: sk-proj-abcdefgh12345678." }));
    const result = await bridge.call("codex", { prompt: "x" });
    // 0.50 does not repeat what the provider says.
    if (result.text.includes("Incorrect API key")) expect(result.text).toContain("[redacted]");
    expect(JSON.stringify(result)).not.toContain("abcdefgh12345678");
  });
});

describe("a thread that is not there", () => {
  test.for([
    ["unknown", "01a1fc92-fa3b-7c32-a6e7-b95e0f886a37", "THREAD_NOT_FOUND"],
    ["malformed", "nope", "INVALID_ARGUMENT"],
    ["empty", "", "INVALID_ARGUMENT"],
    ["an option", "--last", "INVALID_ARGUMENT"],
  ])("%s id: no new thread", async ([_name, threadId, code], { lab, bridge }) => {
    const result = await bridge.call("codex-reply", { prompt: "x", threadId });
    expect(result.text).toMatch(new RegExp(`^\\[${code}\\]`));
    expect(countRollouts(lab)).toBe(0);
    expect(lab.standIn.requests).toHaveLength(0);
  });

  test("a known thread whose rollout is gone: Codex is asked, and no new thread starts", async ({ lab, bridge }) => {
    const { threadId } = (await bridge.call("codex", { prompt: "x" })).structured;
    rmSync(join(lab.codexHome, "sessions"), { recursive: true });
    const result = await bridge.call("codex-reply", { prompt: "x", threadId });
    expect(result.text).toMatch(/^\[THREAD_NOT_FOUND\]/);
    expect(countRollouts(lab)).toBe(0);
  });

  test("a thread of another program without a turn, whose frame nobody knows", async ({ lab, bridge }) => {
    const threadId = "01a1fc92-fa3b-7c32-a6e7-b95e0f886a37";
    const day = new Date(0x01a1fc92fa3b);
    const pad = (value: number) => String(value).padStart(2, "0");
    const parts = [String(day.getFullYear()), pad(day.getMonth() + 1), pad(day.getDate())];
    const folder = join(lab.codexHome, "sessions", ...parts);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `rollout-${parts.join("-")}T00-00-00-${threadId}.jsonl`), '{"type":"session_meta"}\n');
    expect((await bridge.call("codex-reply", { prompt: "x", threadId })).text).toMatch(
      /^\[THREAD_NOT_FOUND\].*no turn/,
    );
  });

  test("an unknown name", async ({ bridge }) => {
    expect((await bridge.call("codex-reply", { prompt: "x", sessionId: "s" })).text).toMatch(/^\[SESSION_NOT_FOUND\]/);
    expect((await bridge.call("codex-reply", { prompt: "x" })).text).toMatch(/^\[INVALID_ARGUMENT\]/);
  });
});

describe("the machine", () => {
  test.skipIf(HAS_MACHINE_CODEX)("no Codex on PATH, nor where installers put it", async ({ lab, bridge }) => {
    await bridge.restart({ env: { CODEX_BIN: undefined, PATH: lab.outside } });
    expect((await bridge.call("codex", { prompt: "x" })).text).toMatch(
      /^\[AGENT_NOT_FOUND\].*no `codex` on PATH \(.*outside\), nor in .*install/,
    );
  });

  test("a Codex that only the shell's PATH leads to is found where installers put it", async ({ lab, bridge }) => {
    mkdirSync(join(lab.root, ".local/bin"), { recursive: true });
    symlinkSync(NATIVE_CODEX, join(lab.root, ".local/bin/codex"));
    await bridge.restart({ env: { CODEX_BIN: undefined, PATH: lab.outside } });
    expect((await bridge.call("codex", { prompt: "x" })).isError).toBe(false);
  });

  test.for<[string, Record<string, string>, RegExp | undefined]>([
    [
      "only Node's",
      { NODE_EXTRA_CA_CERTS: "/company.pem" },
      /NODE_EXTRA_CA_CERTS is set, which Codex does not read\..*SSL_CERT_FILE.*\/company\.pem\. Else: Check/,
    ],
    [
      "no file",
      { CODEX_CA_CERTIFICATE: "/nowhere.pem" },
      /CODEX_CA_CERTIFICATE=\/nowhere\.pem names no file with certificates/,
    ],
    ["none", {}, undefined],
  ])("no connection, with certificate variables: %s", async ([_name, variables, says], { lab, bridge }) => {
    const config = lab.readConfig().replace(/http:\/\/127\.0\.0\.1:\d+/, "http://127.0.0.1:9");
    writeFileSync(join(lab.codexHome, "config.toml"), config);
    await bridge.restart({ env: variables });
    const { text } = await bridge.call("codex", { prompt: "x" });
    expect(text).toMatch(/^\[NETWORK\]/);
    if (says === undefined) expect(text).not.toContain("CERT");
    else expect(text).toMatch(says);
  });

  test("a missing login and a missing provider key are known before the turn", async ({ lab, bridge }) => {
    await bridge.restart({ env: { STANDIN_KEY: "" } });
    expect((await bridge.call("codex", { prompt: "x" })).text).toMatch(/^\[AGENT_UNAUTHENTICATED\].*STANDIN_KEY/);
    writeFileSync(join(lab.codexHome, "config.toml"), "");
    expect((await bridge.call("codex", { prompt: "x" })).text).toMatch(/^\[AGENT_UNAUTHENTICATED\].*codex login/);
    await bridge.restart({ env: { CODEX_API_KEY: "${CODEX_API_KEY}" } });
    expect((await bridge.call("codex", { prompt: "x" })).text).toMatch(/^\[AGENT_UNAUTHENTICATED\]/);
    expect(countRollouts(lab)).toBe(0);
  });

  test("a broken config.toml", async ({ lab, bridge }) => {
    writeFileSync(join(lab.codexHome, "config.toml"), "model = \n");
    expect((await bridge.call("codex", { prompt: "x" })).text).toMatch(/^\[CONFIG_INVALID\].*config\.toml/);
  });

  test("a wrong setting answers every call, by name", async ({ bridge }) => {
    await bridge.restart({ env: { BRIDGE_MAX_TURNS: "many" } });
    expect((await bridge.call("codex", { prompt: "x" })).text).toMatch(/^\[CONFIG_INVALID\].*BRIDGE_MAX_TURNS="many"/);
  });

  test("a cwd that is missing, a file, or outside git where git is required", async ({ lab, bridge }) => {
    writeFileSync(join(lab.project, "file"), "");
    expect((await bridge.call("codex", { prompt: "x", cwd: "gone" })).text).toMatch(
      /^\[INVALID_ARGUMENT\].*does not exist/,
    );
    expect((await bridge.call("codex", { prompt: "x", cwd: "file" })).text).toMatch(
      /^\[INVALID_ARGUMENT\].*not a directory/,
    );
    await bridge.restart({ env: { BRIDGE_REQUIRE_GIT: "1" } });
    const { text } = await bridge.call("codex", { prompt: "x" });
    expect(text).toMatch(/^\[NOT_A_GIT_REPO\] The directory is not inside a git repository/);
    expect(lab.standIn.requests).toEqual([]);
  });

  // Codex decides for `codex exec`, the bridge for the app server.
  test("what counts as inside git where git is required", async ({ lab, bridge }) => {
    await bridge.restart({ env: { BRIDGE_REQUIRE_GIT: "1" } });
    const git = (name: string): string => join(lab.project, name, ".git");
    const folder = (name: string): void => void mkdirSync(git(name), { recursive: true });
    const [real, deep] = [join(lab.outside, "real"), join(lab.project, "head/deep")];
    mkdirSync(real);
    writeFileSync(join(real, "HEAD"), "");
    for (const name of ["file", "linked", "dead"]) mkdirSync(join(lab.project, name));
    for (const name of ["empty", "head", "head/deep"]) folder(name);
    writeFileSync(join(git("head"), "HEAD"), "ref: refs/heads/main\n");
    writeFileSync(git("file"), "anything");
    symlinkSync(real, git("linked"));
    symlinkSync(join(lab.outside, "gone"), git("dead"));
    const isRefused = async (cwd: string): Promise<boolean> =>
      (await bridge.call("codex", { prompt: "x", cwd })).text.startsWith("[NOT_A_GIT_REPO]");
    for (const cwd of ["head", deep, "file", "linked"]) expect([cwd, await isRefused(cwd)]).toEqual([cwd, false]);
    // CLIs that cannot fork take any `.git`.
    for (const cwd of CLI.forks ? ["dead", "empty"] : ["dead"])
      expect([cwd, await isRefused(cwd)]).toEqual([cwd, true]);
  });
});

describe("the bridge's own limits", () => {
  test("a deadline ends the turn, and the thread goes on", async ({ lab, bridge }) => {
    lab.respond(runThenSay("sleep 60"));
    const result = await bridge.call("codex", { prompt: "x", timeoutMs: 3_000 });
    expect(result.text).toMatch(/^\[TURN_TIMED_OUT\]/);
    lab.respond(() => ({ steps: [{ say: "on" }] }));
    expect((await bridge.call("codex-reply", { prompt: "y", threadId: result.structured.threadId })).text).toBe("on");
  });

  test("silence ends the turn, but a running command is not silence", async ({ lab, bridge }) => {
    // Long enough for Codex to start on a busy machine, which is silence too.
    await bridge.restart({ env: { BRIDGE_SILENCE_MS: "4000" } });
    lab.respond(runThenSay("sleep 6"));
    expect((await bridge.call("codex", { prompt: "x" })).isError).toBe(false);
    await bridge.restart({ env: { BRIDGE_SILENCE_MS: "1500" } });
    lab.respond(() => ({ ending: "hang" }));
    const result = await bridge.call("codex", { prompt: "x" });
    expect(result.text).toMatch(/^\[TURN_STALLED\] Codex said nothing for 2 s/);
    expect(result.text).toContain("Last seen: Codex is thinking");
    expect(result.text).toContain(`threadId: ${result.structured.threadId}`);
  });
});
