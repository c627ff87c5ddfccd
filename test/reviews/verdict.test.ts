import { expect, test } from "vitest";
import type { CheckedFinding } from "../../src/reviews/finding.ts";
import { judgeReview, orderFindings } from "../../src/reviews/verdict.ts";

const finding = (part: Partial<CheckedFinding>): CheckedFinding => ({
  severity: "P1",
  title: "t",
  body: "",
  confidence: 0.9,
  isVerified: true,
  ...part,
});

test.each([
  ["no finding", [], true, "approve"],
  ["no finding in a part", [], false, "incomplete"],
  ["a verified P1", [finding({})], true, "request changes"],
  ["a verified P0 in a part", [finding({ severity: "P0" })], false, "request changes"],
  ["a verified P1 of little confidence", [finding({ confidence: 0.4 })], true, "approve with comments"],
  ["a verified P2", [finding({ severity: "P2" })], true, "approve with comments"],
  ["a P0 that is not verified", [finding({ severity: "P0", isVerified: false })], true, "approve with comments"],
  ["a P0 that is not verified, in a part", [finding({ severity: "P0", isVerified: false })], false, "incomplete"],
] as const)("%s", (_, findings, isWhole, verdict) => {
  expect(judgeReview(findings, isWhole)).toBe(verdict);
});

test("verified findings come first, then severity, confidence, file and line", () => {
  const findings = [
    finding({ title: "7", severity: "P0", isVerified: false }),
    finding({ title: "6", severity: "P2" }),
    finding({ title: "5", confidence: 0.5 }),
    finding({ title: "4", file: "b" }),
    finding({ title: "3", file: "a", startLine: 10 }),
    finding({ title: "2", file: "a", startLine: 9 }),
    finding({ title: "1", severity: "P0" }),
  ];
  expect(orderFindings(findings).map(({ title }) => title)).toEqual(["1", "2", "3", "4", "5", "6", "7"]);
});
