import { expect, test } from "vitest";
import type { Finding } from "../../../src/reviews/finding.ts";
import { findContradictions } from "../../../src/reviews/panel/contradictions.ts";
import { mergePanel } from "../../../src/reviews/panel/merge-panel.ts";

const finding = (part: Partial<Finding> = {}): Finding => ({
  id: "F1",
  severity: "P1",
  file: "src/login.ts",
  startLine: 12,
  endLine: 12,
  title: "The token is compared with ==",
  body: "A timing attack can guess it. Use timingSafeEqual.",
  confidence: 0.8,
  evidence: "if (token == given) return true;",
  isVerified: true,
  ...part,
});

test("a matter that two found comes first, and names both with their own ids", () => {
  const alone = finding({ id: "F1", severity: "P0", file: "src/db.ts", title: "SQL is put together from input" });
  const same = finding({ id: "F3", severity: "P2", title: "Token compared with == leaks timing", confidence: 0.9 });
  const merged = mergePanel([
    { agent: "codex", findings: [alone, finding({ id: "F2" })] },
    { agent: "claude", findings: [same] },
  ]);
  expect(merged.map(({ id, file, agreedBy }) => [id, file, agreedBy])).toEqual([
    ["F1", "src/login.ts", ["codex", "claude"]],
    ["F2", "src/db.ts", ["codex"]],
  ]);
  expect(merged[0]?.from.map(({ agent, id }) => `${agent} ${id}`)).toEqual(["codex F2", "claude F3"]);
  expect(merged[0]).toMatchObject({ severity: "P1", title: "The token is compared with ==" });
});

test("two agents word one matter differently: the same quotation and mostly the same words make it one", () => {
  const other = finding({
    title: "Timing leak",
    body: "An attacker can guess the token by timing since it is compared with ==; use timingSafeEqual.",
  });
  expect(
    mergePanel([
      { agent: "codex", findings: [finding()] },
      { agent: "claude", findings: [other] },
    ]),
  ).toHaveLength(1);
});

test.each([
  ["another matter on the same lines", { title: "No limit on attempts", body: "Nothing counts how often it fails." }],
  ["other lines", { startLine: 40, endLine: 40, evidence: "if (secret == given) return true;" }],
  ["the old side", { isAboutRemoval: true }],
])("%s stays apart", (_, part) => {
  const lists = [
    { agent: "codex", findings: [finding()] },
    { agent: "claude", findings: [finding(part)] },
  ];
  expect(mergePanel(lists)).toHaveLength(2);
});

test("no finding is lost, whatever is merged, and one reviewer's findings never merge with each other", () => {
  const findings = [finding({ id: "F1" }), finding({ id: "F2" }), finding({ id: "F3", startLine: 13, endLine: 13 })];
  const lists = ["codex", "claude", "gemini"].map((agent) => ({ agent, findings }));
  const merged = mergePanel(lists);
  expect(merged.flatMap(({ from }) => from.map(({ agent, id }) => `${agent} ${id}`)).sort()).toEqual(
    lists.flatMap(({ agent }) => ["F1", "F2", "F3"].map((id) => `${agent} ${id}`)).sort(),
  );
  for (const { from } of merged) expect(new Set(from.map(({ agent }) => agent)).size).toBe(from.length);
});

test("contradictions stand side by side: other matters on the same lines, and weights two steps apart", () => {
  const mild = finding({ severity: "P3" });
  const other = finding({ title: "No limit on attempts", body: "Nothing counts how often it fails." });
  const found = findContradictions(
    mergePanel([
      { agent: "codex", findings: [finding()] },
      { agent: "claude", findings: [mild] },
      { agent: "gemini", findings: [other] },
    ]),
  );
  expect(found.map(({ kind, says }) => [kind, says.map(({ agent }) => agent)])).toEqual([
    ["severity", ["codex", "claude"]],
    ["matter", ["codex", "claude", "gemini"]],
  ]);
  expect(findContradictions(mergePanel([{ agent: "codex", findings: [finding(), other] }]))).toEqual([]);
});
