import { expect, test } from "vitest";
import { numberDiff, numberText } from "../../../src/delegation/reviews/number-lines.ts";

test("a diff has the new number of lines that are there, and the old one of those that are gone", () => {
  const diff = [
    "diff --git a/x b/x",
    "index 1..2 100644",
    "--- a/x",
    "+++ b/x",
    "@@ -9,3 +9,4 @@ function f() {",
    " before",
    "-gone",
    "+one",
    "+two",
    " after",
    "@@ -100 +101 @@",
    "-old",
    "\\ No newline at end of file",
    "+new",
    "",
  ].join("\n");
  expect(numberDiff(diff).split("\n")).toEqual([
    "@@ -9,3 +9,4 @@ function f() {",
    "     9  before",
    "    10 -gone",
    "    10 +one",
    "    11 +two",
    "    12  after",
    "@@ -100 +101 @@",
    "   100 -old",
    "       \\ No newline at end of file",
    "   101 +new",
  ]);
});

test("content that looks like the head of a hunk or of a file is content", () => {
  const diff = "--- a/x\n+++ b/x\n@@ -1,2 +1,3 @@\n @@ -500 +500 @@\n+@@ -1 +1 @@\n--- a/y\n++++ b/y\n";
  expect(numberDiff(diff).split("\n")).toEqual([
    "@@ -1,2 +1,3 @@",
    "     1  @@ -500 +500 @@",
    "     2 +@@ -1 +1 @@",
    "     2 --- a/y",
    "     3 ++++ b/y",
  ]);
});

test("what has no hunk keeps its words", () => {
  expect(numberDiff("diff --git a/x b/x\nold mode 100644\nnew mode 100755\n")).toBe("old mode 100644\nnew mode 100755");
});

test("a text is numbered from 1", () => {
  expect(numberText("a\n\nb\n")).toBe("     1  a\n     2  \n     3  b");
});
