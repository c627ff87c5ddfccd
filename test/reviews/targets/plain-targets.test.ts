import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ReviewState } from "../../../src/reviews/target.ts";
import { readFilesTarget, readTextTarget } from "../../../src/reviews/targets/read-plain-target.ts";

const { signal } = new AbortController();
let top: string;
beforeEach(() => {
  top = realpathSync(mkdtempSync(join(tmpdir(), "codex-bridge-review-")));
  mkdirSync(join(top, "src"));
  writeFileSync(join(top, "src/a.ts"), "one\n");
  writeFileSync(join(top, "b.ts"), "two\n");
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

const read = (files: string[], since?: ReviewState, cwd = top) => readFilesTarget(files, top, { cwd, signal, since });

test("files are whole, by their paths from the top, each once", async () => {
  const material = read(["a.ts", join(top, "b.ts"), "../b.ts"], undefined, join(top, "src"));
  expect(material.files).toEqual([
    { path: "src/a.ts", kind: "whole", diff: "one\n" },
    { path: "b.ts", kind: "whole", diff: "two\n" },
  ]);
  expect(await material.readReviewed("b.ts")).toBe("two\n");
});

test("files that do not exist are an error; what is no text is left out", () => {
  expect(() => read(["src/a.ts", "nope.ts", "b.ts/c"])).toThrow("These files do not exist: nope.ts, b.ts/c.");
  writeFileSync(join(top, "x.bin"), Buffer.from([1, 0, 2]));
  writeFileSync(join(top, "large.ts"), "x".repeat(1_100_000));
  writeFileSync(join(top, "empty.ts"), "\n");
  const { files, leftOut } = read(["x.bin", "large.ts", "src", "empty.ts"]);
  expect(files).toEqual([]);
  expect(leftOut).toEqual([
    { path: "x.bin", reason: "it is binary", isMissed: false },
    { path: "large.ts", reason: "it is larger than 1 MB", isMissed: true },
    { path: "src", reason: "it is a folder or no ordinary file", isMissed: true },
  ]);
});

test("since an earlier review only files that changed", () => {
  const { state } = read(["src/a.ts", "b.ts"]);
  writeFileSync(join(top, "b.ts"), "three\n");
  expect(read(["src/a.ts", "b.ts"], state).files.map(({ path }) => path)).toEqual(["b.ts"]);
});

const readText = (text: string, files?: string[]) => readTextTarget({ text, files }, () => top, { cwd: top, signal });

test("a text is one file, and a blank one is none", async () => {
  const material = readText("A plan.\n");
  expect(material.files).toEqual([{ path: "text", kind: "whole", diff: "A plan.\n" }]);
  expect(await material.readReviewed("text")).toBe("A plan.\n");
  expect(readText(" \n").files).toEqual([]);
});

test("files may go with a text, and quotations are looked up in both", async () => {
  const material = readText("A plan.\n", ["src/a.ts"]);
  expect(material.files.map(({ path }) => path)).toEqual(["text", "src/a.ts"]);
  expect(material.what).toBe("a text of 8 characters, with 1 file that it is about");
  expect(await material.readReviewed("src/a.ts")).toBe("one\n");
  expect(() => readText("A plan.\n", ["nope.ts"])).toThrow("These files do not exist: nope.ts.");
});
