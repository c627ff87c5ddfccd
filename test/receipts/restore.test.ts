// A change of several files that cannot be finished: what was written is told, and nothing else is left.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { restoreFiles } from "../../src/receipts/restore.ts";
import type { RestoreStep } from "../../src/receipts/restore-plan.ts";
import { createGitProject, type GitProject } from "../support/git-project.ts";
import { openStaging } from "../support/receipts.ts";

let project: GitProject;
beforeEach(() => {
  project = createGitProject();
  for (const name of ["a", "b", "gone"]) project.write(name, "old\n");
});
afterEach(() => project.close());

const toState = (text: string) => ({
  mode: "100644",
  oid: createHash("sha1").update(`blob ${text.length}\0${text}`).digest("hex"),
});
const [OLD, NEW] = [toState("old\n"), toState("new\n")];
const STEPS: readonly RestoreStep[] = [
  { path: "gone", before: undefined, after: OLD },
  { path: "a", before: NEW, after: OLD },
  // No file system takes such a name.
  { path: "y".repeat(300), before: NEW, after: undefined },
  { path: "b", before: NEW, after: OLD },
];

async function restore(readContent: () => Promise<Buffer>) {
  const done: string[] = [];
  const { top } = project;
  const onDone = ({ path }: RestoreStep) => done.push(path);
  const staging = openStaging(project);
  await expect(restoreFiles({ top, steps: STEPS, forced: new Set(), readContent, staging, onDone })).rejects.toThrow();
  return done;
}

const list = () => readdirSync(project.top).filter((name) => name !== ".git");

test("where a file cannot be put in its place, those before it are written and told, and no draft is left", async () => {
  expect(await restore(async () => Buffer.from("new\n"))).toEqual(["gone", "a"]);
  expect(list()).toEqual(["a", "b"]);
  expect(["a", "b"].map((name) => readFileSync(join(project.top, name), "utf8"))).toEqual(["new\n", "old\n"]);
});

test("where a content is missing, nothing is written", async () => {
  expect(await restore(() => Promise.reject(new Error("missing")))).toEqual([]);
  expect(list()).toEqual(["a", "b", "gone"]);
});
