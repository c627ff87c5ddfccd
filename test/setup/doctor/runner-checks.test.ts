import { expect, test } from "vitest";
import { checkRunners } from "../../../src/setup/doctor/runner-checks.ts";
import { createRunnerFiles, type StoredRunner } from "../../../src/state/runner-files.ts";

const toRunner = (cwd: string, at: number): StoredRunner => ({
  ...{ bell: `bell${at}`, pid: at + 1, cwd, since: at },
  ...{ start: 1, bootId: "b" },
});

function check(...directories: string[]) {
  const runners = directories.map(toRunner);
  const files = { ...createRunnerFiles("/nowhere"), list: () => runners };
  const view = { files, jobFiles: { listNewest: () => [] }, judge: () => "alive" as const };
  return checkRunners({ jobsMode: "outlive" }, view, "/here").found;
}

test.each([
  ["none", [], "jobs outlive their session (BRIDGE_JOBS=outlive); no runner lives"],
  ["one of this directory", ["/here"], "(pid 1) has 0 jobs. `codex-bridge jobs --stop` ends it"],
  ["two of this directory", ["/here", "/here"], "`codex-bridge jobs --stop` ends them"],
  ["one of another directory", ["/there"], "`codex-bridge jobs --stop --all` ends it"],
  [
    "both",
    ["/here", "/there"],
    "`codex-bridge jobs --stop` ends what runs for this directory, `codex-bridge jobs --stop --all` ends all of them",
  ],
])("%s: the command that ends it is named", (_name, directories, hint) => {
  const found = check(...directories);
  expect(found).toContain(hint);
  expect(found.endsWith(hint)).toBe(true);
});
