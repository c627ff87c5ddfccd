import fc from "fast-check";
import { expect, test } from "vitest";
import { splitMaterial } from "../../src/reviews/split-material.ts";
import type { ReviewedFile } from "../../src/reviews/target.ts";

const file = (path: string, characters: number): ReviewedFile => ({
  path,
  kind: "update",
  diff: "x\n".repeat(characters / 2),
});
const split = (files: ReviewedFile[], maxCharacters: number, maxPasses: number) => {
  const { passes, leftOut } = splitMaterial(files, { maxCharacters, maxPasses });
  return { passes: passes.map((files) => files.map(({ path }) => path)), leftOut };
};

test("what fits is one pass, and nothing is no pass", () => {
  expect(split([file("b", 10), file("a/c", 10)], 20, 4)).toEqual({ passes: [["b", "a/c"]], leftOut: [] });
  expect(split([], 20, 4)).toEqual({ passes: [], leftOut: [] });
});

test("files of one folder stay together", () => {
  const files = [file("a/1", 40), file("b/1", 40), file("a/2", 40), file("b/2", 40), file("c/1", 20)];
  expect(split(files, 100, 2).passes).toEqual([
    ["a/1", "a/2", "c/1"],
    ["b/1", "b/2"],
  ]);
});

test("a folder that is too large for a pass is divided", () => {
  expect(split([file("a/1", 60), file("a/2", 60)], 100, 2).passes).toEqual([["a/1"], ["a/2"]]);
});

test("what has no room is listed with the reason, lock files and generated ones first", () => {
  const files = [file("package-lock.json", 60), file("src/a.ts", 60), file("src/b.ts", 60), file("src/c.ts", 200)];
  expect(split(files, 100, 2)).toEqual({
    passes: [["src/a.ts"], ["src/b.ts"]],
    leftOut: [
      { path: "src/c.ts", reason: "its 200 characters are more than one pass holds (100)", isMissed: true },
      { path: "package-lock.json", reason: "it is a lock file, and 2 passes have no more room", isMissed: false },
    ],
  });
});

// What runs is missed, whoever wrote it.
test.each([
  ["yarn.lock", "is a lock file", false],
  ["a/go.sum", "is a lock file", false],
  ["dist/table.csv", "is generated", false],
  ["dist/main.js", "is generated", true],
  ["app.min.js", "is generated", true],
  ["src/distance.ts", undefined, true],
  ["src/admin.js", undefined, true],
])("%s %s", (path, why, isMissed) => {
  const [leftOut] = splitMaterial([file(path, 10)], { maxCharacters: 4, maxPasses: 1 }).leftOut;
  expect(leftOut?.isMissed).toBe(isMissed);
  expect(leftOut?.reason.startsWith(`it ${why}, and `)).toBe(why !== undefined);
});

test("a file with a line of thousands of characters is read last", () => {
  const minified = { path: "lib/a.js", kind: "add", diff: `+${"x".repeat(3_000)}` } as const;
  expect(split([minified, file("src/b.ts", 3_000)], 4_000, 1).leftOut).toEqual([
    { path: "lib/a.js", reason: "it is minified, and 1 pass has no more room", isMissed: true },
  ]);
});

test("every file is in one pass or left out, and no pass is too large", () => {
  const anyFile = fc.record({ path: fc.stringMatching(/^[ab]\/[a-z]{1,3}$/), size: fc.nat(120) });
  fc.assert(
    fc.property(
      fc.uniqueArray(anyFile, { selector: ({ path }) => path, maxLength: 30 }),
      fc.integer({ min: 1, max: 4 }),
      (all, maxPasses) => {
        const files = all.map(({ path, size }) => ({ path, kind: "update", diff: "x".repeat(size) }) as const);
        const { passes, leftOut } = splitMaterial(files, { maxCharacters: 100, maxPasses });
        expect([...passes.flat().map(({ path }) => path), ...leftOut.map(({ path }) => path)].sort()).toEqual(
          files.map(({ path }) => path).sort(),
        );
        expect(passes.length).toBeLessThanOrEqual(maxPasses);
        for (const pass of passes) expect(pass.map(({ diff }) => diff).join("").length).toBeLessThanOrEqual(100);
      },
    ),
  );
});
