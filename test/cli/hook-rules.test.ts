// The prompt hook with the user's own rules file: checked once, and read without the schema from then on.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

const PROGRAM = join(import.meta.dirname, "../..");
const home = mkdtempSync(join(tmpdir(), "codex-bridge-hook-rules-"));
afterAll(() => rmSync(home, { recursive: true }));
const stateDir = join(home, "state");
const notes = join(stateDir, "checked-rules");
const path = join(home, "rules.json");
/** A copy of the program, in which the check can be taken away. */
const bin = join(home, "program/dist/bin.js");
const CHECKS = ["check-rules.mjs", "check-rules.away"].map((name) => join(dirname(bin), name)) as [string, string];

const RULES = {
  routing_config: {
    version: "1",
    default_agent: "claude_code",
    context_window: { max_tokens: 128_000, compression_threshold: 0.85, preservation_strategy: "hierarchical" },
    routing_rules: [
      { rule_id: "own", priority: 1, conditions: { keywords: ["sing"] }, action: { target_agent: "codex_cli" } },
    ],
    escalation_policies: [],
  },
};
const GOOD = JSON.stringify(RULES);

beforeAll(() => {
  cpSync(join(PROGRAM, "dist-plugin/codex-bridge"), join(home, "program"), { recursive: true });
});
beforeEach(() => {
  rmSync(stateDir, { recursive: true, force: true });
  writeFileSync(path, GOOD);
});

const submit = (env: Record<string, string> = {}, cwd = home): string => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, "hook", "user-prompt-submit"], {
    input: JSON.stringify({ prompt: "sing" }),
    encoding: "utf8",
    cwd,
    env: {
      PATH: process.env["PATH"],
      HOME: home,
      BRIDGE_STATE_DIR: stateDir,
      DELEGATION_MODE: "automatic",
      DELEGATION_RULES: path,
      ...env,
    },
  });
  expect([status, stderr]).toEqual([0, ""]);
  return stdout;
};
/** With the program's check gone: only a file that needs none is answered by. */
const submitUnchecked = (env: Record<string, string> = {}): string => {
  const [there, away] = CHECKS;
  cpSync(there, away);
  rmSync(there);
  try {
    return submit(env);
  } finally {
    cpSync(away, there, { preserveTimestamps: true });
    rmSync(away);
  }
};
const note = (): string => join(notes, readdirSync(notes)[0] ?? "none");

test("a file is checked at its first prompt, and not again", () => {
  expect(submitUnchecked()).toBe("");
  expect(submit()).toContain("by rule own");
  expect(submitUnchecked()).toContain("by rule own");
  expect([statSync(notes).mode & 0o777, statSync(note()).mode & 0o777]).toEqual([0o700, 0o600]);
});

test("a file that has changed is checked again, also with its old time and size", () => {
  submit();
  const { atime, mtime } = statSync(path);
  writeFileSync(path, GOOD.replace("own", "odd"));
  utimesSync(path, atime, mtime);
  expect(submitUnchecked()).toBe("");
  expect(submit()).toContain("by rule odd");
  writeFileSync(path, GOOD.replace("rule_id", "rule_ix"));
  expect(submit()).toBe("");
});

test.each<[string, (text: string) => string]>([
  ["of another version", (text) => text.replace(/"program":"[^ ]+/, '"program":"9.9.9')],
  ["of another build", (text) => text.replace(/"program":"([^ ]+) [^"]*"/, '"program":"$1 1:1:1:1"')],
  ["of another file", (text) => text.replace('rules.json"', 'other.json"')],
  ["cut off", (text) => text.slice(0, -1)],
  ["longer than the file", (text) => `${text} `],
  ["empty", () => ""],
  ["of another shape", () => GOOD],
])("a note that is %s is none", (_what, change) => {
  submit();
  const right = readFileSync(note(), "utf8");
  writeFileSync(note(), change(right));
  expect(submitUnchecked()).toBe("");
  expect(submit()).toContain("by rule own");
  expect(readFileSync(note(), "utf8")).toBe(right);
});

test("a forged note has no rules of its own, and one for a broken file gives no suggestion", () => {
  submit();
  const forged = readFileSync(note(), "utf8").replace('"sing"', '"song"');
  writeFileSync(note(), forged);
  expect(submit()).toContain("by rule own");
  const broken = GOOD.replace('"routing_rules"', '"rules"');
  writeFileSync(path, broken);
  writeFileSync(note(), `${forged.split("\n")[0]}\n${broken}`);
  expect(submit()).toBe("");
});

test.each<[string, () => void]>([
  ["can be written by others", () => chmodSync(stateDir, 0o777)],
  [
    "has a folder of notes that others can write",
    () => {
      mkdirSync(notes);
      chmodSync(notes, 0o777);
    },
  ],
  [
    "has a link for the folder of notes",
    () => {
      mkdirSync(join(home, "elsewhere"), { recursive: true });
      symlinkSync(join(home, "elsewhere"), notes);
    },
  ],
  ["has a file for the folder of notes", () => writeFileSync(notes, "")],
])("nothing is written where the state folder %s", (_what, change) => {
  mkdirSync(stateDir, { mode: 0o700 });
  change();
  expect(submit()).toContain("by rule own");
  const isFolder = existsSync(notes) && statSync(notes).isDirectory();
  expect(isFolder ? readdirSync(notes) : []).toEqual([]);
  expect(submitUnchecked()).toBe("");
});

test("a note is not believed once others can write the folder", () => {
  submit();
  chmodSync(stateDir, 0o770);
  expect(submitUnchecked()).toBe("");
  expect(submit()).toContain("by rule own");
});

test("nothing is noted of a broken file, and nowhere if the state folder cannot be named", () => {
  writeFileSync(path, "{");
  expect(submit()).toBe("");
  expect(existsSync(notes)).toBe(false);
  writeFileSync(path, GOOD);
  expect(submit({ BRIDGE_STATE_DIR: "${STATE}" })).toContain("by rule own");
  expect(readdirSync(home).filter((name) => name.includes("STATE"))).toEqual([]);
});

test("relative paths count from the project, wherever the model stands", () => {
  const below = join(home, "below");
  mkdirSync(below, { recursive: true });
  writeFileSync(join(below, "rules.json"), GOOD.replace("own", "foreign"));
  const env = { CLAUDE_PROJECT_DIR: home, DELEGATION_RULES: "rules.json", BRIDGE_STATE_DIR: "state" };
  expect(submit(env, below)).toContain("by rule own");
  expect(readdirSync(notes)).toHaveLength(1);
  expect(readdirSync(below)).toEqual(["rules.json"]);
});

test("a file that the check changes is checked every time: spaces around a word are not part of it", () => {
  writeFileSync(path, GOOD.replace('"sing"', '" sing "'));
  expect([submit(), submit()]).toEqual([
    expect.stringContaining("by rule own"),
    expect.stringContaining("by rule own"),
  ]);
  expect(existsSync(notes)).toBe(false);
});

test("a file with a byte order mark, and one with the line ends of Windows", () => {
  for (const text of [`\ufeff${GOOD}`, JSON.stringify(RULES, null, 2).replaceAll("\n", "\r\n")]) {
    writeFileSync(path, text);
    expect([submit(), submit()]).toEqual([
      expect.stringContaining("by rule own"),
      expect.stringContaining("by rule own"),
    ]);
  }
  expect(submitUnchecked()).toContain("by rule own");
});
