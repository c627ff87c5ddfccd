// Files that others can put in the place of small ones: a FIFO would block a reader for ever, a device or a sparse file fill its memory.
// A sandboxed turn can make them, so neither the bridge nor its other turns may wait for one.
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { test } from "../support/fixture.ts";
import { runThenSay } from "../support/lab.ts";

const makeFifo = (path: string) => execFileSync("mkfifo", [path]);
const makeSparse = (path: string) => {
  writeFileSync(path, "");
  truncateSync(path, 3_000_000_000);
};
const ODD_FILES: [string, (path: string) => void][] = [
  ["a FIFO", makeFifo],
  ["a link to /dev/zero", (path) => symlinkSync("/dev/zero", path)],
  ["a sparse file of 3 GB", makeSparse],
];

const REFUSAL = /^\[CONFIG_INVALID\].*(is not a regular file|is larger than)/;

describe.each(ODD_FILES)("%s", (_name, make) => {
  test.for(["read-only", "workspace-write"])("as .git is named before a %s turn", async (sandbox, { lab, bridge }) => {
    lab.writeConfig({ tables: '[projects."/nowhere"]\ntrust_level = "trusted"\n' });
    make(join(lab.project, ".git"));
    const before = process.memoryUsage.rss();
    const result = await bridge.call("codex", { prompt: "x", sandbox });
    expect(result.text).toMatch(REFUSAL);
    expect(result.text).toContain(join(lab.project, ".git"));
    expect(process.memoryUsage.rss() - before).toBeLessThan(500_000_000);
  });

  test("as the user's config.toml is named", async ({ lab, bridge }) => {
    rmSync(join(lab.codexHome, "config.toml"));
    make(join(lab.codexHome, "config.toml"));
    const result = await bridge.call("codex", { prompt: "x" });
    expect(result.text).toMatch(REFUSAL);
    expect(result.text).toContain("config.toml");
  });

  test.for(["trusted", "untrusted"])(
    "as the own config.toml of a project that is %s is named",
    async (level, { lab, bridge }) => {
      lab.writeConfig({ tables: `[projects."${lab.project}"]\ntrust_level = "${level}"\n` });
      mkdirSync(join(lab.project, ".git"));
      mkdirSync(join(lab.project, ".codex"));
      make(join(lab.project, ".codex/config.toml"));
      mkdirSync(join(lab.project, "sub"));
      const result = await bridge.call("codex", { prompt: "x", cwd: "sub" });
      expect(result.text).toMatch(REFUSAL);
      expect(result.text).toContain(".codex/config.toml");
    },
  );
});

test("a FIFO that a turn has made does not block the next turn", async ({ lab, bridge }) => {
  lab.respond(runThenSay("mkdir -p sub && mkfifo sub/.git && echo made"));
  const first = await bridge.call("codex", { prompt: "x", sandbox: "workspace-write" });
  expect(first.text).toContain("made");
  const next = await bridge.call("codex", { prompt: "x", cwd: "sub" });
  expect(next.text).toMatch(REFUSAL);
  expect((await bridge.call("codex", { prompt: "x" })).isError).toBe(false);
});

test("a FIFO that bears a rollout's name is no thread", async ({ lab, bridge }) => {
  const threadId = "01a2163e-0000-7000-8000-000000000001";
  const folder = join(lab.codexHome, "sessions/2026/11/26");
  mkdirSync(folder, { recursive: true });
  makeFifo(join(folder, `rollout-2026-11-26T05-00-00-${threadId}.jsonl`));
  const reply = await bridge.call("codex-reply", { prompt: "x", threadId });
  expect(reply.text).toMatch(/^\[THREAD_NOT_FOUND\]/);
  expect((await bridge.call("codex", { prompt: "x" })).isError).toBe(false);
});
