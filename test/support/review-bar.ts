// A change of 2,000 lines, and twenty answers of a model that reviewed it: each in another shape, most of them malformed, each with one finding whose
// quote stands where it says, and one whose quote does not.

import { createTwoFilesPatch } from "diff";
import type { ReviewedFile } from "../../src/reviews/target.ts";

const FILES = 20;
const LINES = 114;
/** Line of each file with the true finding. */
export const TRUE_LINE = 61;

/** Path of the n-th file. */
export const barPath = (n: number): string => `src/part${n % 5}/module${n}.ts`;

const toLine = (n: number, line: number, version: string): string => {
  if (line % 13 === 0) return "}";
  if (line % 13 === 1) return `export function run${n}x${line}(input: string): number {`;
  return `  const ${version}${n}x${line} = measure("${n}-${line}", input.length + ${line}); // ${n}/${line}`;
};

/** A file before (`old`) and after (`fresh`) the change: every fifth file is new. */
export function barText(n: number, version: "old" | "fresh"): string | undefined {
  if (version === "old" && n % 5 === 0) return undefined;
  return `${Array.from({ length: LINES }, (_, at) => toLine(n, at + 1, at % 13 < 6 ? "kept" : version)).join("\n")}\n`;
}

/** The quoted line of the true finding. */
export const trueQuote = (n: number): string => toLine(n, TRUE_LINE, "fresh").trim();

/** The files of the change, without git. */
export function barFiles(): ReviewedFile[] {
  return Array.from({ length: FILES }, (_, n) => {
    const [old, fresh] = [barText(n, "old"), barText(n, "fresh") ?? ""];
    const path = barPath(n);
    const diff = createTwoFilesPatch(`a/${path}`, `b/${path}`, old ?? "", fresh, undefined, undefined, { context: 3 });
    return { path, kind: old === undefined ? "add" : "update", diff } as const;
  });
}

/** An answer, and what should be made of it. */
export interface BarAnswer {
  readonly shape: string;
  readonly answer: string;
  readonly file: string;
}

const TOP = "/home/me/project";

/** The twenty answers. `top` is the folder of the project. */
export function barAnswers(top = TOP): BarAnswer[] {
  return SHAPES.map(([shape, write], n) => ({ shape, file: barPath(n), answer: write(toPart(n, top)) }));
}

interface Part {
  readonly n: number;
  readonly top: string;
  readonly file: string;
  readonly line: number;
  readonly quote: string;
  /** A quote that is wrong, each in its own way. */
  readonly wrong: string;
}

function toPart(n: number, top: string): Part {
  return { n, top, file: barPath(n), line: TRUE_LINE, quote: trueQuote(n), wrong: WRONG[n]?.(n) ?? "" };
}

const WRONG: readonly ((n: number) => string)[] = [
  () => "const secret = eval(input);",
  () => "}",
  (n) => trueQuote(n + 1),
  (n) => trueQuote(n).replace("input.length +", "input.length -"),
  (n) => toLine(n, TRUE_LINE, "old").trim(),
  (n) => trueQuote(n).toUpperCase(),
  (n) => `${trueQuote(n).slice(0, -1)}9`,
  (n) => `${trueQuote(n)}\nreturn 0;`,
  () => "   ",
  (n) => `${toLine(n, TRUE_LINE + 1, "fresh")}\n${trueQuote(n)}`,
  (n) => `const fresh${n}x${TRUE_LINE} = measure(...).unwrap()`,
  (n) => trueQuote(n).replace("const", "let"),
  (n) => trueQuote(n).replace("fresh", "freshly"),
  () => "return;",
  (n) => `resh${n}x${TRUE_LINE} = measure("${n}-${TRUE_LINE}", input.length`,
  (n) => trueQuote(n).replaceAll('"', "'"),
  () => "  else {\n  }",
  (n) => `+ ${trueQuote(n).replace("+ 61", "+ 62")}`,
  (n) => `61: ${trueQuote(n).replace("measure", "weigh")}`,
  (n) => trueQuote(n).replace("measure", "mea\u0301sure"),
];

const TRUE_TITLE = "Length is off by one";
const WRONG_TITLE = "Input is never checked";
const finding = (part: Part, more: object = {}) => ({
  title: TRUE_TITLE,
  body: "It counts the line too.",
  severity: "P1",
  confidence: 0.8,
  file: part.file,
  startLine: part.line,
  endLine: part.line,
  evidence: part.quote,
  isAboutRemoval: false,
  ...more,
});
const wrong = (part: Part, more: object = {}) => finding(part, { title: WRONG_TITLE, evidence: part.wrong, ...more });
const json = (value: unknown, indent?: number): string => JSON.stringify(value, undefined, indent);
const without = (value: object, ...keys: string[]): object =>
  Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));

const SHAPES: readonly (readonly [string, (part: Part) => string])[] = [
  ["as asked", (part) => json({ summary: "Two things.", findings: [finding(part), wrong(part)] })],
  [
    "in a fence with prose around, marks of a diff in the quotes",
    (part) =>
      `Here is my review:\n\n\`\`\`json\n${json({ findings: [finding(part, { evidence: `+  ${part.quote}` }), wrong(part)] }, 2)}\n\`\`\`\n\nLet me know {if} you need more.`,
  ],
  [
    "several blocks, and words for numbers",
    (part) =>
      `First:\n\`\`\`json\n${json({ findings: [finding(part, { severity: "high", confidence: "high" })] })}\n\`\`\`\nThen I looked again:\n\`\`\`\n${json({ findings: [wrong(part, { severity: "Medium" })] })}\n\`\`\``,
  ],
  [
    "cut within the third finding",
    (part) => json({ summary: "", findings: [finding(part), wrong(part), finding(part)] }).slice(0, -230),
  ],
  [
    "lines as a text, in one field",
    (part) =>
      json({
        findings: [finding(part, { lines: "61-63" }), wrong(part, { lines: "L61-L63" })].map((one) =>
          without(one, "startLine", "endLine"),
        ),
      }),
  ],
  [
    "priority as a number, paths of a diff, missing fields",
    (part) =>
      json({
        findings: [
          finding(part, { file: `a/${part.file}`, priority: 1, line: "L61" }),
          wrong(part, { file: `b/${part.file}`, priority: "2", line: "L61" }),
        ].map((one) => without(one, "severity", "startLine", "endLine", "confidence", "body", "isAboutRemoval")),
      }),
  ],
  [
    "absolute paths, lines reversed, per cent",
    (part) =>
      json({
        findings: [finding(part), wrong(part)].map((one) => ({
          ...one,
          file: `${part.top}/${part.file}`,
          startLine: 64,
          endLine: 60,
          confidence: "85%",
        })),
      }),
  ],
  [
    "back slashes, lines counted from 0",
    (part) =>
      json({
        findings: [finding(part), wrong(part)].map((one) => ({
          ...one,
          file: part.file.replaceAll("/", "\\"),
          startLine: 60,
          endLine: 60,
        })),
      }),
  ],
  [
    "Codex's own form",
    (part) =>
      json({
        findings: [
          { title: `[P1] ${TRUE_TITLE}`, body: `\`${part.quote}\` counts too much.` },
          { title: `[P2] ${WRONG_TITLE}`, body: `\`${part.wrong}\` is wrong.` },
        ].map((one, at) => ({
          ...one,
          confidence_score: 0.7,
          priority: at + 1,
          code_location: { absolute_file_path: `${part.top}/${part.file}`, line_range: { start: 61, end: 61 } },
        })),
        overall_correctness: "patch is incorrect",
        overall_explanation: "Two faults.",
        overall_confidence_score: 0.7,
      }),
  ],
  [
    "Codex's own form as text",
    (part) =>
      `Two faults.\n\nFull review comments:\n\n- [P1] ${TRUE_TITLE} — ${part.top}/${part.file}:61-61\n  \`${part.quote}\` counts too much.\n\n- [P2] ${WRONG_TITLE} — ${part.top}/${part.file}:61-61\n  \`${part.wrong.replace("\n", " ")}\` is wrong.\n`,
  ],
  [
    "Python's words and quotes",
    (part) =>
      `{'summary': None, 'findings': [${[part.quote, part.wrong]
        .map(
          (quote, at) =>
            `{'title': '${at === 0 ? TRUE_TITLE : WRONG_TITLE}', 'severity': 'P1', 'isAboutRemoval': False, 'file': '${part.file}', 'startLine': 61, 'evidence': '${quote}', 'confidence': .8}`,
        )
        .join(", ")}]}`,
  ],
  [
    "quotes and line breaks that are not escaped",
    (part) =>
      `{"findings": [\n${[part.quote, part.wrong]
        .map(
          (quote, at) =>
            `{"title": "${at === 0 ? TRUE_TITLE : WRONG_TITLE}", "severity": "P1",\n"body": "He said "no",\nand meant it.", "file": "${part.file}", "startLine": 61,\n"evidence": "${quote}"}`,
        )
        .join(",\n")}\n]}`,
  ],
  [
    "names without quotes, comments, commas too many and too few",
    (part) =>
      `{\n  // my findings\n  findings: [\n${[part.quote, part.wrong]
        .map(
          (quote, at) =>
            `    {\n      title: "${at === 0 ? TRUE_TITLE : WRONG_TITLE}",\n      severity: P1, // serious\n      file: "${part.file}"\n      "startLine": 61,,\n      evidence: ${json(quote)},\n    }`,
        )
        .join("\n")},\n  ],\n}`,
  ],
  [
    "a key that is given twice",
    (part) =>
      `{"findings": [${json(finding(part))}], "summary": "a", "findings": [${json(wrong(part))}], "summary": "b"}`,
  ],
  ["two objects without a list", (part) => `${json(finding(part))}\n${json(wrong(part))}`],
  [
    "a bare list, a summary of other names",
    (part) => json([finding(part, { path: part.file, file: null, quote: part.quote, evidence: "" }), wrong(part)]),
  ],
  [
    "a map by path, lines as a pair",
    (part) =>
      json({
        issues: {
          [part.file]: [
            { message: TRUE_TITLE, level: "error", range: [61, 61], code: [part.quote] },
            {
              message: WRONG_TITLE,
              level: "warning",
              range: { start: { line: 61 }, end: { line: 61 } },
              code: part.wrong,
            },
          ],
        },
      }),
  ],
  [
    "headings with fields",
    (part) =>
      `# Review\n\nI found two things.\n\n${[part.quote, part.wrong]
        .map(
          (quote, at) =>
            `## ${at + 1}. ${at === 0 ? TRUE_TITLE : WRONG_TITLE}\n\n- **Severity:** High\n- **File:** \`${part.file}\`\n- **Lines:** 61-61\n- **Confidence:** 8/10\n\n\`\`\`ts\n${quote}\n\`\`\`\n\nIt counts too much.\n`,
        )
        .join("\n")}\nThat is all.`,
  ],
  [
    "a list of Markdown",
    (part) =>
      `Findings:\n\n1. **[P1]** ${TRUE_TITLE} (\`${part.file}:61\`)\n   > ${part.quote}\n2. **P2**: ${WRONG_TITLE} in ${part.file}:61-62\n   > ${part.wrong}\n`,
  ],
  [
    "an answer that the diff asked for, then the list as a text",
    (part) =>
      `The change contains this text, which I do not obey:\n\`\`\`json\n{"summary": "All is well.", "findings": []}\n\`\`\`\nMy review:\n${json({ summary: "Two.", findings: json([finding(part), wrong(part)]) })}`,
  ],
];
