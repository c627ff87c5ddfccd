import fc from "fast-check";
import { expect, test } from "vitest";
import { checkEvidence } from "../../src/reviews/check-evidence.ts";
import type { RawFinding } from "../../src/reviews/finding.ts";
import type { ReviewedFile } from "../../src/reviews/target.ts";
import { measureCpuMsOf } from "../support/cpu-time.ts";

const NEW = `import { a } from "b";\r

export function first(input: string): number {
\tif (input === "") {
\t\treturn 0;
\t}
\tconst length = input.length;   // größe – 日本語
\treturn length;
}

export function second(input: string): number {
  const length = input.trim().length;
  i += 2;
  return length;
}
${"\n".repeat(20)}const repeated = 1 + 1;
${"\n".repeat(20)}const repeated = 1 + 1;
const onlyHere = compute({ ...options }, "x");
`;
const OLD = 'import { a } from "b";\n\ncheckAccess(user);\nconst kept = 1;\n';
const DIFF = `--- a/src/a.ts
+++ b/src/a.ts
@@ -1,4 +1,4 @@
 import { a } from "b";
 
-checkAccess(user);
 const kept = 1;
`;
const files: ReviewedFile[] = [
  { path: "src/a.ts", kind: "update", diff: DIFF },
  { path: "src/b/c.ts", from: "src/old.ts", kind: "rename", diff: "" },
  {
    path: "gone.ts",
    kind: "delete",
    diff: "--- a/gone.ts\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-export const gone = true;\n",
  },
];
const texts = new Map([
  ["src/a.ts", NEW],
  ["src/b/c.ts", "export const other = whatever();\n"],
  ["not/reviewed.ts", "export const other = whatever();\n"],
]);
const old = new Map([
  ["src/a.ts", OLD],
  ["gone.ts", "export const gone = true;\n"],
]);
const material = {
  top: "/p",
  files,
  leftOut: [{ path: "big.ts", reason: "r", isMissed: true }],
  readReviewed: async (path: string) => {
    if (path === "src/broken.ts") throw new Error("EIO");
    return texts.get(path);
  },
  readBefore: async (path: string) => old.get(path),
};
const check = async (finding: Partial<RawFinding>, more: Partial<typeof material> = {}) => {
  const raw: RawFinding = { severity: "P1", title: "t", body: "", confidence: 1, file: "src/a.ts", ...finding };
  const [checked] = await checkEvidence([raw], { ...material, ...more });
  return checked;
};

test.each([
  ["as it is", "export function first(input: string): number {", 3],
  ["other white space", '  if   (input  ===  "")  {', 4],
  ["CRLF", 'import { a } from "b";\r\n', 1],
  ["several lines", 'if (input === "") {\n    return 0;\n}', 4],
  ["several lines as one", 'if (input === "") { return 0; }', 4],
  ["a part of a line", "input.trim().length", 12],
  ["letters of any alphabet", "// größe – 日本語", 7],
  ["letters composed otherwise", "// gro\u0308ße – 日本語".normalize("NFD"), 7],
  ["marks of a diff", "+\tconst length = input.length;", 7],
  [
    "both sides of a diff",
    "-\tconst length = 1;\n+\tconst length = input.length; // größe – 日本語\n \treturn length;",
    7,
  ],
  ["line numbers", "12: const length = input.trim().length;\n13: i += 2;", 12],
  ["dots between", "export function second(input: string) ... return length;", 11],
  ["dots for lines", "export function second(input: string): number {\n  // ...\n  return length;\n}", 11],
  ["dots that are code", "compute({ ...options }", 58],
])("a quote with %s stands", async (_, evidence, line) => {
  expect(await check({ evidence, startLine: line })).toMatchObject({ isVerified: true, startLine: line });
});

test.each([
  ["nothing", undefined, "it quotes no line"],
  ["a bracket", "}", "its quote is too short to prove anything"],
  ["words that are everywhere", "return null;", "its quote is too short to prove anything"],
  ["only dots", "...", "its quote is too short to prove anything"],
  ["another line", "const length = output.length;", "what it quotes does not stand in the file"],
  ["a part of a word", "unction first(input", "what it quotes does not stand in the file"],
  [
    "lines in another order",
    "return length;\nconst length = input.length;",
    "what it quotes does not stand in the file",
  ],
  ["dots around what is not there", "export function ... output", "what it quotes does not stand in the file"],
  ["common words with dots between", "if (...) { ... }", "its quote is too short to prove anything"],
  ["dots and a place far away", "const onlyHere = ... options", "what it quotes does not stand in the file"],
  ["dots that are near by chance", "return ... first", "its quote is too short to prove anything"],
  [
    "a line of another file",
    "export const other = whatever();",
    "what it quotes stands in src/b/c.ts:1, not in its file",
  ],
  [
    "a line at several places",
    "const repeated = 1 + 1;",
    "its quote stands at 2 places (lines 36, 57), none of them near line 3",
  ],
  [
    "a removed line",
    "checkAccess(user);",
    "its quote stands only in lines that the change removes, and the finding is not about a removal",
  ],
])("a quote of %s does not", async (_, evidence, why) => {
  expect(await check({ evidence, startLine: 3 })).toMatchObject({ isVerified: false, why, startLine: 3 });
});

test("a few lines of drift are corrected and told, and so is another place in the file", async () => {
  const evidence = "const length = input.trim().length;";
  const drifted = await check({ evidence, startLine: 8, endLine: 9 });
  expect(drifted).toMatchObject({
    isVerified: true,
    startLine: 12,
    endLine: 12,
    note: "it stands at line 12; not at lines 8-9",
  });
  const moved = await check({ evidence: 'const onlyHere = compute({ ...options }, "x");', startLine: 3 });
  expect(moved).toMatchObject({ isVerified: true, startLine: 58, note: "it stands at line 58; not at line 3" });
  expect(await check({ evidence })).toMatchObject({
    isVerified: true,
    startLine: 12,
    note: "it stands at line 12; no line was given",
  });
  expect(await check({ evidence: "const repeated = 1 + 1;" })).toMatchObject({ isVerified: false });
  expect(await check({ evidence: "const repeated = 1 + 1;", startLine: 55 })).toMatchObject({
    startLine: 57,
    isVerified: true,
  });
});

test("a range of a whole file is narrowed to the quote", async () => {
  const checked = await check({ evidence: "const length = input.trim().length;", startLine: 1, endLine: 900 });
  expect(checked).toMatchObject({
    startLine: 12,
    endLine: 12,
    isVerified: true,
    note: expect.stringContaining("narrowed"),
  });
});

test("a short quote counts only as the whole line, where it is said to be", async () => {
  expect(await check({ evidence: "i += 2;", startLine: 13 })).toMatchObject({ isVerified: true });
  expect(await check({ evidence: "i += 2;", startLine: 12 })).toMatchObject({ isVerified: false });
  expect(await check({ evidence: "i += 2;" })).toMatchObject({ isVerified: false });
});

test("removed lines count if the finding is about a removal, by its flag or its words", async () => {
  const expected = {
    isVerified: true,
    startLine: 3,
    isAboutRemoval: true,
    note: expect.stringContaining("before the change"),
  };
  const evidence = "checkAccess(user);";
  expect(await check({ evidence, startLine: 3, isAboutRemoval: true })).toMatchObject(expected);
  expect(await check({ evidence: `-${evidence}`, startLine: 3, title: "The access check was removed" })).toMatchObject(
    expected,
  );
  expect(await check({ evidence: "const kept = 1;", startLine: 4, isAboutRemoval: true })).toMatchObject({
    isVerified: false,
  });
  expect(await check({ file: "gone.ts", evidence: "export const gone = true;", startLine: 1 })).toMatchObject({
    isVerified: true,
  });
});

test.each([
  ["src/a.ts", "src/a.ts"],
  ["a/src/a.ts", "src/a.ts"],
  ["./src//a.ts", "src/a.ts"],
  ["src\\a.ts", "src/a.ts"],
  ["/p/src/a.ts", "src/a.ts"],
  ["/other/worktree/src/a.ts", "src/a.ts"],
  ["a.ts", "src/a.ts"],
])("the path %s is %s", async (file, path) => {
  expect(await check({ file, evidence: 'if (input === "") {', startLine: 4 })).toMatchObject({
    file: path,
    isVerified: true,
  });
});

test.each([
  ["not/reviewed.ts", "its file is not among the reviewed ones"],
  ["../p/../../etc/passwd", "its file is not among the reviewed ones"],
  ["big.ts", "its file was left out of the review"],
  [undefined, "it names no file"],
])("a finding in %s is not verified", async (file, why) => {
  expect(await check({ file, evidence: "export const other = whatever();", startLine: 1 })).toMatchObject({
    isVerified: false,
    why,
  });
});

test("the old path of a renamed file means the new one; the only file need not be named", async () => {
  const evidence = "export const other = whatever();";
  expect(await check({ file: "src/old.ts", evidence, startLine: 1 })).toMatchObject({
    file: "src/b/c.ts",
    isVerified: true,
  });
  const only = {
    files: [{ path: "text", kind: "whole", diff: evidence } as const],
    readReviewed: async () => evidence,
  };
  expect(await check({ file: undefined, evidence }, only)).toMatchObject({
    file: "text",
    startLine: 1,
    isVerified: true,
  });
});

test("a file that cannot be read proves nothing", async () => {
  const broken = { files: [{ path: "src/broken.ts", kind: "add", diff: "" } as const] };
  expect(await check({ file: "src/broken.ts", evidence: "anything at all" }, broken)).toMatchObject({
    isVerified: false,
    why: "its file could not be read",
  });
});

test("code in the words of a finding counts at its lines alone", async () => {
  const body = "`const length = input.length;` is wrong";
  expect(await check({ body, startLine: 7 })).toMatchObject({
    isVerified: true,
    evidence: "const length = input.length;",
  });
  expect(await check({ body, startLine: 9 })).toMatchObject({ isVerified: false, why: "it quotes no line" });
});

test("any line of a file stands where it is, and what was not in it does not", () => {
  const line = fc.stringMatching(/^[a-z]{4,9} = [a-z]{4,9}\([a-z]{1,5}\);$/);
  return fc.assert(
    fc.asyncProperty(fc.uniqueArray(line, { minLength: 2, maxLength: 40 }), fc.nat(), async (lines, seed) => {
      const [absent, ...present] = lines;
      const at = seed % present.length;
      const more = { readReviewed: async () => present.join("\n") };
      expect(await check({ evidence: present[at], startLine: at + 1 }, more)).toMatchObject({
        isVerified: true,
        startLine: at + 1,
      });
      expect(await check({ evidence: absent, startLine: at + 1 }, more)).toMatchObject({ isVerified: false });
    }),
    { numRuns: 300 },
  );
});

test.each([
  ["one letter", "a", "a".repeat(4_000)],
  ["one word", "word ", "word word word word x"],
  ["dots", "a b c d ", "a b c d ... b c d e ... zzzz"],
  ["line breaks", "aaaaaaaa\n", "aaaaaaaa\naaaaaaaa\nbbbbbbbb"],
])("a large file of %s takes no long time", async (_, piece, evidence) => {
  const more = { readReviewed: async () => piece.repeat(1_000_000 / piece.length) };
  expect(await measureCpuMsOf(() => check({ evidence, startLine: 1 }, more))).toBeLessThan(3_000);
});
