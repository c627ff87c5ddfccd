// The files of a hand-off: what may be read, and what the turn left.
import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import type { HandoffFiles } from "../../../../src/delegation/requests.ts";
import { readDocument, resolveWrite } from "../../../../src/delegation/turns/handoff/handoff-paths.ts";
import { placeFiles } from "../../../../src/delegation/turns/handoff/place-files.ts";
import { judgeWritten, lookBefore } from "../../../../src/delegation/turns/handoff/written-file.ts";
import type { Proposal } from "../../../../src/state/proposal-files.ts";
import { test } from "../../../support/fixture.ts";

const scope = { home: "/home/none", roots: [] };

test("a text that has the mark of a broken one in it is whole all the same", ({ folder }) => {
  const text = "Replace each \ufffd by a question mark.\n";
  const path = join(folder, "PLAN.md");
  const before = lookBefore(path);
  writeFileSync(path, text);
  expect(readDocument("PLAN.md", folder, scope)).toMatchObject({ name: "PLAN.md", text });
  const judged = judgeWritten({ asked: "PLAN.md", cwd: folder, before, redact: String });
  expect(judged).toMatchObject({ written: { head: text, state: "new" } });
  writeFileSync(path, Buffer.from([0xff, 0x41]));
  expect(() => readDocument("PLAN.md", folder, scope)).toThrow("is not a text in UTF-8");
  expect(judgeWritten({ asked: "PLAN.md", cwd: folder, before, redact: String })).toMatchObject({
    written: { head: undefined },
  });
});

test("nothing of the home folder is read from a project in it, also where that is a repository, nor what programs keep their keys in", ({
  folder,
}) => {
  const put = (path: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), "x\n");
  };
  const home = { home: folder, roots: [] };
  const notes = join(folder, "notes");
  const keys = [".config/gh/hosts.yml", ".kube/config", ".docker/config.json", ".ssh/config", ".aws/sso/cache/a.json"];
  for (const path of [".git/HEAD", "notes/a.md", "plan.md", ".bashrc", ".docker/Dockerfile", ...keys]) put(path);
  expect(readDocument("a.md", notes, home).name).toBe("a.md");
  for (const path of ["plan.md", ".bashrc", ...keys]) {
    expect(() => readDocument(join("..", path), notes, home), path).toThrow("leads out of the project");
  }
  // Whoever works in the home folder itself.
  expect(readDocument("plan.md", folder, home).name).toBe("plan.md");
  expect(readDocument(".docker/Dockerfile", folder, home).name).toBe(".docker/Dockerfile");
  symlinkSync(join(folder, ".kube"), join(notes, "docs"));
  for (const path of [...keys, "notes/docs/config"]) {
    expect(() => readDocument(path, folder, home), path).toThrow("may hold secrets");
  }
  // Any other repository counts as a whole, and a link to the home folder is the home folder.
  expect(readDocument("../plan.md", notes, scope).name).toBe("../plan.md");
  symlinkSync(folder, join(notes, "home"));
  expect(() => readDocument("../plan.md", notes, { home: join(notes, "home"), roots: [] })).toThrow("leads out");
});

test("in a worktree the files are those of the tree that it was made from, however the call names them", ({
  folder,
}) => {
  const root = realpathSync(folder);
  const [users, worktree] = [join(root, "proj"), join(root, "trees", "pr-12345678", "proj")];
  const [origin, cwd] = [join(users, "app"), join(worktree, "app")];
  for (const path of [origin, cwd]) mkdirSync(path, { recursive: true });
  for (const path of [join(origin, "PLAN.md"), join(origin, "IGNORED.md"), join(cwd, "PLAN.md")])
    writeFileSync(path, "x");
  const proposal = { top: users, worktree } as Proposal;
  const worktrees = {
    folder: join(root, "trees"),
    findByPath: (path: string) => (path.startsWith(worktree) ? proposal : undefined),
  };
  const place = (files: HandoffFiles, at = cwd, readsOrigin = false) =>
    placeFiles(files, at, { worktrees, readsOrigin });
  // The first turn is placed before its worktree is made, and stays as it is there.
  const asked = { read: "IGNORED.md", write: join(origin, "RESULT.md") };
  const first = place(asked, origin);
  expect(first).toEqual({ read: "IGNORED.md", from: origin, write: "RESULT.md" });
  expect(place(first)).toEqual(first);
  // The next attempt, another agent and a job that goes on have the call itself.
  expect(place(asked)).toEqual(first);
  expect(place({ read: join(origin, "PLAN.md") }).from).toBe(origin);
  expect(place({ read: "PLAN.md" }).from).toBe(cwd);
  expect(place({ read: "PLAN.md" }, cwd, true).from).toBe(origin);
  expect(place({ read: join(worktree, "PLAN.md"), write: join(cwd, "a.md") })).toMatchObject({
    from: cwd,
    write: "a.md",
  });
  // A link to the user's tree is the user's tree; what is in neither tree stays outside.
  symlinkSync(users, join(root, "link"));
  expect(place({ write: join(root, "link", "app", "a.md") }).write).toBe("a.md");
  for (const write of [join(users, "a.md"), join(root, "a.md"), join(origin, "b", "..", "..", "a.md")]) {
    expect(() => resolveWrite(place({ write }).write ?? "", cwd), write).toThrow("outside the thread's directory");
  }
});
