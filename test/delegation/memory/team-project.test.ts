import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { chooseTeamProject, type TeamProject } from "../../../src/delegation/memory/team-project.ts";
import { createTeamProjectFiles, type TeamClaim } from "../../../src/state/team-project-files.ts";
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

test("a directory that has another name now keeps no other from it", ({ folder }) => {
  const { choose, names } = open(folder, { "/a": HERON, "/b": HERON });
  choose("/a");
  names["/a"] = "git.test/acme/tern";
  expect(choose("/b")).toMatchObject({ shared: HERON, once: expect.anything() });
});

test("one whose remote cannot be read may have it still", ({ folder }) => {
  const { choose, names, files } = open(folder, { "/a": HERON, "/b": HERON });
  choose("/a");
  names["/a"] = undefined;
  for (let round = 0; round < 2; round += 1) {
    expect(choose("/b")).toMatchObject({
      shared: "/b",
      always: expect.stringMatching(
        /"\/a" was that project before, and has no remote that can be read now\..*memory share/,
      ),
    });
  }
  files.write({ directory: "/b", name: HERON });
  expect(choose("/b")).toEqual({ shared: HERON });
});

test("of two directories that begin at once not both get it, wherever the one is when the other begins", ({
  folder,
}) => {
  // The files are looked at, written, looked at and written again.
  for (const at of [1, 2, 3, 4]) {
    const files = createTeamProjectFiles(join(folder, String(at)));
    const findName = (): string => HERON;
    const got: TeamProject[] = [];
    let step = 0;
    const before = <Result>(act: () => Result): Result => {
      step += 1;
      if (step === at) got.push(chooseTeamProject("/b", files, findName));
      return act();
    };
    const watched = {
      ...files,
      list: () => before(files.list),
      write: (claim: TeamClaim) => before(() => files.write(claim)),
    };
    got.push(chooseTeamProject("/a", watched, findName));
    expect(step).toBeGreaterThanOrEqual(Math.min(at, 3));
    const again = ["/a", "/b"].map((directory) => chooseTeamProject(directory, files, findName));
    for (const both of [got, again]) expect(both.filter(({ shared }) => shared === HERON).length).toBeLessThan(2);
  }
});

test("one that ended before it had the name gets it at its next start", ({ folder }) => {
  const { choose, files } = open(folder, { "/a": HERON, "/b": HERON });
  files.write({ directory: "/a", name: HERON, isBegun: true });
  expect(choose("/b")).toMatchObject({ shared: "/b" });
  expect(choose("/a")).toMatchObject({ shared: HERON, once: expect.anything() });
  expect(files.find("/a")).toEqual({ directory: "/a", name: HERON });
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
