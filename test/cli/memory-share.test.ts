import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { shareProject } from "../../src/cli/memory-share.ts";
import { createTeamProjectFiles } from "../../src/state/team-project-files.ts";
import { test } from "../support/fixture.ts";

test("share and unshare note what the user says of a directory, from within it", ({ folder }) => {
  const said: string[] = [];
  const [stateDir, project] = [join(folder, "state"), join(folder, "heron")];
  mkdirSync(join(project, "src"), { recursive: true });
  mkdirSync(join(project, ".git"));
  const run = (isShared: boolean): number =>
    shareProject(join(project, "src"), stateDir, { isShared, print: (line) => void said.push(String(line)) });
  expect(() => run(true)).toThrow(/has no git remote/);
  writeFileSync(join(project, ".git/config"), '[remote "origin"]\n\turl = https://git.test/Acme/Heron\n');
  expect(run(true)).toBe(0);
  const files = createTeamProjectFiles(stateDir);
  expect(files.find(project)).toEqual({ directory: project, name: "git.test/acme/heron" });
  expect(run(false)).toBe(0);
  expect(files.find(project)).toMatchObject({ name: "" });
  expect(said.join()).toMatch(/heron is git\.test\/acme\/heron in the team memory.*go by its path/);
});
