// `codex-bridge session` and `codex-bridge memory` as processes: what they refuse, in the words of a terminal, and entries that are removed by id.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { expect, test } from "vitest";
import { runSession } from "../../src/cli/session.ts";
import { loadEngine } from "../../src/memory/sqlite/engine.ts";
import { createGitProject, type GitProject } from "../support/git-project.ts";

const BIN = join(import.meta.dirname, "../../dist/bin.js");
let project: GitProject;

function run(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...words], {
    ...{ cwd: project.top, encoding: "utf8" },
    env: { ...project.env, BRIDGE_STATE_DIR: project.stateDir },
  });
  return { status, stdout, stderr };
}

test.each([
  [["frob"], /"frob" is none of plan, review, implemented, validate, status, list, extract-pattern/],
  [["plan"], /plan needs --file or --text/],
  [["review"], /review needs the id of a session, and codex-bridge session lists them/],
  [["review", "x", "--text", "y"], /review takes no --text/],
  [["plan", "--text", "y", "--check", "npm test"], /plan takes no --check/],
] as const)("session %j is refused in words of the command", async (words, says) => {
  const { values, positionals } = parseArgs({
    args: [...words],
    options: { text: { type: "string" }, check: { type: "string" } },
    allowPositionals: true,
  });
  const absent = { file: undefined, title: undefined, taken: undefined, model: undefined };
  const own = { isJson: false, version: "0.0.0", ownPath: BIN, print: () => {} };
  const command = { words: positionals, text: values.text, check: values.check, ...absent, ...own };
  await expect(runSession(command)).rejects.toThrow(says);
});

test("a session that there is not, and entries that are removed by their ids", ({ onTestFinished }) => {
  project = createGitProject();
  onTestFinished(() => project.close());
  const none = run("session", "status", "SESSION-20261127-AAAAAAAA-x");
  expect(none.status).toBe(1);
  expect(none.stdout).toContain(
    "Action list names the sessions of this project, and a plan without a session id begins",
  );
  project.write("notes/a.md", "Terns fish at dawn.\n");
  project.write("notes/b.md", "---\nscope: user\n---\nGulls rest at noon.\n");
  expect(run("memory", "import", "notes", "--user").stdout).toContain("2 stored");
  const ids = (JSON.parse(run("memory", "--json").stdout) as { id: string; text: string }[]).toSorted((one, other) =>
    one.text < other.text ? -1 : 1,
  );
  const [gulls = "", terns = ""] = ids.map(({ id }) => id);
  for (const [words, says] of [
    [["m-none"], /has an entry m-none; `codex-bridge memory` lists them/],
    [[gulls, "--yes"], /is for all projects; --user removes it/],
    [[terns, "--kind", "note"], /prune takes ids or options, not both/],
  ] as const) {
    const { status, stderr } = run("memory", "prune", ...words);
    expect(status).toBe(2);
    expect(stderr).toMatch(says);
  }
  expect(run("memory", "prune", terns).stdout).toMatch(/1 would be removed for good/);
  expect(run("memory", "prune", terns, "--yes").stdout).toBe("1 removed.\n");
  expect(run("memory").stdout).toMatch(/^\S+ .*Gulls rest at noon\.[^\n]*\n$/);
  // A fault that the store does not know itself is no wrong use of the command.
  const database = loadEngine().open(join(project.stateDir, "memory/memory.db"), 1_000);
  database.exec("CREATE TRIGGER fault BEFORE INSERT ON entries BEGIN SELECT RAISE(ABORT, 'a fault'); END");
  database.close();
  const failed = run("memory", "import", "notes");
  expect(failed.status).toBe(1);
  expect(failed.stdout).toMatch(/^Stopped at notes\/a\.md: 0 stored, 0 known already, 0 refused\./);
  expect(failed.stderr).toBe("The memory failed: a fault. `codex-bridge doctor` looks at its store.\n");
});
