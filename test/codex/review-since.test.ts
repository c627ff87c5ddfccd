// A review that follows another one approves only what was read, and settles only what it can know of.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import type { TestBridge, ToolResult } from "../support/bridge.ts";
import { test } from "../support/fixture.ts";
import { type Lab, say } from "../support/lab.ts";

const git = ({ project, env }: Lab, ...args: string[]) =>
  execFileSync("git", ["-c", "user.name=T", "-c", "user.email=t@localhost", ...args], {
    cwd: project,
    env: { ...env, GIT_CONFIG_NOSYSTEM: "1" },
    encoding: "utf8",
  });

const write = ({ project }: Lab, path: string, text: string) => writeFileSync(join(project, path), text);
const WRONG = "export function sum(a, b) {\n  return a - b;\n}\n";

function makeRepository(lab: Lab): void {
  write(lab, "sum.js", WRONG.replace("-", "+"));
  write(lab, "other.js", "export const other = 1;\n");
  git(lab, "init", "--quiet", "-b", "main");
  git(lab, "add", "-A");
  git(lab, "commit", "--quiet", "-m", "first");
}

const FINDING = {
  ...{ severity: "P1", file: "sum.js", startLine: 2, endLine: 2, title: "The sum subtracts", confidence: 0.9 },
  ...{ body: "It gives the difference.", evidence: "  return a - b;", isAboutRemoval: false },
};
const answer = (findings: unknown[], more: Record<string, unknown> = {}): string =>
  JSON.stringify({ summary: "Looked at all of it.", findings, ...more });
const review = (bridge: TestBridge, args: Record<string, unknown> = {}) => bridge.call("codex-review", args);
const prompts = (lab: Lab) => lab.standIn.requests.map(({ userTexts }) => userTexts.at(-1) ?? "");

/** Reviews a wrong sum, which is found. Every later answer finds nothing. */
async function reviewWrong(lab: Lab, bridge: TestBridge, args: Record<string, unknown> = {}): Promise<unknown> {
  makeRepository(lab);
  write(lab, "sum.js", WRONG);
  lab.respond(say(answer([FINDING])));
  const { structured, text } = await review(bridge, args);
  expect(structured["verdict"], text).toBe("request changes");
  lab.respond(say(answer([])));
  return structured["review"];
}

function expectOpen({ structured, text }: ToolResult): void {
  expect(structured["settled"], text).toBeUndefined();
  expect(structured, text).toMatchObject({ verdict: "request changes", findings: [{ earlier: "F1" }] });
}

describe("another target", () => {
  test("settles nothing of the earlier one, in no later review either", async ({ lab, bridge }) => {
    const since = await reviewWrong(lab, bridge);
    mkdirSync(join(lab.project, "pkg"));
    git(lab, "init", "--quiet", "-b", "main", "pkg");
    write(lab, "pkg/a.js", "1\n");
    for (const args of [{ files: ["other.js"] }, { text: "My plan." }, { cwd: "pkg" }, { commit: "HEAD" }]) {
      const result = await review(bridge, { since, ...args });
      expectOpen(result);
      expect(JSON.stringify(result.structured["warnings"])).toContain("The earlier review was of another target");
    }
    const files = await review(bridge, { since, files: ["other.js"] });
    write(lab, "other.js", "export const other = 2;\n");
    expectOpen(await review(bridge, { since: files.structured["review"] }));
    const commit = await review(bridge, { since, commit: "HEAD" });
    expectOpen(await review(bridge, { since: commit.structured["review"] }));
  });

  test("is read whole, though it holds what the earlier one had read", async ({ lab, bridge }) => {
    makeRepository(lab);
    git(lab, "checkout", "--quiet", "-b", "feature");
    write(lab, "evil.js", "rm(everything);\n");
    git(lab, "add", "-A");
    git(lab, "commit", "--quiet", "-m", "evil");
    write(lab, "other.js", "export const other = 2;\n");
    lab.respond(say(answer([])));
    const first = await review(bridge);
    const branch = await review(bridge, { since: first.structured["review"], target: "branch" });
    expect(branch.text).not.toContain("no turn ran");
    expect(prompts(lab).at(-1)).toContain("rm(everything)");
  });
});

describe("a file that is not read again", () => {
  const grown = `${WRONG.replace("a - b", "(a - b)")}${"// more lines\n".repeat(400_000)}`;
  const nul = `// \0\n${WRONG.replace("a - b", "(a - b)")}`;
  test.for([
    ["became binary", nul],
    ["is larger than 1 MB", grown],
    ["has no room in a pass", grown.slice(0, 200_000)],
  ] as const)("has its findings open: it %s", async ([, text], { lab, bridge }) => {
    const since = await reviewWrong(lab, bridge);
    write(lab, "sum.js", text);
    write(lab, "other.js", "export const other = 2;\n");
    const result = await review(bridge, { since });
    expectOpen(result);
    expect(result.structured).toMatchObject({ incomplete: true, leftOut: [{ path: "sum.js" }] });
  });

  test("has its findings open among named files", async ({ lab, bridge }) => {
    const since = await reviewWrong(lab, bridge, { files: ["sum.js", "other.js"] });
    write(lab, "sum.js", grown);
    write(lab, "other.js", "export const other = 2;\n");
    expectOpen(await review(bridge, { since }));
  });

  test("has its findings open in what became a repository within", async ({ lab, bridge }) => {
    makeRepository(lab);
    mkdirSync(join(lab.project, "lib"));
    write(lab, "lib/sum.js", WRONG);
    lab.respond(say(answer([{ ...FINDING, file: "lib/sum.js" }])));
    const first = await review(bridge);
    lab.respond(say(answer([])));
    git(lab, "init", "--quiet", "lib");
    write(lab, "other.js", "export const other = 2;\n");
    expectOpen(await review(bridge, { since: first.structured["review"] }));
  });
});

describe("what is merged", () => {
  test("is judged too, and shown", async ({ lab, bridge }) => {
    makeRepository(lab);
    write(lab, "sum.js", WRONG);
    lab.respond(say(answer([{ ...FINDING, severity: "P0", confidence: 0.4, body: "Unsure." }])));
    const first = await review(bridge);
    expect(first.structured).toMatchObject({ verdict: "approve with comments" });
    write(lab, "sum.js", `${WRONG}// more\n`);
    lab.respond(say(answer([{ ...FINDING, confidence: 0.95, body: "It is so." }], { earlier: [] })));
    const next = await review(bridge, { since: first.structured["review"] });
    expect(next.structured, next.text).toMatchObject({
      verdict: "request changes",
      findings: [{ severity: "P0", earlier: "F1", merged: [{ severity: "P1", body: "It is so." }] }],
    });
    expect(next.text).toContain("Also found: P1");
  });

  test("are not two defects of one answer", async ({ lab, bridge }) => {
    makeRepository(lab);
    write(lab, "sum.js", "save(user);\nlog(user);\nload(user);\n");
    const save = {
      ...FINDING,
      title: "Missing await on save() call",
      startLine: 1,
      endLine: 1,
      evidence: "save(user);",
    };
    const load = { ...save, title: "Missing await on load() call", startLine: 3, endLine: 3, evidence: "load(user);" };
    lab.respond(say(answer([save, load])));
    expect((await review(bridge)).structured["findings"]).toHaveLength(2);
  });
});

test("what a program hides in a file that is not read is no approval", async ({ lab, bridge }) => {
  makeRepository(lab);
  lab.respond(say(answer([])));
  const long = `${"evil();\n".repeat(20_000)}// ${"x".repeat(2_100)}\n`;
  const hidden = {
    "nul.js": "/* \0 */ evil();\n",
    ".env.js": "evil();\n",
    "big.js": "evil();\n".repeat(800_000),
    "l.js": long,
  };
  for (const [name, text] of Object.entries(hidden)) {
    makeClean(lab);
    write(lab, "other.js", "export const other = 2;\n");
    write(lab, name, text);
    const { structured, text: told } = await review(bridge);
    expect(structured, told).toMatchObject({ verdict: "incomplete", incomplete: true, leftOut: [{ path: name }] });
  }
  makeClean(lab);
  mkdirSync(join(lab.project, "lib"));
  git(lab, "init", "--quiet", "lib");
  write(lab, "lib/evil.js", "evil();\n");
  const nothing = await review(bridge);
  expect(nothing.text).toMatch(/^Nothing to review/);
  expect(nothing.structured).toMatchObject({ verdict: "incomplete", incomplete: true });
});

function makeClean(lab: Lab): void {
  git(lab, "checkout", "--quiet", ".");
  git(lab, "clean", "-qfdx");
}
