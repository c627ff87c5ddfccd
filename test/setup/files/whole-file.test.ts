// Files of somebody else: replaced whole, or left exactly as they are.
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readWholeFile, replaceWholeFile, type WholeFile } from "../../../src/setup/files/whole-file.ts";

let root: string;
let path: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "whole-file-"));
  path = join(root, "file.json");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const read = (): WholeFile => {
  const file = readWholeFile(path);
  if (file === undefined) throw new Error("not there");
  return file;
};

test("mode, byte order mark and line ends stay; no draft is left", () => {
  writeFileSync(path, "\ufeff{}\r\n");
  chmodSync(path, 0o640);
  expect(read().text).toBe("{}\r\n");
  replaceWholeFile(read(), "[]\r\n");
  expect(readFileSync(path, "utf8")).toBe("\ufeff[]\r\n");
  expect(statSync(path).mode & 0o777).toBe(0o640);
  expect(readdirSync(root)).toEqual(["file.json"]);
});

test("a link stays a link, to the changed file; one with a second name, which would keep the old text, stays", () => {
  mkdirSync(join(root, "real"));
  writeFileSync(join(root, "real/target.json"), "{}");
  symlinkSync("real/target.json", path);
  replaceWholeFile(read(), "[1]");
  expect(lstatSync(path).isSymbolicLink()).toBe(true);
  expect(readFileSync(join(root, "real/target.json"), "utf8")).toBe("[1]");
  linkSync(join(root, "real/target.json"), join(root, "second.json"));
  expect(() => replaceWholeFile(read(), "[2]")).toThrow("has a second name");
  expect(readFileSync(path, "utf8")).toBe("[1]");
});

test("a file that was changed meanwhile, or is read-only, stays", () => {
  writeFileSync(path, "{}");
  const file = read();
  writeFileSync(path, '{"theirs": 1}');
  expect(() => replaceWholeFile(file, "[]")).toThrow("was changed by another program meanwhile");
  expect(readFileSync(path, "utf8")).toBe('{"theirs": 1}');
  chmodSync(path, 0o444);
  expect(() => replaceWholeFile(read(), "[]")).toThrow("is read-only");
  expect(readdirSync(root)).toEqual(["file.json"]);
});

test("what is no text file is told", () => {
  expect(readWholeFile(path)).toBeUndefined();
  symlinkSync("nowhere", path);
  expect(() => readWholeFile(path)).toThrow("is a link whose target does not exist");
  rmSync(path);
  mkdirSync(path);
  expect(() => readWholeFile(path)).toThrow("is not a file");
  rmSync(path, { recursive: true });
  writeFileSync(path, Buffer.from([0x7b, 0xff, 0x7d]));
  expect(() => readWholeFile(path)).toThrow("is not UTF-8");
  expect(existsSync(path)).toBe(true);
});
