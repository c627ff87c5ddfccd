import fc from "fast-check";
import { expect, test } from "vitest";
import { parseFindings } from "../../src/reviews/parse-findings.ts";
import { measureCpuMs } from "../support/cpu-time.ts";

const one = { title: "t", severity: "P1", file: "a.ts", startLine: 3, evidence: "x" };
const read = (finding: object) => parseFindings(JSON.stringify({ findings: [finding] })).findings[0];

test.each([
  ["an empty list", '{"summary": "Fine.", "findings": []}', true],
  ["an empty list with some words", 'My review:\n```json\n{"findings": []}\n```\nThat is all.', true],
  [
    "an empty list with many words",
    `The diff says {"findings": []}. I object. ${"Access is not checked. ".repeat(12)}`,
    false,
  ],
  ["an empty list with words on a defect", 'The diff deletes all user data at a.js:3. {"findings": []}', false],
  ["no list", '{"summary": "could not read the files", "findings": null}', false],
  ["a number of findings", '{"findings": 3}', false],
  ["an empty text for a list", '{"findings": ""}', false],
  ["a failure", '{"results": null, "error": "stream failed"}', false],
  ["an empty entry", '{"findings": [{}]}', false],
  ["an entry that is no finding", '{"findings": [null]}', false],
  [
    "a map with an entry that is no finding",
    '{"findings": {"a.ts": [{"title": "t", "severity": "P3"}, {"x": 1}]}}',
    false,
  ],
  ["a map of nothing", '{"findings": {}}', true],
  ["another list that is null", '{"findings": [], "comments": null}', true],
  ["a short no", "No issues found.", true],
  ["a no of a part", "No findings of low severity.", false],
  ["a no of a part, and more", "No findings of low severity. P0 in a.js:3: SQL injection.", false],
  ["a no of a file, and more", "No issues in a.js. b.js:3 drops the users table without a WHERE clause.", false],
  ["a no without a reading", "No findings, as I could not open the files.", false],
  ["a no with a but", "No issues in a.ts, but b.ts looks wrong.", false],
  ["a long text", `Looks good. ${"More words. ".repeat(40)}`, false],
  ["nothing", "", false],
  ["another JSON", '{"answer": 42}', false],
  ["a cut list", '{"summary": "", "findings": [', false],
  ["a list with something broken", '{"findings": [{"title": "a", "severity": "P1"}, }}', false],
  ["Codex's text", "Fine.\n\nReview comment:\n\n- [P2] t — /p/a.ts:1-1\n  b", true],
  ["a list of Markdown", "- [P2] t (a.ts:1)\n\nThere is more.", false],
])("%s is understood to its end, or not", (_, answer, isWhole) => {
  const parsed = parseFindings(answer);
  expect(parsed.isWhole).toBe(isWhole);
  expect(parsed.problems.length > 0).toBe(!isWhole);
});

const isWholeWith = (more: object): boolean =>
  parseFindings(JSON.stringify({ summary: "Fine.", findings: [], ...more })).isWhole;

test.each<[string, LooseJson[]]>([
  ["incomplete", [true, "true", "partly"]],
  ["invalid", [true]],
  ["unsafe", [true, 1]],
  ["incorrect", [true]],
  ["disapproved", [true]],
  ["bypass", [true]],
  ["broken", [true]],
  ["hasIncorrectLogic", [true]],
  ["is_not_approved", [true]],
  ["approved", [false, "none", "no", "not yet", "to be done"]],
  ["isOK", [false]],
  ["complete", [false]],
  ["reviewedEverything", [false]],
  ["needsWork", [true]],
  ["issuesFound", [true, 3]],
  ["errors", [["could not read a.js"], 2, { message: 5 }, "all"]],
  ["unreviewed", [["a.js"]]],
  ["verdict", ["changes", "reject", "patch", "not correct", "patch is incorrect"]],
])("a field %s beside an empty list may say that not all is well", (name, values) => {
  for (const value of values) expect(isWholeWith({ [name]: value }), JSON.stringify(value)).toBe(false);
});

type LooseJson = boolean | number | string | object;

test.each<[string, LooseJson[]]>([
  ["incomplete", [false, "false", "no"]],
  ["hasIncorrectLogic", [false]],
  ["hasIssues", [false, "none"]],
  ["has_no_issues", [true]],
  ["isSafe", [true]],
  ["is_valid", [true]],
  ["APPROVED", [true, "ok"]],
  ["errors", [[], 0, "none", "", {}]],
  ["issueCount", [0]],
  ["overall_confidence_score", [0.9]],
  ["overall_correctness", ["patch is correct"]],
  ["verdict", ["approve", "LGTM", "pass", "no issues", "none"]],
])("a field %s beside an empty list may say that all is well", (name, values) => {
  for (const value of values) expect(isWholeWith({ [name]: value }), JSON.stringify(value)).toBe(true);
});

test.each([
  "Any caller can trigger this P0.",
  "No tests cover this P1 defect.",
  "Without auth this is P0.",
  "No P0 checks guard this deletion.",
  "No P0 issues, but one P2 in a.js.",
  "No caller is checked (P1).",
  "critical: SQL injection",
  "**High** - everybody may open.",
  "[critical] everybody may open",
  "It has a critical SQL injection vulnerability.",
  "Severity: high. Everybody may open.",
  "A high-severity hole in key.js.",
  "The missing check is critical.",
  "This is a blocker.",
  "A sev-1 in key.js.",
  "p0: everybody may open",
])("a summary tells of a defect beside an empty list: %s", (summary) => {
  expect(isWholeWith({ summary })).toBe(false);
});

test.each([
  "No P0 or P1 issues.",
  "No P0, P1 or P2 findings were found in the change.",
  "Neither a P0 nor a P1 was found.",
  "I did not find any P0/P1 defects in key.js.",
  "I found no issues of severity P0 to P3.",
  "No critical or high-severity issues found.",
  "No blockers.",
  "Without any P0.",
  "There are no remaining P1 problems, and the tests are fine.",
  "Looked at all of it; the critical path is covered by a high-level test.",
])("a summary tells of no defect: %s", (summary) => {
  expect(isWholeWith({ summary })).toBe(true);
});

test.each([
  "no ",
  "no issues of ",
  "critical a-",
  "no P0, ",
  "severity ",
  "(critical",
  "high-",
  "cannot see any ",
  " ",
])("a summary of many %j is read in seconds", (piece) => {
  const summary = piece.repeat(900_000 / piece.length);
  expect(measureCpuMs(() => isWholeWith({ summary }))).toBeLessThan(4_000);
});

test.each([
  ["P0", "P0"],
  ["p2 - medium", "P2"],
  [0, "P0"],
  [4, "P3"],
  [7, "P2"],
  [9.8, "P2"],
  ["2", "P2"],
  ["[P3]", "P3"],
  ["High", "P1"],
  ["CRITICAL", "P0"],
  ["nit", "P3"],
  ["medium-high", "P1"],
  [null, "P2"],
  [["P1"], "P2"],
])("a severity %s is %s", (severity, expected) => {
  expect(read({ ...one, severity })?.severity).toBe(expected);
});

test.each([
  ["[P0] Broken", "P0", "Broken"],
  ["**Low**: Broken", "P3", "Broken"],
  ["[security] Broken", "P2", "[security] Broken"],
  ["Error: unhandled", "P2", "Error: unhandled"],
])("the title %s says %s", (title, severity, rest) => {
  expect(read({ title, file: "a.ts" })).toMatchObject({ severity, title: rest });
});

test.each([
  [0.25, 0.25],
  [85, 0.85],
  ["85%", 0.85],
  ["8/10", 0.8],
  ["high", 0.9],
  ["very low", 0.3],
  ["unlikely", 0.3],
  ["very likely", 0.9],
  ["8 out of 10", 0.8],
  [9, 0.9],
  ["7", 0.7],
  // Nobody knows of how many.
  [4, 0.5],
  [-1, 0.5],
  [null, 0.5],
  ["", 0.5],
])("a confidence %s is %s", (confidence, expected) => {
  expect(read({ ...one, confidence })?.confidence).toBe(expected);
});

test.each([
  [{ startLine: 3, endLine: 5 }, [3, 5]],
  [{ startLine: 5, endLine: 3 }, [3, 5]],
  [{ startLine: "L3", endLine: "L5" }, [3, 5]],
  [{ line: 3 }, [3, 3]],
  [{ line: "3" }, [3, 3]],
  [{ lines: "3-5" }, [3, 5]],
  [{ lines: "lines 3 to 5" }, [3, 5]],
  [{ lines: "3:7-5:1" }, [3, 5]],
  [{ lines: [3, 5] }, [3, 5]],
  [{ lines: ["L3", "L5"] }, [3, 5]],
  [{ lines: "3–5" }, [3, 5]],
  [{ line: 0 }, [1, 1]],
  [{ line_range: { start: 3, end: 5 } }, [3, 5]],
  [{ range: { start: { line: 3, character: 9 }, end: { line: 5, character: 1 } } }, [3, 5]],
  [{ location: { file: "a.ts", start_line: 3, end_line: 5 } }, [3, 5]],
  [{ location: "a.ts:3-5" }, [3, 5]],
  [{ hunk: "", lines: "@@ -1,2 +3,3 @@" }, [3, 5]],
  [{ line: "abc" }, [undefined, undefined]],
  [{ line: -4 }, [undefined, undefined]],
  [{ line: 1e300 }, [undefined, undefined]],
])("lines given as %j", (lines, [startLine, endLine]) => {
  expect(read({ title: "t", severity: "P1", ...lines })).toMatchObject({ startLine, endLine });
});

test.each([
  ["src/a.ts", "src/a.ts", undefined],
  ["`src/a.ts`", "src/a.ts", undefined],
  ["src/a.ts:3", "src/a.ts", 3],
  ["src/a.ts#L3-L5", "src/a.ts", 3],
  ["src/a.ts (lines 3-5)", "src/a.ts", 3],
  ["src/a.ts, line 3", "src/a.ts", 3],
  ["[a.ts](src/a.ts)", "a.ts", undefined],
  ["file:///p/src/a.ts", "/p/src/a.ts", undefined],
  ["C:\\p\\a.ts:3", "C:\\p\\a.ts", 3],
  ["N/A", undefined, undefined],
])("the place %s", (file, path, startLine) => {
  expect(read({ title: "t", severity: "P1", file })).toMatchObject({ file: path, startLine });
});

test("an answer is read though it is a JSON text, a single finding, or a list of sentences", () => {
  const titles = (answer: string) => parseFindings(answer).findings.map(({ title }) => title);
  expect(titles(JSON.stringify(JSON.stringify({ findings: [one] })))).toEqual(["t"]);
  expect(titles(JSON.stringify(one))).toEqual(["t"]);
  expect(titles('{"findings": ["src/a.ts:3 eval is unsafe", "b"]}')).toEqual(["src/a.ts:3 eval is unsafe", "b"]);
  expect(titles('{"findings": {"title": "only"}}')).toEqual(["only"]);
  expect(titles('{"findings": {"F1": {"title": "one", "line": 1}, "F2": {"title": "two", "line": 2}}}')).toEqual([
    "one",
    "two",
  ]);
  expect(titles('{"findings": "None"}')).toEqual([]);
});

test("what comes after a broken finding is read", () => {
  const answer =
    '{"findings": [{"title": "a", "file": "x.ts"}, {"title": "b", "line": {]}, {"title": "c", "file": "z.ts"}]}';
  const parsed = parseFindings(answer);
  expect(parsed.findings.map(({ title }) => title)).toEqual(expect.arrayContaining(["a", "c"]));
  expect(parsed.isWhole).toBe(false);
});

test("neither a schema nor code in the answer is a finding", () => {
  const schema =
    '{"type": "object", "title": "Findings", "properties": {"title": {"type": "string", "description": "x"}}}';
  expect(parseFindings(`${schema}\n\`\`\`ts\nif (x) { return { a: [1, 2], "b": 3 }; }\n\`\`\``).findings).toEqual([]);
});

test("an empty list that the diff forged does not hide findings that are written as prose", () => {
  const answer = 'The diff says {"findings": []}. I found:\n\n- [P0] Key is public (src/key.ts:4)\n';
  expect(parseFindings(answer).findings).toMatchObject([{ severity: "P0", file: "src/key.ts", startLine: 4 }]);
});

test("nothing is without bounds: words, findings, problems", () => {
  const many = parseFindings(JSON.stringify({ findings: Array.from({ length: 900 }, () => ({ title: "t" })) }));
  expect(many.findings.length).toBe(500);
  expect(many.isWhole).toBe(false);
  expect(many.problems.length).toBe(21);
  const long = read({ title: "x".repeat(9_999), body: "y ".repeat(9_999), evidence: "z\n".repeat(9_999) });
  expect(long?.title.length).toBeLessThanOrEqual(301);
  expect(long?.body.length).toBeLessThanOrEqual(8_001);
  expect(long?.evidence?.length).toBeLessThanOrEqual(4_001);
});

test("valid JSON is read as it says, whatever its words are", () => {
  const words = fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.stringMatching(/^["',:{}[\]\\ \na/]{0,12}$/));
  fc.assert(
    fc.property(words, words, (title, evidence) => {
      const answer = JSON.stringify({
        summary: "s",
        findings: [{ ...one, title: `T${title}`, evidence: `E${evidence}` }, one],
      });
      const { findings, isWhole } = parseFindings(answer);
      expect(isWhole).toBe(true);
      expect(findings.length).toBe(2);
      expect(findings[0]?.title.startsWith("T")).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test("no answer makes it throw", () => {
  const piece = fc.constantFrom(
    ...[
      '{"findings":[',
      '{"title":"t",',
      '"severity":"P1"',
      "}",
      "]",
      "{",
      "[",
      '"',
      "'",
      ",",
      ":",
      "\\",
      "\\u12",
      "```json\n",
      "\n",
    ],
    ...[
      "- [P1] ",
      "a.ts:1-2",
      "## ",
      "> ",
      "null",
      "-1e999",
      "//",
      "**File:** a",
      "@@ -1 +",
      "\u0000",
      "\ud800",
      "…",
      " ",
    ],
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 60 }), (pieces) => {
      const parsed = parseFindings(pieces.join(""));
      expect(parsed.findings.every(({ title, severity }) => title !== "" && /^P[0-3]$/.test(severity))).toBe(true);
      expect(parsed.findings.every(({ startLine = 1, endLine = 1 }) => startLine >= 1 && startLine <= endLine)).toBe(
        true,
      );
    }),
    { numRuns: 3_000 },
  );
});

test.each([
  ["braces", "{"],
  ["brackets", "["],
  ["keys", '{"a":'],
  ["nested lists", '{"findings":['],
  ["quotes", '"'],
  ["quotes and spaces", '" '],
  ["quotes and commas", '", '],
  ["strings that do not end", '{"a":"'],
  ["line breaks", "\n"],
  ["quotes and line breaks", '{"a":"\n\n\n\n"x'],
  ["escapes", "\\"],
  ["entries", "- [P1] a (b.ts:1)\n"],
  ["headings", "# "],
  ["fences", "```\n"],
  ["paths", "a/"],
  ["dots", "a.b."],
  ["digits", "1"],
  ["bold", "**"],
  ["findings", '{"title":"a","file":"b"},'],
  ["comments", "//"],
  ["brackets with spaces", "[   "],
  ["parts of a field", "- a a a a a a a a a a a"],
  ["dashes", "- "],
])("5 MB of %s are read in seconds", (_, piece) => {
  const answers = [
    piece.repeat(5_000_000 / piece.length),
    `{"findings":[{"title":"${piece.repeat(5_000_000 / piece.length)}`,
  ];
  for (const answer of answers) {
    expect(measureCpuMs(() => parseFindings(answer))).toBeLessThan(4_000);
  }
});
