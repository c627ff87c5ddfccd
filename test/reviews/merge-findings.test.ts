import { expect, test } from "vitest";
import type { CheckedFinding } from "../../src/reviews/finding.ts";
import { mergeFindings } from "../../src/reviews/merge-findings.ts";

const finding = (part: Partial<CheckedFinding> = {}): CheckedFinding => ({
  severity: "P2",
  file: "a.ts",
  startLine: 10,
  endLine: 12,
  title: "Null is not checked before use",
  body: "",
  confidence: 0.5,
  evidence: "use(value);",
  isVerified: true,
  ...part,
});
const count = (...findings: CheckedFinding[]) => mergeFindings(findings.map((one) => [one])).length;

test("the same matter at the same lines becomes one, with a trace of the other", () => {
  const [first, ...rest] = mergeFindings([
    [finding({ confidence: 0.4, body: "one" })],
    [finding({ severity: "P1", startLine: 14, endLine: 14, title: "Null not checked before the use", body: "two" })],
  ]);
  expect(rest).toEqual([]);
  expect(first).toMatchObject({ id: "F1", severity: "P1", body: "two", merged: [{ body: "one" }] });
});

test.each([
  ["another file", { file: "b.ts" }],
  ["lines further away", { startLine: 16, endLine: 16 }],
  ["no lines", { startLine: undefined, endLine: undefined }],
  ["another matter", { title: "Null is never returned", evidence: undefined }],
  ["the opposite", { title: "Null is checked !== before use", evidence: "x" }],
  ["the old side", { isAboutRemoval: true }],
] as const)("%s stays apart", (_, part) => {
  expect(
    count(finding({ title: "Null === is checked", evidence: "y" }), finding({ title: "Null === is checked", ...part })),
  ).toBe(2);
});

test("two lines with like words are two defects, and one answer says nothing twice", () => {
  const title = "Missing await on save() call";
  const save = finding({ title, evidence: "save(user);", startLine: 2, endLine: 2 });
  const load = finding({ title: "Missing await on load() call", evidence: "load(user);", startLine: 4, endLine: 4 });
  expect(count(save, load)).toBe(2);
  expect(count(save, { ...load, isVerified: false })).toBe(1);
  expect(mergeFindings([[save, save]])).toHaveLength(2);
  expect(mergeFindings([[save, save], [save]])).toHaveLength(2);
});

test("one that was merged before keeps what it has", () => {
  const before = finding({ merged: [finding({ body: "two" })] });
  const [one, ...rest] = mergeFindings([[finding({ body: "three", confidence: 0.1 })], [before]]);
  expect(rest).toEqual([]);
  expect(one?.merged?.map(({ body }) => body)).toEqual(["two", "three"]);
});

test("titles that are less alike are the same matter if both quote the same lines", () => {
  const title = "Missing null check of value";
  expect(count(finding({ title: "Null check of the argument" }), finding({ title }))).toBe(1);
  expect(count(finding({ title: "Null check of the argument" }), finding({ title, evidence: "other(line);" }))).toBe(2);
  expect(count(finding({ title: "Leaks a handle" }), finding({ title }))).toBe(2);
});

test("a verified finding stays the main one, whatever an unverified one claims", () => {
  const merged = mergeFindings([
    [finding({ severity: "P0", isVerified: false, why: "w" })],
    [finding({ severity: "P3" })],
  ]);
  expect(merged).toMatchObject([{ severity: "P3", isVerified: true, merged: [{ severity: "P0" }] }]);
});

test("nothing is lost: every finding is in the list or in one of it", () => {
  const all = Array.from({ length: 60 }, (_, n) =>
    finding({ title: `Matter ${n % 7} of ${n % 3}`, startLine: n % 20, endLine: n % 20, body: String(n) }),
  );
  const merged = mergeFindings([all.slice(0, 20), all.slice(20, 40), all.slice(40)]);
  const bodies = merged.flatMap(({ body, merged = [] }) => [body, ...merged.map(({ body }) => body)]);
  expect(bodies.sort()).toEqual(all.map(({ body }) => body).sort());
  expect(merged.map(({ id }) => id)).toEqual(merged.map((_, at) => `F${at + 1}`));
});
