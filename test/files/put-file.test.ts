import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, vi } from "vitest";
import { PathTakenError, putFile } from "../../src/files/put-file.ts";
import { test } from "../support/fixture.ts";

vi.mock("node:fs", async (original) => {
  const real = await original<typeof import("node:fs")>();
  return { ...real, linkSync: vi.fn(real.linkSync) };
});

const put = (folder: string, replaces = false) => putFile("new", { folder, name: "file", mode: 0o600, replaces });

/** As a file system that has no hard links answers. */
const withoutLinks = () =>
  vi.mocked(linkSync).mockImplementationOnce(() => {
    throw Object.assign(new Error("no links"), { code: "EPERM" });
  });

test("without hard links a new file is written", ({ folder }) => {
  withoutLinks();
  put(folder);
  expect(readdirSync(folder)).toEqual(["file"]);
  expect(readFileSync(join(folder, "file"), "utf8")).toBe("new");
});

test("a file that comes at the last moment stays, with hard links and without", ({ folder }) => {
  const path = join(folder, "file");
  for (const fails of [false, true]) {
    vi.mocked(linkSync).mockImplementationOnce(() => {
      writeFileSync(path, "theirs");
      throw Object.assign(new Error("late"), { code: fails ? "EPERM" : "EEXIST" });
    });
    expect(() => put(folder)).toThrow(PathTakenError);
    expect(readFileSync(path, "utf8")).toBe("theirs");
    expect(readdirSync(folder)).toEqual(["file"]);
  }
});

test("a folder that is a link, or lies behind one, is not written to", ({ folder }) => {
  const [real, link] = [join(folder, "real"), join(folder, "link")];
  mkdirSync(join(real, "sub"), { recursive: true });
  symlinkSync(real, link);
  expect(() => put(link)).toThrow();
  expect(() => put(join(link, "sub"))).toThrow(PathTakenError);
  expect(existsSync(join(real, "sub/file"))).toBe(false);
});
