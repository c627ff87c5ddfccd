// outputFile: the bridge writes the final message to a file of the project, and to no other.
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { type LabBridge, test as labTest } from "../support/fixture.ts";
import { canMount, mountDisk } from "../support/full-disk.ts";
import { CLI, holdThenSay, type Lab, ON_APP_SERVER, runThenSay, say, until } from "../support/lab.ts";

const test = labTest.extend("lab", async ({ lab }) => {
  lab.respond(say("The answer."));
  return lab;
});

const read = (...parts: string[]) => readFileSync(join(...parts), "utf8");

test("holds the whole final message, and the result names it", async ({ lab, bridge }) => {
  mkdirSync(join(lab.project, "notes"));
  const result = await bridge.call("codex", { prompt: "x", outputFile: "notes/answer.md" });
  const path = join(lab.project, "notes/answer.md");
  expect(read(path)).toBe("The answer.");
  expect(statSync(path).mode & 0o777).toBe(0o666 & ~process.umask());
  expect(result.structured).toMatchObject({ content: "The answer.", outputFile: { path, bytes: 11 } });
  expect(result.structured["warnings"]).toBeUndefined();
  const { threadId } = result.structured;
  lab.respond(say("Another."));
  const reply = await bridge.call("codex-reply", {
    prompt: "x",
    threadId,
    outputFile: "notes/answer.md",
    overwrite: true,
  });
  expect(reply.structured["outputFile"]).toEqual({ path, bytes: 8 });
  expect(read(path)).toBe("Another.");
  expect(readdirSync(join(lab.project, "notes"))).toEqual(["answer.md"]);
});

test("a long answer is kept there alone, and linked", async ({ lab, bridge }) => {
  const long = "0123456789".repeat(20_000);
  lab.respond(say(long));
  const raw = await bridge.client.callTool({ name: "codex", arguments: { prompt: "x", outputFile: "long.txt" } });
  expect(read(lab.project, "long.txt")).toBe(long);
  expect(raw.content).toContainEqual(expect.objectContaining({ type: "resource_link", name: "output-file" }));
  const { truncated } = raw.structuredContent as { truncated: { path: string } };
  expect(truncated.path).toBe(join(lab.project, "long.txt"));
  expect(existsSync(join(lab.stateDir, "results"))).toBe(false);
});

test("secrets are replaced in it", async ({ lab, bridge }) => {
  await bridge.restart({ env: { MY_TOKEN: "hunter2hunter2hunter2" } });
  lab.respond(say("It is hunter2hunter2hunter2."));
  await bridge.call("codex", { prompt: "x", outputFile: "answer.md" });
  expect(read(lab.project, "answer.md")).toBe("It is [redacted].");
});

describe("is refused before the turn:", () => {
  test.for<[string, string, RegExp, ((lab: Lab) => void)?]>([
    ["a path outside", "../outside/x", / is outside \/.*Name a path below/],
    ["an absolute path outside", "/var/tmp/codex-bridge-no", / is outside \//],
    ["the directory itself", ".", / is outside \/|is hidden/],
    ["a link that leads out", "way/x", / is outside \//, (lab) => symlinkSync(lab.outside, join(lab.project, "way"))],
    [
      "a link in its place",
      "link",
      /is a symbolic link/,
      (lab) => symlinkSync(join(lab.outside, "x"), join(lab.project, "link")),
    ],
    ["a folder in its place", "dir", /no regular file/, (lab) => mkdirSync(join(lab.project, "dir"))],
    [
      "a FIFO in its place",
      "fifo",
      /no regular file/,
      (lab) => void execFileSync("mkfifo", [join(lab.project, "fifo")]),
    ],
    [
      "a file that is there",
      "there",
      /exists already.*overwrite: true/,
      (lab) => writeFileSync(join(lab.project, "there"), "old"),
    ],
    ["a folder that is not there", "no/x", /no" does not exist.*Create the folder/],
    ["a name that is too long", "x".repeat(300), /ENAMETOOLONG/],
    ["a path with a line feed", "a\nb", /control characters/],
    [
      "git's folder",
      ".git/hooks/post-commit",
      /is hidden/,
      (lab) => mkdirSync(join(lab.project, ".git/hooks"), { recursive: true }),
    ],
    [
      "git's folder by a link",
      "g/x",
      /is hidden/,
      (lab) => {
        mkdirSync(join(lab.project, ".git"));
        symlinkSync(join(lab.project, ".git"), join(lab.project, "g"));
      },
    ],
    ["Claude Code's settings", ".claude/settings.json", /is hidden/, (lab) => mkdirSync(join(lab.project, ".claude"))],
    ["a server's registration", ".mcp.json", /is hidden/],
    ["instructions of Claude's", "CLAUDE.md", /instructions for agents/],
    [
      "instructions of Codex's",
      "sub/agents.override.md",
      /instructions for agents/,
      (lab) => mkdirSync(join(lab.project, "sub")),
    ],
    ["rules of route_task", "delegation-rules.json", /rules for route_task/],
    ["instructions under a name that macOS takes for theirs", "AGENT\u017f.md", /instructions for agents/],
    ["rules under a name that macOS takes for theirs", "delegation-rule\u017f.JSON", /rules for route_task/],
  ])("%s", async ([, outputFile, says, prepare], { lab, bridge }) => {
    prepare?.(lab);
    const { text } = await bridge.call("codex", { prompt: "x", outputFile });
    expect(text).toMatch(/^\[INVALID_ARGUMENT\]/);
    expect(text).toMatch(says);
    expect(lab.standIn.requests).toHaveLength(0);
    expect(readdirSync(lab.outside)).toEqual([]);
  });

  test("nothing of a work tree in a folder of settings, but that folder itself", async ({ lab, bridge }) => {
    const tree = join(lab.project, ".claude/worktrees/feature");
    mkdirSync(tree, { recursive: true });
    await bridge.call("codex", { prompt: "x", cwd: tree, outputFile: "answer.md" });
    expect(read(tree, "answer.md")).toBe("The answer.");
    const above = await bridge.call("codex", { prompt: "x", cwd: join(tree, ".."), outputFile: "answer.md" });
    expect(above.text).toMatch(/^\[INVALID_ARGUMENT\].*folder of settings/);
  });

  test("a directory of settings, of Codex's home and of the state folder", async ({ lab, bridge }) => {
    const hooks = join(lab.project, ".git/hooks");
    mkdirSync(hooks, { recursive: true });
    const inside = await bridge.call("codex", { prompt: "x", cwd: hooks, outputFile: "post-commit" });
    expect(inside.text).toMatch(/^\[INVALID_ARGUMENT\].*folder of settings/);
    for (const cwd of [lab.codexHome, lab.root]) {
      const { text } = await bridge.call("codex", { prompt: "x", cwd, outputFile: "config2.toml" });
      expect(text).toMatch(/^\[SANDBOX_DENIED\].*state folder|Codex's home/);
    }
    mkdirSync(join(lab.stateDir, "threads"), { recursive: true });
    const records = await bridge.call("codex", { prompt: "x", outputFile: join(lab.stateDir, "threads/x.json") });
    expect(records.text).toMatch(/^\[INVALID_ARGUMENT\].*outside/);
    expect(lab.standIn.requests).toHaveLength(0);
  });

  test("a project where the user lets nothing be written; the state folder takes it", async ({ lab, bridge }) => {
    await bridge.restart({ env: { BRIDGE_MAX_SANDBOX: "read-only" } });
    const { text } = await bridge.call("codex", { prompt: "x", outputFile: "answer.md" });
    expect(text).toMatch(/^\[SANDBOX_DENIED\].*BRIDGE_MAX_SANDBOX.*directly in .*outputs/s);
    const path = join(lab.stateDir, "outputs/answer.md");
    const { structured } = await bridge.call("codex", { prompt: "x", outputFile: path });
    expect(structured["outputFile"]).toEqual({ path, bytes: 11 });
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test.runIf(CLI.hasPermissionProfiles)("a project in which a permission profile decides", async ({ lab, bridge }) => {
    lab.writeConfig({
      top: 'default_permissions = "careful"',
      tables: '[permissions.careful]\nextends = ":workspace"\n',
    });
    const { text } = await bridge.call("codex", { prompt: "x", outputFile: "answer.md" });
    expect(text).toMatch(/^\[SANDBOX_DENIED\].*"careful" decides/);
  });

  test("overwrite without a file, and either on codex-ask", async ({ bridge }) => {
    const { text } = await bridge.call("codex", { prompt: "x", overwrite: true });
    expect(text).toMatch(/^\[INVALID_ARGUMENT\].*only for a call with outputFile/);
    const asked = await bridge.call("codex-ask", { prompt: "x", outputFile: "answer.md" });
    expect(asked.text).toMatch(/^\[INVALID_ARGUMENT\] unknown argument "outputFile"/);
  });

  test("a wrong path of a reply, with the thread", async ({ lab, bridge }) => {
    const { threadId } = (await bridge.call("codex", { prompt: "x" })).structured;
    const { text } = await bridge.call("codex-reply", { prompt: "x", threadId, outputFile: "../x" });
    expect(text).toMatch(/^\[INVALID_ARGUMENT\].*outside/);
    expect(text).toContain(`threadId: ${threadId}`);
    expect(lab.standIn.requests).toHaveLength(1);
  });
});

describe.runIf(canMount())("on a full disk", () => {
  const testOnDisk = test.extend("small", ({ lab }, { onCleanup }) => {
    const folder = join(lab.project, "small");
    onCleanup(mountDisk(folder, "64k"));
    return folder;
  });

  testOnDisk.for([
    ["a new file", false, "new"],
    ["one that is replaced", true, "there"],
  ] as const)("%s: the answer is in the result, and nothing is left behind", async (row, { lab, bridge, small }) => {
    const [, overwrite, name] = row;
    writeFileSync(join(small, "there"), "old");
    const long = "0123456789".repeat(10_000);
    lab.respond(say(long));
    const { structured, isError } = await bridge.call("codex", { prompt: "x", outputFile: `small/${name}`, overwrite });
    expect(isError).toBe(false);
    expect(String(structured["warnings"])).toMatch(/not written: ENOSPC/);
    expect(read((structured["truncated"] as { path: string }).path)).toBe(long);
    expect(readdirSync(small)).toEqual(["there"]);
    expect(read(small, "there")).toBe("old");
  });
});

describe("what happens while the turn runs loses no answer:", () => {
  const during = async (
    { lab, bridge }: { readonly lab: Lab; readonly bridge: LabBridge },
    act: () => void,
    args: Record<string, unknown> = {},
  ) => {
    const held = holdThenSay("The answer.");
    lab.respond(held.respond);
    const asked = bridge.call("codex", { prompt: "x", outputFile: "sub/answer.md", ...args });
    await until("the model is asked", () => lab.standIn.requests.length > 0);
    act();
    held.goOn();
    const { structured, isError } = await asked;
    expect(isError).toBe(false);
    expect(structured.content).toBe("The answer.");
    expect(structured["outputFile"]).toBeUndefined();
    return String(structured["warnings"]);
  };

  test("a file that came to its place stays", async ({ lab, bridge }) => {
    mkdirSync(join(lab.project, "sub"));
    const path = join(lab.project, "sub/answer.md");
    const warnings = await during({ lab, bridge }, () => writeFileSync(path, "theirs"));
    expect(warnings).toMatch(/outputFile was not written: .*exists already.*The message is in this result/);
    expect(read(path)).toBe("theirs");
  });

  test("a link that came to the place of its folder is not followed", async ({ lab, bridge }) => {
    mkdirSync(join(lab.project, "sub"));
    const warnings = await during({ lab, bridge }, () => {
      rmSync(join(lab.project, "sub"), { recursive: true });
      symlinkSync(lab.outside, join(lab.project, "sub"));
    });
    expect(warnings).toMatch(/not written: .*outside/);
    expect(readdirSync(lab.outside)).toEqual([]);
  });

  test("a link in the place of the file is not written through, with overwrite neither", async ({ lab, bridge }) => {
    mkdirSync(join(lab.project, "sub"));
    writeFileSync(join(lab.outside, "target"), "theirs");
    const swap = () => symlinkSync(join(lab.outside, "target"), join(lab.project, "sub/answer.md"));
    expect(await during({ lab, bridge }, swap, { overwrite: true })).toMatch(/symbolic link/);
    expect(read(lab.outside, "target")).toBe("theirs");
  });

  test("its folder is gone", async ({ lab, bridge }) => {
    mkdirSync(join(lab.project, "sub"));
    const warnings = await during({ lab, bridge }, () => rmSync(join(lab.project, "sub"), { recursive: true }));
    expect(warnings).toMatch(/not written: .*does not exist/);
  });

  test("the user's config is broken by then", async ({ lab, bridge }) => {
    const { threadId } = (await bridge.call("codex", { prompt: "x" })).structured;
    const held = holdThenSay("The answer.");
    lab.respond(held.respond);
    const asked = bridge.call("codex-reply", { prompt: "x", threadId, outputFile: "answer.md" });
    await until("the model is asked", () => lab.standIn.requests.length > 1);
    writeFileSync(join(lab.codexHome, "config.toml"), "= broken");
    held.goOn();
    const { structured } = await asked;
    expect(structured.content).toBe("The answer.");
    expect(String(structured["warnings"])).toContain("outputFile was not written");
  });
});

test("a file with a second name is replaced, and the other name keeps its text", async ({ lab, bridge }) => {
  const [path, other] = [join(lab.project, "answer.md"), join(lab.outside, "other")];
  writeFileSync(path, "theirs");
  chmodSync(path, 0o640);
  linkSync(path, other);
  await bridge.call("codex", { prompt: "x", outputFile: "answer.md", overwrite: true });
  expect(read(path)).toBe("The answer.");
  expect(statSync(path).mode & 0o777).toBe(0o640);
  expect(read(other)).toBe("theirs");
});

test("a turn that failed writes nothing", async ({ lab, bridge }) => {
  lab.respond(() => ({ error: { status: 400, body: { error: { message: "no" } } } }));
  expect((await bridge.call("codex", { prompt: "x", outputFile: "answer.md" })).isError).toBe(true);
  expect(existsSync(join(lab.project, "answer.md"))).toBe(false);
});

describe("of route_task", () => {
  const TASK = "Run the failing test suite and fix it";
  const run = (bridge: LabBridge, args: Record<string, unknown> = {}) =>
    bridge.call("route_task", { task: TASK, mode: "run", outputFile: "answer.md", ...args });

  test("is written with the message of the attempt that did the task", async ({ lab, bridge }) => {
    lab.writeConfig({ provider: "request_max_retries = 0\nstream_max_retries = 0\n" });
    lab.respond(({ index }) =>
      index === 0 ? { error: { status: 400, body: { error: { message: "odd" } } } } : { steps: [{ say: "Done." }] },
    );
    const { structured } = await run(bridge);
    const path = join(lab.project, "answer.md");
    expect(structured).toMatchObject({ outcome: "completed", outputFile: { path, bytes: 5 } });
    expect(structured["attempts"]).toHaveLength(2);
    expect(read(path)).toBe("Done.");
  });

  test("replaces a file only with overwrite, and a wrong path is refused before any attempt", async ({
    lab,
    bridge,
  }) => {
    writeFileSync(join(lab.project, "answer.md"), "old");
    const refused = await run(bridge);
    expect(refused.text).toMatch(/^\[INVALID_ARGUMENT\].*exists already.*overwrite: true/s);
    expect(refused.structured).toMatchObject({ outcome: "failed", error: { argument: "outputFile" } });
    expect((await run(bridge, { outputFile: "../x" })).text).toMatch(/^\[INVALID_ARGUMENT\].*outside/);
    await bridge.restart({ env: { BRIDGE_MAX_SANDBOX: "read-only" } });
    const denied = await run(bridge);
    expect(denied.text).toMatch(/^\[SANDBOX_DENIED\].*BRIDGE_MAX_SANDBOX/);
    // The rule's sandbox is not to blame.
    for (const { text } of [refused, denied]) expect(text).not.toContain("rules file");
    expect(lab.standIn.requests).toHaveLength(0);
    await bridge.restart();
    expect((await run(bridge, { overwrite: true })).isError).toBe(false);
    expect(read(lab.project, "answer.md")).toBe("The answer.");
  });

  test("is not written for a task that is Claude's, and the result says so", async ({ lab, bridge }) => {
    const { structured } = await run(bridge, { task: "Explain how the billing module works" });
    expect(structured).toMatchObject({ outcome: "handed_back" });
    expect(String(structured["warnings"])).toContain("outputFile was not written: Codex did not do the task.");
    expect(readdirSync(lab.project)).toEqual([]);
  });

  test("has the newest message after further input for its job", async ({ lab, bridge }) => {
    const held = holdThenSay("First.");
    lab.respond(held.respond);
    const { jobId } = (await run(bridge, { background: true })).structured;
    await until("the model is asked", () => lab.standIn.requests.length > 0);
    await bridge.call("agent_job_control", { action: "steer", jobId, text: "More." });
    lab.respond(say("Second."));
    held.goOn();
    const { structured } = await bridge.call("agent_job", { action: "wait", jobIds: [jobId] });
    expect(structured["outputFile"]).toMatchObject({ bytes: read(lab.project, "answer.md").length });
    if (ON_APP_SERVER) expect(read(lab.project, "answer.md")).toMatch(/^(?:First\.\n\n)?Second\.$/);
    else expect(read(lab.project, "answer.md")).toBe("Second.");
  });
});

test("a job writes it at its end, and has the newest message after further input", async ({ lab, bridge }) => {
  const held = holdThenSay("First.");
  lab.respond(held.respond);
  const { jobId } = (await bridge.call("codex", { prompt: "x", outputFile: "answer.md", background: true })).structured;
  await until("the model is asked", () => lab.standIn.requests.length > 0);
  await bridge.call("agent_job_control", { action: "steer", jobId, text: "More." });
  lab.respond(say("Second."));
  held.goOn();
  const { structured, text } = await bridge.call("agent_job", { action: "wait", jobIds: [jobId] });
  const path = join(lab.project, "answer.md");
  // What the running turn said before it got the input is part of its answer.
  const answer = ON_APP_SERVER ? /^(?:First\.\n\n)?Second\.$/ : /^Second\.$/;
  expect(read(path)).toMatch(answer);
  const bytes = read(path).length;
  expect(structured["outputFile"]).toEqual({ path, bytes });
  expect(text).toContain(`outputFile: path ${path}, bytes ${bytes}`);
});

test("a file that came to its place stays there after further input, which is answered", async ({ lab, bridge }) => {
  const held = holdThenSay("First.");
  lab.respond(held.respond);
  const { jobId } = (await bridge.call("codex", { prompt: "x", outputFile: "answer.md", background: true })).structured;
  await until("the model is asked", () => lab.standIn.requests.length > 0);
  await bridge.call("agent_job_control", { action: "steer", jobId, text: "More." });
  const path = join(lab.project, "answer.md");
  writeFileSync(path, "theirs");
  lab.respond(say("Second."));
  held.goOn();
  const { structured } = await bridge.call("agent_job", { action: "wait", jobIds: [jobId] });
  expect(read(path)).toBe("theirs");
  if (ON_APP_SERVER) expect(structured.content).toMatch(/^(?:First\.\n\n)?Second\.$/);
  else expect(structured.content).toBe("First.\n\n[After further input:]\n\nSecond.");
  expect(String(structured["warnings"])).toMatch(/outputFile was not written: .*exists already/);
});

test("a read-only turn stays read-only beside it", async ({ lab, bridge }) => {
  lab.respond(runThenSay("touch made; echo tried"));
  await bridge.call("codex", { prompt: "x", outputFile: "answer.md" });
  expect(read(lab.project, "answer.md")).toContain("tried");
  expect(existsSync(join(lab.project, "made"))).toBe(false);
});
