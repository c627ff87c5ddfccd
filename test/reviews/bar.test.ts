// The bar: of a change of 2,000 lines with twenty varied, mostly malformed answers, every finding is read and every wrong quote is marked.
import { expect, test } from "vitest";
import { checkEvidence } from "../../src/reviews/check-evidence.ts";
import type { RawFinding } from "../../src/reviews/finding.ts";
import { parseFindings } from "../../src/reviews/parse-findings.ts";
import { barAnswers, barFiles, barText, TRUE_LINE } from "../support/review-bar.ts";

const files = barFiles();
const number = (path: string): number => files.findIndex((file) => file.path === path);
const material = {
  top: "/home/me/project",
  files,
  leftOut: [],
  readReviewed: async (path: string) => barText(number(path), "fresh"),
  readBefore: async (path: string) => barText(number(path), "old"),
};

test("the change has 2,000 lines", () => {
  const changed = files.flatMap(({ diff }) => diff.split("\n").filter((line) => /^[+-](?![+-])/.test(line)));
  expect(changed.length).toBeGreaterThanOrEqual(2_000);
});

test.each(barAnswers().map((one) => [one.shape, one] as const))("%s: both findings are read", (_, { answer, file }) => {
  const { findings } = parseFindings(answer);
  const whole = findings.slice(0, 2);
  expect(whole.map(({ title }) => title.replace(/^\d\. /, ""))).toEqual([
    "Length is off by one",
    "Input is never checked",
  ]);
  expect(whole.map((finding) => finding.file?.replaceAll("\\", "/").endsWith(file))).toEqual([true, true]);
  expect(whole.every(hasLine)).toBe(true);
});

const hasLine = ({ startLine = 0 }: RawFinding): boolean => Math.abs(startLine - TRUE_LINE) <= 1;

test.each(barAnswers().map((one) => [one.shape, one] as const))(
  "%s: the true quote is verified, the wrong one is marked",
  async (_, { answer, file }) => {
    const [right, wrong] = await checkEvidence(parseFindings(answer).findings.slice(0, 2), material);
    expect(right).toMatchObject({ isVerified: true, file });
    expect(
      [right?.startLine, right?.endLine].every((line) => line !== undefined && Math.abs(line - TRUE_LINE) <= 3),
    ).toBe(true);
    expect(wrong).toMatchObject({ isVerified: false, why: expect.stringMatching(/\w/) });
  },
);
