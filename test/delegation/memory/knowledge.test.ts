// The memory as tools use it, over the real local store.
import { execFileSync } from "node:child_process";
import { mkdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { findProject } from "../../../src/delegation/memory/find-project.ts";
import { createKnowledge } from "../../../src/delegation/memory/knowledge.ts";
import { pickLines } from "../../../src/delegation/memory/matching-lines.ts";
import { createSqliteMemory } from "../../../src/memory/sqlite/sqlite-memory.ts";
import { test } from "../../support/fixture.ts";

function open(folder: string, project = "/work/heron") {
  let failures = 1;
  let count = 0;
  const store = createSqliteMemory({
    path: join(folder, `memory.db`),
    clock: Date.now,
    newId: () => {
      count += 1;
      return `m-${project}-${count}`;
    },
  });
  return createKnowledge({
    open: async () => {
      failures -= 1;
      if (failures === 0) throw new Error("not yet");
      return store;
    },
    project,
    agent: "claude",
    redact: (text) => text,
  });
}

test("an entry is this project's unless it is the user's, and what failed to open is tried again", async ({
  folder,
}) => {
  const [here, there] = [open(folder), open(folder, "/work/tern")];
  for (const memory of [here, there]) await expect(memory.list({}, undefined, 1)).rejects.toThrow("not yet");
  const own = await here.store({ text: "gannet here", sessionId: "s", kind: "plan" });
  const shared = await here.store({ text: "gannet everywhere", scope: "user", kind: "pattern", agent: "codex" });
  expect([own.agent, shared.agent]).toEqual(["claude", "codex"]);
  const find = async (memory: typeof here, scope?: "project" | "user") =>
    (await memory.find({ queries: ["gannet"], limit: 9, scope })).hits.map(({ entry }) => entry.id).sort();
  expect(await find(here)).toEqual([own.id, shared.id].sort());
  expect(await find(here, "user")).toEqual([shared.id]);
  expect(await find(here, "project")).toEqual([own.id]);
  expect(await find(there)).toEqual([shared.id]);
  // An id that somebody has seen opens no other project.
  expect(await there.read([own.id, shared.id, "no"])).toMatchObject({
    entries: [{ id: shared.id }],
    missing: [own.id, "no"],
  });
  expect((await here.find({ queries: [], sessionId: "s", limit: 9 })).hits).toMatchObject([{ entry: { id: own.id } }]);
  expect(await here.find({ queries: [" "], sessionId: "unknown", limit: 9 })).toMatchObject({ hits: [], isWeak: true });
  for (const memory of [here, there]) await memory.close();
});

test("all work trees of a repository are one project, and a folder below it too", ({ folder: given }) => {
  const folder = realpathSync(given);
  const main = join(folder, "main");
  const git = (...args: string[]): void =>
    void execFileSync("git", ["-c", "user.name=x", "-c", "user.email=x@x", "-C", main, ...args], { stdio: "ignore" });
  mkdirSync(join(main, "a/b"), { recursive: true });
  git("init");
  git("commit", "--allow-empty", "-m", "x");
  git("worktree", "add", join(folder, "linked"));
  mkdirSync(join(folder, "linked/c"));
  for (const path of ["main", "main/a/b", "linked", "linked/c"]) expect(findProject(join(folder, path))).toBe(main);
  expect(findProject(folder)).toBe(folder);
});

test("a repository of the home folder makes no project of the folders in it", ({ folder: given }) => {
  const home = realpathSync(given);
  mkdirSync(join(home, ".git"));
  mkdirSync(join(home, "one/deep"), { recursive: true });
  mkdirSync(join(home, "two/.git"), { recursive: true });
  mkdirSync(join(home, "two/src"));
  expect(["one", "one/deep", "two", "two/src", ""].map((path) => findProject(join(home, path), home))).toEqual(
    ["one", "one/deep", "two", "two", "."].map((path) => join(home, path)),
  );
  expect(findProject(join(home, "one/deep"), "/elsewhere")).toBe(home);
});

test("the lines with what was asked for are shown, cut around it", () => {
  const text = `# Limits\n\nNothing here.\nThe rate limit is 30 a minute.\n${"filler ".repeat(100)}Größe limit ${"more ".repeat(100)}`;
  const lines = pickLines(text, ["rate", "limit", "grosse", "große"]);
  expect(lines).toHaveLength(3);
  expect(lines[1]).toBe("The rate limit is 30 a minute.");
  expect(lines[2]).toMatch(/^….*limit.*…$/);
  expect(pickLines(text, ["zebra"])).toEqual(["# Limits"]);
  expect(pickLines("", [])).toEqual([]);
});

test("a key in a question stays here: the store may be a server that logs it", async ({ folder }) => {
  const asked: unknown[] = [];
  const store = createSqliteMemory({ path: join(folder, "memory.db"), clock: Date.now, newId: () => "m-1" });
  const memory = createKnowledge({
    open: async () => ({
      ...store,
      search: (search) => {
        asked.push(search.queries);
        return store.search(search);
      },
    }),
    ...{ project: "/work/heron", agent: "claude", redact: (text) => text.replace("sk-4471", "[removed]") },
  });
  await memory.find({ queries: ["who uses sk-4471", " "], limit: 1 });
  expect(asked).toEqual([["who uses [removed]"]]);
  await memory.close();
});
