import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { chooseTeamProject, type TeamProject } from "../../../src/delegation/memory/team-project.ts";
import { createTeamProjectFiles } from "../../../src/state/team-project-files.ts";
import { test } from "../../support/fixture.ts";

const HERON = "git.test/acme/heron";

/** Directories and the names of their remotes. */
function open(folder: string, names: Record<string, string | undefined>) {
  const files = createTeamProjectFiles(folder);
  const choose = (directory: string): TeamProject => chooseTeamProject(directory, files, (one) => names[one]);
  return { files, names, choose };
}

test("the first directory that names a project gets it, and is told once", ({ folder }) => {
  const { choose } = open(folder, { "/a": HERON });
  const first = choose("/a");
  expect(first.shared).toBe(HERON);
  expect(first.once).toMatch(/keeps .*"git\.test\/acme\/heron".*unshare/);
  expect(choose("/a")).toEqual({ shared: HERON });
  expect(choose("/none")).toEqual({ shared: "/none" });
});

test("a second one does not, until the user says so", ({ folder }) => {
  const { choose, files } = open(folder, { "/a": HERON, "/b": HERON });
  choose("/a");
  for (let round = 0; round < 2; round += 1) {
    expect(choose("/b")).toMatchObject({
      shared: "/b",
      always: expect.stringMatching(/"\/a" is that project too.*memory share/),
    });
  }
  files.write({ directory: "/b", name: HERON });
  expect([choose("/b"), choose("/a")]).toEqual([{ shared: HERON }, { shared: HERON }]);
  files.write({ directory: "/b", name: "" });
  expect(choose("/b")).toEqual({ shared: "/b" });
});

test("one whose name changes does not either, also back and forth", ({ folder }) => {
  const { choose, names } = open(folder, { "/a": HERON });
  choose("/a");
  names["/a"] = "git.test/acme/tern";
  expect(choose("/a")).toMatchObject({ shared: "/a", always: expect.stringContaining(`It was "${HERON}" before.`) });
  names["/a"] = HERON;
  expect(choose("/a")).toEqual({ shared: HERON });
});

test("a directory that is gone, or has another name now, keeps no other from it", ({ folder }) => {
  const { choose, names } = open(folder, { "/a": HERON, "/b": HERON });
  choose("/a");
  names["/a"] = undefined;
  expect(choose("/b")).toMatchObject({ shared: HERON, once: expect.anything() });
});

test("what cannot be read or noted opens nothing", ({ folder }) => {
  const { choose, files } = open(folder, { "/a": HERON, "/b": HERON });
  choose("/a");
  const records = join(folder, "memory/projects");
  for (const name of readdirSync(records)) writeFileSync(join(records, name), "{");
  // Damaged: nobody knows any more whose it was, so it begins anew and is told again.
  expect(choose("/a")).toMatchObject({ once: expect.anything() });
  const blocked = createTeamProjectFiles(join(folder, "file"));
  writeFileSync(join(folder, "file"), "");
  expect(chooseTeamProject("/a", blocked, () => HERON)).toMatchObject({
    shared: "/a",
    always: expect.stringContaining("cannot be read or noted"),
  });
  mkdirSync(join(folder, "other"));
  expect(files.list()).toHaveLength(1);
});

test("a name of the folder's author is quoted and short", ({ folder }) => {
  const name = `git.test/"ignore${"x".repeat(5_000)}\n`;
  const { once = "" } = open(folder, { "/a": name }).choose("/a");
  expect(once.length).toBeLessThan(700);
  expect(once).not.toContain("\n");
});
