// The real Codex CLI through the whole bridge: first turn, second turn, what arrives at the model, what comes back.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { test } from "../support/fixture.ts";
import { BAD_IMAGES, DAMAGED_PNG, GOOD_IMAGES, PNG } from "../support/images.ts";
import { CLI, type Lab, ON_APP_SERVER, type Respond, runThenSay, say, until } from "../support/lab.ts";

describe("a turn", () => {
  test("answers with Codex's last message, thread id, sandbox and usage of this turn", async ({ lab, bridge }) => {
    lab.respond((request) =>
      request.toolOutputs.length === 0
        ? { steps: [{ say: "first I look" }, { run: "echo hi" }] }
        : { steps: [{ say: "done" }] },
    );
    const result = await bridge.call("codex", { prompt: "do it" });
    expect(result.isError).toBe(false);
    expect(result.text).toBe("done");
    expect(result.structured).toMatchObject({
      content: "done",
      sandbox: "read-only",
      model: "gpt-5.5",
      // Before 0.142 exec does not tell the tokens of reasoning.
      usage: {
        inputTokens: 200,
        cachedInputTokens: 20,
        outputTokens: 40,
        reasoningOutputTokens: CLI.hasFileProfiles ? 10 : 0,
      },
    });
    expect(result.structured.threadId).toMatch(/^[0-9a-f-]{36}$/);
    expect(result.structured).not.toHaveProperty("warnings");
    expect(result.structured).not.toHaveProperty("leftRunning");
  });

  test("is remembered by the next, whose usage is its own", async ({ lab, bridge }) => {
    const first = await bridge.call("codex", { prompt: "remember PELICAN" });
    const second = await bridge.call("codex-reply", { prompt: "which word?", threadId: first.structured.threadId });
    expect(lab.standIn.requests.at(-1)?.userTexts.join()).toContain("remember PELICAN");
    expect(second.structured.threadId).toBe(first.structured.threadId);
    expect(second.structured["usage"]).toMatchObject({ inputTokens: 100, outputTokens: 20 });
  });

  test("continues after a restart, by id and by name, with model, effort and instructions kept", async ({
    lab,
    bridge,
  }) => {
    const first = await bridge.call("codex", {
      prompt: "one",
      sessionId: "main",
      model: "gpt-5.4",
      reasoningEffort: "high",
      ...(CLI.takesInstructions ? { "developer-instructions": "Speak like a pirate." } : {}),
      "base-instructions": "You are a HERON.",
    });
    await bridge.restart();
    const byName = await bridge.call("codex-reply", { prompt: "two", sessionId: "main" });
    expect(byName.structured.threadId).toBe(first.structured.threadId);
    expect(byName.structured["sessionId"]).toBe("main");
    const body = JSON.stringify(lab.standIn.requests.at(-1)?.body);
    expect(body).toContain('"model":"gpt-5.4"');
    expect(body).toContain('"effort":"high"');
    if (CLI.takesInstructions) expect(body).toContain("Speak like a pirate.");
    expect(body).toContain("You are a HERON.");
    const byOldName = await bridge.call("codex-reply", { prompt: "three", conversationId: first.structured.threadId });
    expect(byOldName.isError).toBe(false);
  });

  test("model and effort of a reply stay for later turns", async ({ lab, bridge }) => {
    const { threadId } = (await bridge.call("codex", { prompt: "one" })).structured;
    await bridge.call("codex-reply", { prompt: "two", threadId, model: "gpt-5.4", reasoningEffort: "low" });
    const third = await bridge.call("codex-reply", { prompt: "three", threadId });
    const body = JSON.stringify(lab.standIn.requests.at(-1)?.body);
    expect(body).toContain('"model":"gpt-5.4"');
    expect(body).toContain('"effort":"low"');
    // As Codex's rollout says they were, not as they were asked for.
    expect(third.structured).toMatchObject({ model: "gpt-5.4", reasoningEffort: "low" });
  });

  test("names changed files and commands", async ({ lab, bridge }) => {
    lab.respond((request) =>
      request.toolOutputs.length === 0
        ? {
            steps: [
              { run: "apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: new.txt\n+hello\n*** End Patch\nEOF" },
              { run: "exit 3" },
            ],
          }
        : { delayMs: 300, steps: [{ say: "patched" }] },
    );
    const result = await bridge.call("codex", { prompt: "patch", sandbox: "workspace-write" });
    expect(existsSync(join(lab.project, "new.txt"))).toBe(true);
    expect(result.structured["changes"]).toEqual([{ path: join(lab.project, "new.txt"), kind: "add" }]);
    expect(result.structured["commands"]).toMatchObject({ failed: 1 });
  });

  // 0.142 and later have these warnings.
  test.runIf(CLI.hasFileProfiles)("with a warning of Codex's is a turn that completed", async ({ lab, bridge }) => {
    lab.writeConfig({ top: "no_such_key = 1\n" });
    const first = await bridge.call("codex", { prompt: "x", model: "mystery-1" });
    expect(first.isError, first.text).toBe(false);
    expect(String(first.structured["warnings"])).toMatch(/[Mm]odel metadata for `mystery-1` not found/);
    // A config key that it does not know: 0.160 and later say so.
    if (!CLI.snapshotsShell) expect(String(first.structured["warnings"])).toContain("unrecognized");
    const { threadId } = first.structured;
    const second = await bridge.call("codex-reply", { prompt: "y", threadId, model: "gpt-5.5" });
    expect(second.isError, second.text).toBe(false);
    expect(String(second.structured["warnings"])).toMatch(/recorded with model `mystery-1`.*resuming with `gpt-5\.5`/);
    expect(second.structured["model"]).toBe("gpt-5.5");
  });

  test("that ends without a last message says that what it gives was said before", async ({ lab, bridge }) => {
    lab.respond((request) =>
      request.toolOutputs.length === 0 ? { steps: [{ say: "I will look" }, { run: "echo hi" }] } : { steps: [] },
    );
    const { structured } = await bridge.call("codex", { prompt: "x" });
    expect(structured.content).toBe("I will look");
    expect(String(structured["warnings"])).toContain("without a message after its last command");
  });

  test("without any message says so", async ({ lab, bridge }) => {
    lab.respond(() => ({ steps: [{ think: "hm" }] }));
    const result = await bridge.call("codex", { prompt: "x" });
    expect(result.structured.content).toBe("");
    expect(result.structured["warnings"]).toEqual(["The turn ended without a final message."]);
  });

  test("tells what it is doing", async ({ lab, bridge }) => {
    lab.respond((request) =>
      request.toolOutputs.length === 0 ? { steps: [{ run: "sleep 1.2" }] } : { steps: [{ say: "x" }] },
    );
    const messages: string[] = [];
    await bridge.call("codex", { prompt: "x" }, { onProgress: (message) => messages.push(message) });
    expect(messages[0]).toBe("Starting Codex");
    expect(messages.join("\n")).toContain("Running: ");
  });

  test("leaves the user's config.toml as it was, byte for byte", async ({ lab, bridge }) => {
    lab.writeConfig({ top: "# mine\n" });
    const before = lab.readConfig();
    writeFileSync(join(lab.project, "AGENTS.md"), "Speak like a PELICAN.");
    for (const isRepository of [false, true]) {
      if (isRepository) execFileSync("git", ["init", "-q"], { cwd: lab.project });
      const { structured } = await bridge.call("codex", { prompt: "x", sandbox: "workspace-write" });
      expect(lab.readConfig()).toBe(before);
      const isRead = JSON.stringify(lab.standIn.requests.at(-1)?.body).includes("Speak like a PELICAN");
      if (!isRead) expect(String(structured["warnings"])).toContain("AGENTS.md was not read");
    }
  });

  test("tells a command as the model wrote it, without the quoting of the shell around it", async ({ lab, bridge }) => {
    const command = `sleep 2; printf '%s\\n' "it's" 'two  words' "$HOME"`;
    lab.respond(runThenSay(command));
    const told: string[] = [];
    await bridge.call("codex", { prompt: "x" }, { onProgress: (message) => told.push(message) });
    expect(told.join("\n")).toContain(`: ${command.replace("  ", " ")}`);
  });

  test("that is quiet is told as that, with what was seen last", async ({ lab, bridge }) => {
    await bridge.restart({ env: { BRIDGE_QUIET_MS: "1000" } });
    lab.respond(runThenSay("sleep 3; echo hi"));
    const told: string[] = [];
    await bridge.call("codex", { prompt: "x" }, { onProgress: (message) => told.push(message) });
    expect(told.join("\n")).toMatch(/Nothing new from Codex for 1 s, its process is alive; last: Running: sleep 3/);
    for (const line of told) expect(line.match(/\b\d+ s\b/g)?.length ?? 0).toBeLessThan(2);
  });

  test("a schema'd answer is checked, since Codex does not", async ({ lab, bridge }) => {
    const outputSchema = {
      type: "object",
      properties: { n: { type: "number" } },
      required: ["n"],
      additionalProperties: false,
    };
    lab.respond(say('{"n":1}'));
    const good = await bridge.call("codex", { prompt: "x", outputSchema });
    expect(good.text).toBe('{"n":1}');
    expect(JSON.stringify(lab.standIn.requests[0]?.body)).toContain("json_schema");
    lab.respond(say("not json"));
    const bad = await bridge.call("codex-reply", { prompt: "x", outputSchema, threadId: good.structured.threadId });
    expect(bad.text).toMatch(/^\[INVALID_OUTPUT\]/);
    const none = await bridge.call("codex", { prompt: "x", outputSchema: { type: "nonsense" } });
    expect(none.text).toMatch(/^\[INVALID_ARGUMENT\]/);
  });

  test("a schema may name an older dialect, and one that cannot be used starts no turn", async ({ lab, bridge }) => {
    const $schema = "http://json-schema.org/draft-07/schema#";
    lab.respond(say('{"n":[1]}'));
    const outputSchema = { $schema, type: "object", properties: { n: { items: [{ type: "number" }] } } };
    expect((await bridge.call("codex", { prompt: "x", outputSchema })).text).toBe('{"n":[1]}');
    const asked = lab.standIn.requests.length;
    for (const schema of [{ $async: true }, { $dynamicRef: "#x" }, { $schema: "https://example.com/mine" }]) {
      const { text } = await bridge.call("codex", { prompt: "x", outputSchema: schema });
      expect(text).toMatch(/^\[INVALID_ARGUMENT\] outputSchema cannot be used: /);
    }
    expect(lab.standIn.requests.length).toBe(asked);
  });

  test("images reach the model, on a reply too", async ({ lab, bridge }) => {
    const image = join(lab.project, "dot.png");
    const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    writeFileSync(image, Buffer.from(png, "base64"));
    const first = await bridge.call("codex", { prompt: "x", images: ["dot.png"] });
    if (!CLI.takesImages) {
      expect(first.text).toMatch(/^\[AGENT_UNSUPPORTED\].*images/);
      return;
    }
    const { threadId } = first.structured;
    expect(JSON.stringify(lab.standIn.requests.at(-1)?.body)).toContain("input_image");
    const before = JSON.stringify(lab.standIn.requests.at(-1)?.body).split("input_image").length;
    await bridge.call("codex-reply", { prompt: "y", threadId, images: [image] });
    expect(JSON.stringify(lab.standIn.requests.at(-1)?.body).split("input_image").length).toBeGreaterThan(before);
    expect((await bridge.call("codex", { prompt: "x", images: ["gone.png"] })).text).toMatch(/^\[INVALID_ARGUMENT\]/);
  });

  describe.runIf(CLI.takesImages)("images are judged by their content:", () => {
    const countImages = (lab: Lab): number =>
      JSON.stringify(lab.standIn.requests.at(-1)?.body).split('"input_image"').length - 1;

    test("every one that is let through reaches the model", async ({ lab, bridge }) => {
      for (const [name, bytes] of Object.entries(GOOD_IMAGES)) writeFileSync(join(lab.project, name), bytes);
      const images = Object.keys(GOOD_IMAGES);
      const { isError, text, structured } = await bridge.call("codex", { prompt: "x", images });
      expect(isError, text).toBe(false);
      expect(countImages(lab)).toBe(images.length);
      expect(structured).not.toHaveProperty("warnings");
    });

    test.for(Object.entries(BAD_IMAGES))(
      "%s is refused before the turn",
      async ([name, [bytes, reason]], { lab, bridge }) => {
        writeFileSync(join(lab.project, name), bytes);
        const { text } = await bridge.call("codex", { prompt: "x", images: [name] });
        expect(text).toMatch(/^\[INVALID_ARGUMENT\] image "/);
        expect(text).toMatch(reason);
        expect(lab.standIn.requests).toEqual([]);
      },
    );

    test("one whose damage only Codex sees is told", async ({ lab, bridge }) => {
      writeFileSync(join(lab.project, "damaged.png"), DAMAGED_PNG);
      writeFileSync(join(lab.project, "good.png"), PNG);
      const { structured } = await bridge.call("codex", { prompt: "x", images: ["good.png", "damaged.png"] });
      expect(countImages(lab)).toBe(1);
      expect(String(structured["warnings"])).toMatch(/the model did not see them: \/\S*\/damaged\.png\./);
    });
  });

  test("a long answer is cut in the middle and kept whole in a file", async ({ lab, bridge }) => {
    const long = `START${"0123456789 ".repeat(20_000)}END`;
    lab.respond(say(long));
    const result = await bridge.call("codex", { prompt: "x" });
    const { content, truncated } = result.structured as unknown as { content: string; truncated: { path: string } };
    expect(JSON.stringify(result.structured).length).toBeLessThan(45_000);
    expect(content.startsWith("START") && content.endsWith("END")).toBe(true);
    expect(readFileSync(truncated.path, "utf8")).toBe(long);
  });
});

describe("the answer is the final one", () => {
  const schema = { type: "object", properties: { n: { type: "number" } } };
  // 0.50 keeps no phases.
  const keepsPhases = test.runIf(CLI.takesInstructions);

  keepsPhases("a comment that comes last is not taken for it", async ({ lab, bridge }) => {
    lab.respond(() => ({
      steps: [
        { say: "the answer", phase: "final_answer" },
        { say: "a comment", phase: "commentary" },
      ],
    }));
    expect((await bridge.call("codex", { prompt: "x" })).text).toBe("the answer");
  });

  keepsPhases("a turn without one says so, and a comment is no JSON for a schema", async ({ lab, bridge }) => {
    const comment =
      (text: string): Respond =>
      (request) =>
        request.toolOutputs.length === 0
          ? { steps: [{ say: "First I look.", phase: "commentary" }, { run: "echo hi" }] }
          : { steps: [{ say: text, phase: "commentary" }] };
    lab.respond(comment("Next I would read the diff."));
    const { isError, structured } = await bridge.call("codex", { prompt: "x" });
    expect(isError).toBe(false);
    expect(structured.content).toBe("Next I would read the diff.");
    expect(String(structured["warnings"])).toMatch(/without a final answer/);
    lab.respond(comment('{"n":1}'));
    const bad = await bridge.call("codex", { prompt: "x", outputSchema: schema });
    expect(bad.text).toMatch(/^\[INVALID_OUTPUT\] Codex ended the turn without a final answer/);
    expect(bad.structured.threadId).not.toBe("");
  });

  test.for(["final_answer", undefined])(
    "two messages of phase %s are both kept; for a schema the last counts",
    async (phase, { lab, bridge }) => {
      const both =
        (first: string, second: string): Respond =>
        () => ({
          steps: [first, second].map((text) => ({ say: text, ...(phase === undefined ? {} : { phase }) })),
        });
      lab.respond(both("part one", "part two"));
      expect((await bridge.call("codex", { prompt: "x" })).text).toBe("part one\n\npart two");
      lab.respond(both('{"n":1}', '{"n":2}'));
      const { text, structured } = await bridge.call("codex", { prompt: "x", outputSchema: schema });
      expect(text).toBe('{"n":2}');
      expect(String(structured["warnings"])).toMatch(/2 final messages; this is the last/);
    },
  );

  test("what was said before a command is no part of it", async ({ lab, bridge }) => {
    lab.respond((request) =>
      request.toolOutputs.length === 0 ? { steps: [{ say: "I look" }, { run: "true" }] } : { steps: [{ say: "done" }] },
    );
    expect((await bridge.call("codex", { prompt: "x" })).text).toBe("done");
  });
});

test("usage is that of the turn, however long the prompt of a failed turn before it", async ({ lab, bridge }) => {
  const { threadId } = (await bridge.call("codex", { prompt: "x" })).structured;
  lab.respond(() => ({ error: { status: 400, body: { error: { message: "no" } } } }));
  // In the rollout twice, so more than the megabyte that is read at once; but too little for Codex to compact the thread.
  await bridge.call("codex-reply", { prompt: "a".repeat(600_000), threadId });
  lab.respond(say("hi"));
  const { structured } = await bridge.call("codex-reply", { prompt: "x", threadId });
  expect(structured["usage"]).toMatchObject({ inputTokens: 100, outputTokens: 20 });
});

describe("a finished turn keeps its answer and its thread", () => {
  test("where the state folder is full", async ({ lab, bridge }) => {
    await bridge.call("codex", { prompt: "x" });
    rmSync(join(lab.stateDir, "results"), { recursive: true, force: true });
    writeFileSync(join(lab.stateDir, "results"), "in the way");
    lab.respond(say(`START${"0123456789 ".repeat(20_000)}END`));
    const { isError, structured } = await bridge.call("codex", { prompt: "x" });
    expect(isError).toBe(false);
    expect(structured.threadId).toMatch(/^[0-9a-f-]{36}$/);
    expect(structured.content.startsWith("START") && structured.content.endsWith("END")).toBe(true);
    expect(String(structured["warnings"])).toMatch(/could not be kept in a file/);
  });

  test.for<[string, string, Record<string, unknown> | undefined]>([
    ["9 MB that look like a token", "eyJ".repeat(3_000_000), undefined],
    [
      "a private key of 6.5 MB",
      `-----BEGIN PRIVATE KEY-----\n${`${"A1".repeat(32)}\n`.repeat(100_000)}-----END PRIVATE KEY-----`,
      undefined,
    ],
    [
      "JSON that nests 20,000 levels around a secret",
      `${'{"a":'.repeat(20_000)}"sk-proj-abcdefgh12345678"${"}".repeat(20_000)}`,
      { type: "object" },
    ],
  ])("that is %s", async ([_name, text, outputSchema], { lab, bridge }) => {
    lab.respond(say(text));
    const { isError, structured } = await bridge.call("codex", { prompt: "x", outputSchema });
    expect(isError, structured.content.slice(0, 300)).toBe(false);
    expect(structured.threadId).toMatch(/^[0-9a-f-]{36}$/);
    expect(structured.content.slice(0, 2)).toBe(text.slice(0, 2));
    expect(structured.content).not.toContain("A1A1");
  });
});

describe("a prompt arrives unchanged", () => {
  test.for([
    ["a leading dash", "--version"],
    ["a subcommand", "resume"],
    ["quotes and substitution", `"a" 'b' \`id\` $(id) \\ ; | & > <`],
    ["newlines", "a\n\nb\r\n\tc"],
    ["emoji and scripts", "日本 🎉 العربية é"],
    ["NUL", "a\u0000b"],
    ["a megabyte", `${"x".repeat(1_000_000)} end`],
  ])("%s", async ([_name, prompt], { lab, bridge }) => {
    const result = await bridge.call("codex", { prompt });
    expect(result.isError).toBe(false);
    expect(lab.standIn.requests.at(-1)?.userTexts.at(-1)).toBe(prompt);
  });
});

test("two turns of one thread run one after the other, and the queue is told", async ({ lab, bridge }) => {
  const { threadId } = (await bridge.call("codex", { prompt: "one" })).structured;
  lab.respond(runThenSay("sleep 1"));
  const waits: string[] = [];
  const both = await Promise.all([
    bridge.call("codex-reply", { prompt: "two", threadId }),
    bridge.call("codex-reply", { prompt: "three", threadId }, { onProgress: (message) => waits.push(message) }),
  ]);
  expect(both.map((result) => result.isError)).toEqual([false, false]);
  expect(waits[0]).toContain("Waiting for 1 earlier turn");
});

test("a reply by name to a thread whose first turn runs waits for it", async ({ lab, bridge }) => {
  lab.respond(runThenSay("sleep 1"));
  const told: string[] = [];
  const first = bridge.call(
    "codex",
    { prompt: "one", sessionId: "s" },
    { onProgress: (message) => told.push(message) },
  );
  await until("the command runs", () => told.some((message) => message.startsWith("Running: sleep")));
  const second = await bridge.call("codex-reply", { prompt: "two", sessionId: "s" });
  expect(second.isError, second.text).toBe(false);
  expect(second.structured.threadId).toBe((await first).structured.threadId);
});

test("resetSession starts anew under the same name; a name in use is refused to codex", async ({ bridge }) => {
  const first = await bridge.call("codex", { prompt: "one", sessionId: "s" });
  const again = await bridge.call("codex", { prompt: "one", sessionId: "s" });
  expect(again.text).toMatch(/^\[INVALID_ARGUMENT\] sessionId "s" is in use/);
  const fresh = await bridge.call("codex-reply", { prompt: "two", sessionId: "s", resetSession: true });
  expect(fresh.structured.threadId).not.toBe(first.structured.threadId);
  const failed = await bridge.call("codex-reply", {
    prompt: "x",
    sessionId: "s",
    resetSession: true,
    images: ["gone.png"],
  });
  expect(failed.text).toMatch(/^\[INVALID_ARGUMENT\]/);
  const next = await bridge.call("codex-reply", { prompt: "three", sessionId: "s" });
  expect(next.structured.threadId).toBe(fresh.structured.threadId);
});

test("at most BRIDGE_MAX_TURNS run at once, the rest in order", async ({ lab, bridge }) => {
  await bridge.restart({ env: { BRIDGE_MAX_TURNS: "1" } });
  let running = 0;
  let most = 0;
  lab.respond(async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setTimeout(resolve, 150));
    running -= 1;
    return { steps: [{ say: "x" }] };
  });
  const results = await Promise.all([1, 2, 3].map((n) => bridge.call("codex", { prompt: `p${n}` })));
  expect(results.every((result) => !result.isError)).toBe(true);
  expect(most).toBe(1);
});

// The app server gets everything on its stdin.
test.skipIf(ON_APP_SERVER)("what a command line cannot hold is refused, not cut", async ({ lab, bridge }) => {
  if (CLI.takesInstructions) {
    const quotes = await bridge.call("codex", { prompt: "x", "developer-instructions": '"'.repeat(99_000) });
    expect(quotes.text).toMatch(/^\[INVALID_ARGUMENT\].*too long for a command line/);
  }
  const config = await bridge.call("codex", { prompt: "x", config: { model_verbosity: "x".repeat(200_000) } });
  expect(config.text).toMatch(/^\[INVALID_ARGUMENT\].*too long for a command line/);
  if (!CLI.takesImages) return;
  writeFileSync(join(lab.project, "a,b.png"), PNG);
  expect((await bridge.call("codex", { prompt: "x", images: ["a,b.png"] })).text).toMatch(
    /^\[INVALID_ARGUMENT\].*comma/,
  );
});

test("a state folder that can never be there is a wrong setting; one that can be made goes on at once", async ({
  lab,
  bridge,
}) => {
  writeFileSync(join(lab.root, "not-a-folder"), "");
  await bridge.restart({ env: { BRIDGE_STATE_DIR: join(lab.root, "not-a-folder/state") } });
  const refused = await bridge.call("codex", { prompt: "x" });
  expect(refused.text).toMatch(
    /^\[CONFIG_INVALID\] The state folder \S+not-a-folder\/state cannot be made \(ENOTDIR\)/,
  );
  expect(lab.standIn.requests).toEqual([]);
  rmSync(join(lab.root, "not-a-folder"));
  expect((await bridge.call("codex", { prompt: "x" })).isError).toBe(false);
});

test("a state folder in which nothing can be kept costs a warning, not the turn", async ({ lab, bridge }) => {
  mkdirSync(lab.stateDir);
  for (const name of ["threads", "locks", "runs"]) writeFileSync(join(lab.stateDir, name), "");
  const result = await bridge.call("codex", { prompt: "x" });
  expect(result.isError, result.text).toBe(false);
  expect(String(result.structured["warnings"])).toContain("could not be stored");
});
