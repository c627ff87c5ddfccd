// The bar with the real Codex CLI: reviews of a change of 2,000 lines, whose answers are varied and mostly malformed. Every finding is read, and every
// wrong quotation is marked. `test/reviews/bar.test.ts` shows the same for the parts alone.
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { test } from "../support/fixture.ts";
import { type Lab, say } from "../support/lab.ts";
import { barAnswers, barFiles, barText } from "../support/review-bar.ts";

function makeChange({ project, env }: Lab): void {
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=T", "-c", "user.email=t@localhost", ...args], { cwd: project, env });
  const write = (version: "old" | "fresh") =>
    barFiles().forEach(({ path }, n) => {
      const [file, text] = [join(project, path), barText(n, version)];
      mkdirSync(dirname(file), { recursive: true });
      if (text === undefined) rmSync(file, { force: true });
      else writeFileSync(file, text);
    });
  git("init", "--quiet");
  write("old");
  git("add", "-A");
  git("commit", "--quiet", "-m", "first");
  write("fresh");
}

test("of 20 answers 20 are read, and 20 wrong quotations are marked", { timeout: 180_000 }, async ({ lab, bridge }) => {
  makeChange(lab);
  const seen: Record<string, unknown> = {};
  for (const { shape, answer, file } of barAnswers(lab.project)) {
    lab.respond(say(answer));
    const { structured, text } = await bridge.call("codex-review", {});
    const found = (structured["findings"] ?? []) as { title: string; file: string; isVerified: boolean }[];
    const pick = (words: RegExp) => found.filter(({ title }) => words.test(title));
    const [right, wrong] = [pick(/off by one/), pick(/never checked/)];
    seen[shape] =
      right.some((one) => one.isVerified && one.file === file) &&
      wrong.length > 0 &&
      wrong.every((one) => !one.isVerified)
        ? "good"
        : text;
  }
  expect(Object.values(seen)).toHaveLength(20);
  expect(Object.entries(seen).filter(([, state]) => state !== "good")).toEqual([]);
});
