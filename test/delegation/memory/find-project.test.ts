// Where the root of the machine is a repository. A test cannot make it one, so the file system says that it is.
import { expect, test, vi } from "vitest";
import { findProject } from "../../../src/delegation/memory/find-project.ts";

vi.mock("node:fs", async (load) => {
  const fs = await load<typeof import("node:fs")>();
  const lstatSync = (path: string, options: { throwIfNoEntry: false }) =>
    fs.lstatSync(path === "/.git" ? "/" : path, options);
  return { ...fs, lstatSync };
});

test("a repository at the root is the project of the folders in it, unless the root is the home folder", () => {
  expect(findProject("/nowhere/deep", "/elsewhere")).toBe("/");
  expect(findProject("/nowhere/deep", "/")).toBe("/nowhere/deep");
  expect(findProject("/", "/")).toBe("/");
});
