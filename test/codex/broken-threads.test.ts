// Threads that cannot go on, arguments that the provider refuses, and CLIs that do not start: by the real Codex CLI wherever it can show it.
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import type { StandInAnswer, StandInRequest } from "../../src/setup/demo/responses-standin.ts";
import { type LabBridge, test as labTest } from "../support/fixture.ts";
import { CLI, type Lab, ON_APP_SERVER } from "../support/lab.ts";

const test = labTest.extend("lab", async ({ lab }) => {
  lab.writeConfig({ provider: "request_max_retries = 0\nstream_max_retries = 0\n" });
  return lab;
});

const refuse = (message: string, param: string | null = null, code: string | null = null): StandInAnswer => ({
  error: { status: 400, body: { error: { message, type: "invalid_request_error", param, code } } },
});
const NOT_VERIFIED = refuse(
  "The encrypted content gAAA...n-s= could not be verified.",
  null,
  "invalid_encrypted_content",
);
const hasHistory = ({ modelTexts, body }: StandInRequest) =>
  modelTexts.length > 0 || JSON.stringify(body["input"]).includes('"function_call"');
const refuseHistory = (request: StandInRequest): StandInAnswer =>
  hasHistory(request) ? NOT_VERIFIED : { steps: [{ say: `asked: ${request.userTexts.at(-1)}` }] };

describe("a history that the provider refuses", () => {
  test("is told as such each time, is no failure of the agent's, and a rebuild goes on", async ({ lab, bridge }) => {
    lab.respond(refuseHistory);
    const { threadId } = (await bridge.call("codex", { prompt: "Remember PELICAN" })).structured;
    for (const prompt of ["one", "two", "three"]) {
      const { text, structured } = await bridge.call("codex-reply", { threadId, prompt });
      expect(text).toMatch(
        /^\[THREAD_BROKEN\] The model provider refuses this thread's history.*onLostThread: "rebuild"/,
      );
      expect(text).not.toMatch(/change the prompt|failures/);
      expect(structured).toMatchObject({ threadId, error: { retryable: false } });
      expect(structured["escalation"]).toBeUndefined();
    }
    const rebuilt = await bridge.call("codex-reply", { threadId, prompt: "three", onLostThread: "rebuild" });
    expect(rebuilt.isError, rebuilt.text).toBe(false);
    expect(rebuilt.structured.threadId).not.toBe(threadId);
    expect(rebuilt.structured.content).toContain("User: Remember PELICAN");
    // What is asked now is not told as something that was said.
    expect(rebuilt.structured.content).not.toContain("User: three");
    expect(rebuilt.structured.content).toMatch(/Now: three$/);
  });

  test("a turn that had done something is not repeated by itself", async ({ lab, bridge }) => {
    lab.respond((request) =>
      request.modelTexts.length === 0
        ? { steps: [{ say: "hello" }] }
        : request.toolOutputs.length === 0
          ? { steps: [{ run: "echo done" }] }
          : NOT_VERIFIED,
    );
    const { threadId } = (await bridge.call("codex", { prompt: "x" })).structured;
    const before = lab.standIn.requests.length;
    const reply = await bridge.call("codex-reply", { threadId, prompt: "y", onLostThread: "rebuild" });
    expect(reply.text).toMatch(/^\[THREAD_BROKEN\].*files may have changed already/);
    expect(lab.standIn.requests.length).toBe(before + 2);
  });

  test("a routed task begins anew in another thread", async ({ lab, bridge }) => {
    lab.respond((request) => {
      if (lab.standIn.requests.length === 1) return { steps: [{ run: "echo begun" }] };
      if (lab.standIn.requests.length === 2) return refuse("odd");
      return refuseHistory(request);
    });
    const result = await bridge.call("route_task", { task: "Fix the failing test in calc.js", mode: "run" });
    expect(result.structured["outcome"], result.text).toBe("completed");
    expect(lab.standIn.requests).toHaveLength(4);
  });

  test("too large a thread is offered a new one too", async ({ lab, bridge }) => {
    lab.respond((request) =>
      hasHistory(request) ? { error: { status: 413, body: "<html>413" } } : { steps: [{ say: "new" }] },
    );
    const { threadId } = (await bridge.call("codex", { prompt: "x" })).structured;
    expect((await bridge.call("codex-reply", { threadId, prompt: "y" })).text).toMatch(
      /^\[CONTEXT_OVERFLOW\].*rebuild/,
    );
    const rebuilt = await bridge.call("codex-reply", { threadId, prompt: "y", onLostThread: "rebuild" });
    expect(rebuilt.structured.content).toBe("new");
  });
});

const BAD_IMAGE = refuse(
  "The image data you provided does not represent a valid image. Please check your input and try again with one of the supported image formats: ['image/jpeg', 'image/png', 'image/gif', 'image/webp'].",
  "input",
  "invalid_value",
);
const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

test.runIf(CLI.takesImages)(
  "an image that the provider cannot read is the caller's while it is given, and the thread's afterwards",
  async ({ lab, bridge }) => {
    writeFileSync(join(lab.project, "a.png"), Buffer.from(PIXEL, "base64"));
    lab.respond(() => BAD_IMAGE);
    const given = await bridge.call("codex", { prompt: "look", images: ["a.png"] });
    expect(given.text).toMatch(
      /^\[INVALID_ARGUMENT\] The model provider cannot read an image of `images`\. Start a new thread/,
    );
    const { threadId } = given.structured;
    const later = await bridge.call("codex-reply", { threadId, prompt: "go on" });
    expect(later.text).toMatch(/^\[THREAD_BROKEN\] The thread contains an image/);
  },
);

describe("an argument that the provider refuses", () => {
  const TAKES = "Supported values are: 'low', 'medium', and 'high'.";
  const refuseEffort = ({ body }: StandInRequest): StandInAnswer => {
    const effort = (body["reasoning"] as { effort?: string } | undefined)?.effort;
    return effort === "minimal"
      ? refuse(
          `Unsupported value: 'minimal' is not supported with the 'gpt-5.5' model. ${TAKES}`,
          "reasoning.effort",
          "unsupported_value",
        )
      : { steps: [{ say: `effort ${effort}` }] };
  };

  test("effort: named with what the provider takes, never counted, not kept with the thread; a narrower sandbox is", async ({
    lab,
    bridge,
  }) => {
    lab.respond(refuseEffort);
    const first = await bridge.call("codex", { prompt: "a", reasoningEffort: "high", sandbox: "workspace-write" });
    const { threadId } = first.structured;
    for (let time = 0; time < 3; time += 1) {
      const refused = await bridge.call("codex-reply", {
        threadId,
        prompt: "b",
        reasoningEffort: "minimal",
        sandbox: "read-only",
      });
      expect(refused.text).toMatch(
        /^\[INVALID_ARGUMENT\] The model provider refuses reasoningEffort minimal for this model\. It accepts low, medium, high\./,
      );
      expect(refused.text).not.toMatch(/failures/);
      expect(refused.structured["error"]).toMatchObject({
        argument: "reasoningEffort",
        supported: ["low", "medium", "high"],
      });
    }
    const next = await bridge.call("codex-reply", { threadId, prompt: "c" });
    expect(next.structured).toMatchObject({ content: "effort high", sandbox: "read-only" });
  });

  test("effort of a new thread is dropped from it", async ({ lab, bridge }) => {
    lab.respond(refuseEffort);
    const { threadId } = (await bridge.call("codex", { prompt: "a", reasoningEffort: "minimal" })).structured;
    expect((await bridge.call("codex-reply", { threadId, prompt: "b" })).isError).toBe(false);
  });

  test("a model that was refused is not kept, one that was not asked for anything neither", async ({ lab, bridge }) => {
    const models: unknown[] = [];
    lab.respond(({ body }) => {
      models.push(body["model"]);
      return body["model"] === "gpt-5.4" ? { error: { status: 503, body: "busy" } } : { steps: [{ say: "x" }] };
    });
    const { threadId } = (await bridge.call("codex", { prompt: "a", model: "gpt-5.5" })).structured;
    expect((await bridge.call("codex-reply", { threadId, prompt: "b", model: "gpt-5.4" })).text).toMatch(
      /^\[MODEL_OVERLOADED\]/,
    );
    await bridge.call("codex-reply", { threadId, prompt: "c" });
    expect(models).toEqual(["gpt-5.5", "gpt-5.4", "gpt-5.5"]);
  });

  test("outputSchema", async ({ lab, bridge }) => {
    lab.respond(({ body }) =>
      (body["text"] as { format?: unknown } | undefined)?.format === undefined
        ? { steps: [{ say: "x" }] }
        : refuse(
            "Invalid schema for response_format 'codex_output_schema': In context=(), 'additionalProperties' is required to be supplied and to be false.",
            "text.format.schema",
            "invalid_json_schema",
          ),
    );
    const outputSchema = { type: "object", properties: { n: { type: "number" } } };
    for (let time = 0; time < 3; time += 1) {
      const { text } = await bridge.call("codex", { prompt: "a", outputSchema });
      expect(text).toMatch(/^\[INVALID_ARGUMENT\] The model provider refuses outputSchema\..*additionalProperties/);
      expect(text).not.toMatch(/failures/);
    }
  });
});

describe("a resume that fails before its turn", () => {
  const index = (lab: Lab): string | undefined =>
    readdirSync(lab.codexHome).find((name) => /^thread_history.*\.sqlite$/.test(name));

  // 0.150 and later have an index of threads.
  test("damaged index: named, and a rebuild goes on", async ({ lab, bridge, skip }) => {
    const { threadId } = (await bridge.call("codex", { prompt: "Remember HERON" })).structured;
    const name = index(lab);
    if (name === undefined) return skip();
    for (const file of readdirSync(lab.codexHome).filter((file) => file.startsWith(name)))
      rmSync(join(lab.codexHome, file));
    writeFileSync(join(lab.codexHome, name), "no database ".repeat(500));
    // A thread that is loaded goes on.
    if (ON_APP_SERVER) await bridge.restart();
    for (let time = 0; time < 3; time += 1) {
      const { text } = await bridge.call("codex-reply", { threadId, prompt: "go on" });
      expect(text).toMatch(
        /^\[THREAD_BROKEN\] Codex cannot read its index of threads, .*thread_history_1\.sqlite.*rebuild.*move that file away/,
      );
      expect(text).not.toMatch(/failures/);
    }
    const rebuilt = await bridge.call("codex-reply", { threadId, prompt: "go on", onLostThread: "rebuild" });
    expect(rebuilt.isError, rebuilt.text).toBe(false);
    expect(lab.standIn.requests.at(-1)?.userTexts.at(-1)).toContain("HERON");
  });

  // What an app server says is in test/agents/codex/failures/rpc-failure.test.ts.
  test.skipIf(ON_APP_SERVER)("words that nobody knows", async ({ lab, bridge }) => {
    const { threadId } = (await bridge.call("codex", { prompt: "x" })).structured;
    await bridge.close();
    const fake = join(lab.root, "fake");
    const script = `case "$*" in *" resume "*) echo 'Error: thread/resume: thread/resume failed: something new (code -32603)' >&2; exit 1;; esac`;
    writeFileSync(fake, `#!/bin/sh\n${script}\nexec "${lab.env["CODEX_BIN"]}" "$@"\n`, { mode: 0o755 });
    await bridge.restart({ env: { CODEX_BIN: fake } });
    const { text } = await bridge.call("codex-reply", { threadId, prompt: "y" });
    expect(text).toMatch(/^\[THREAD_BROKEN\] Codex cannot resume this thread at the moment\..*rebuild/);
    expect(text).toContain("something new");
    const rebuilt = await bridge.call("codex-reply", { threadId, prompt: "y", onLostThread: "rebuild" });
    expect(rebuilt.isError, rebuilt.text).toBe(false);
  });
});

describe("a Codex that does not start", () => {
  /** Twice: what is no failure of the agent's is never counted. */
  async function expectBroken(bridge: LabBridge, env: Record<string, string>, says: RegExp): Promise<void> {
    await bridge.restart({ env: env });
    for (let time = 0; time < 3; time += 1) {
      const { text, structured } = await bridge.call("codex", { prompt: "x" });
      expect(text).toMatch(says);
      expect(text).not.toMatch(/failures|call codex again|Stack backtrace|^\s+at /m);
      expect(structured["error"]).toMatchObject({ retryable: false });
    }
  }

  test("npm package without its program", async ({ lab, bridge }) => {
    const own = join(lab.root, "codex");
    cpSync(join(import.meta.dirname, "../../node_modules/@openai/codex"), own, { recursive: true });
    await expectBroken(
      bridge,
      { CODEX_BIN: join(own, "bin/codex.js") },
      /^\[AGENT_BROKEN\] .*has no program for this machine.*doctor.*\n.*Error: Missing optional dependency/,
    );
  });

  test("script whose interpreter env does not find", async ({ lab, bridge }) => {
    const path = join(lab.root, "shim");
    writeFileSync(path, "#!/usr/bin/env node-of-nvm\n", { mode: 0o755 });
    await expectBroken(
      bridge,
      { CODEX_BIN: path },
      /^\[AGENT_BROKEN\] .*does not find the program that it needs.*doctor/,
    );
  });

  test("script whose interpreter is not there", async ({ lab, bridge }) => {
    const path = join(lab.root, "shim");
    writeFileSync(path, "#!/nowhere/node\n", { mode: 0o755 });
    await expectBroken(
      bridge,
      { CODEX_BIN: path },
      /^\[AGENT_BROKEN\] .*the interpreter that it names is missing.*doctor/,
    );
  });

  test.runIf(process.platform === "linux")("program of another machine", async ({ lab, bridge }) => {
    const path = join(lab.root, "arm");
    const header = Buffer.alloc(64);
    header.write("\x7fELF\x02\x01\x01", 0, "latin1");
    header.writeUInt16LE(2, 16);
    header.writeUInt16LE(process.arch === "arm64" ? 62 : 183, 18);
    writeFileSync(path, header);
    chmodSync(path, 0o755);
    await expectBroken(bridge, { CODEX_BIN: path }, /^\[AGENT_BROKEN\] .*doctor/);
  });

  // 0.50 reads no rules.
  test.runIf(CLI.takesInstructions)("rules file that cannot be read", async ({ lab, bridge }) => {
    mkdirSync(join(lab.codexHome, "rules"));
    writeFileSync(join(lab.codexHome, "rules/default.rules"), 'prefix_rule(pattern=["git"');
    await expectBroken(
      bridge,
      { BRIDGE_CODEX_RULES: "honour" },
      /^\[CONFIG_INVALID\] .*rules file.*doctor.*\n.*Error loading rules: .*default\.rules/,
    );
  });

  test("config that cannot be read: one line of Codex's", async ({ lab, bridge }) => {
    await bridge.restart({ env: { BRIDGE_CHILD_MCP: "none" } });
    expect(existsSync(lab.codexHome)).toBe(true);
    lab.writeConfig({ tables: "[mcp_servers.x]\ncommand = 5\n" });
    const { text } = await bridge.call("codex", { prompt: "x" });
    expect(text).toMatch(/^\[CONFIG_INVALID\]/);
    expect(text).not.toMatch(/Stack backtrace|<unknown>/);
  });
});
