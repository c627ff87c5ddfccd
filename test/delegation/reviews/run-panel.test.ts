import { expect, test } from "vitest";
import type { CallContext } from "../../../src/delegation/requests.ts";
import type { Reviewer } from "../../../src/delegation/reviews/panel/panel.ts";
import { runPanel } from "../../../src/delegation/reviews/panel/run-panel.ts";
import type { Review, ReviewRequest } from "../../../src/delegation/reviews/reviews.ts";
import type { ErrorCode } from "../../../src/domain/error-codes.ts";
import { BridgeError } from "../../../src/domain/errors.ts";
import { toPanelAnswer } from "../../../src/tools/panel-answer.ts";

const finding = (part: Partial<Review["findings"][number]> = {}): Review["findings"][number] => ({
  ...{ id: "F1", severity: "P1", file: "a.ts", startLine: 3, endLine: 3, title: "The lock is never released" },
  ...{ body: "An early return skips it.", confidence: 0.9, evidence: "lock.take();", isVerified: true },
  ...part,
});

const review = (part: Partial<Review> = {}): Review => ({
  ...{ id: "rv-12345678", project: "/p", createdAt: 0, durationMs: 5, what: "uncommitted changes", cwd: "/p" },
  ...{ target: { kind: "uncommitted" }, verdict: "approve", isIncomplete: false, summary: "", findings: [] },
  ...{ settled: [], state: { kind: "tree", tree: "0" }, leftOut: [], passes: [], agent: "Codex", warnings: [] },
  ...part,
});

const asked: ReviewRequest[] = [];
const reviewer = (id: string, answer: Partial<Review> | ErrorCode): Reviewer => ({
  ...{ id, name: id.toUpperCase(), view: `Look with the eyes of ${id}.` },
  reviews: {
    run: async (request) => {
      asked.push(request);
      if (typeof answer === "string") throw new BridgeError(answer, "It did not work.");
      return { what: "uncommitted changes", review: review(answer), path: "/state/rv.json" };
    },
  },
});

const call: CallContext = { signal: new AbortController().signal, report: () => {}, canReport: false, canTask: false };
const run = (all: readonly Reviewer[], agents?: readonly string[]) =>
  runPanel(all, { agents, focus: "races" }, call, () => 0);

test("each reviews the same with its own view, and the verdict is that of all findings", async () => {
  asked.length = 0;
  const end = await run([reviewer("codex", { findings: [finding()] }), reviewer("claude", {})]);
  expect(asked.map(({ view, focus }) => [view, focus])).toEqual([
    ["Look with the eyes of codex.", "races"],
    ["Look with the eyes of claude.", "races"],
  ]);
  expect(end).toMatchObject({ verdict: "request changes", isIncomplete: false, warnings: [] });
  expect(end.findings).toMatchObject([{ id: "F1", agreedBy: ["codex"] }]);
});

test("one that fails is named, and the rest counts", async () => {
  const end = await run([reviewer("codex", { findings: [finding()] }), reviewer("claude", "USAGE_LIMIT")]);
  const { structured, text } = toPanelAnswer(end, (said) => said);
  expect(structured).toMatchObject({
    verdict: "request changes",
    reviews: [
      { agent: "codex", review: "rv-12345678", found: ["F1 P1 a.ts:3 The lock is never released"] },
      { agent: "claude", error: { code: "USAGE_LIMIT" } },
    ],
    findings: [{ from: ["codex F1"] }],
  });
  expect(text).toContain("Did not review: CLAUDE [USAGE_LIMIT]; the verdict is that of the others.");
});

test("one that did not read all makes an approval incomplete", async () => {
  const end = await run([reviewer("codex", {}), reviewer("claude", { isIncomplete: true })]);
  expect(end.verdict).toBe("incomplete");
});

test("all means those that are installed; one that was named and is not there is told", async () => {
  const all = [reviewer("codex", {}), reviewer("gemini", "AGENT_NOT_FOUND")];
  expect((await run(all)).members.map(({ id }) => id)).toEqual(["codex"]);
  const named = await run(all, ["gemini", "codex", "codex"]);
  expect(named.members.map(({ id }) => id)).toEqual(["gemini", "codex"]);
});

test("an unknown agent is refused, with those that are known", async () => {
  await expect(run([reviewer("codex", {})], ["gpt"])).rejects.toMatchObject({
    report: { code: "INVALID_ARGUMENT", nextStep: "Name some of: codex." },
  });
});

test("where all fail the first error says so of the others, and a cancel is a cancel", async () => {
  const failed = run([reviewer("codex", "TURN_FAILED"), reviewer("claude", "USAGE_LIMIT")]);
  await expect(failed).rejects.toMatchObject({
    report: { code: "TURN_FAILED", message: expect.stringContaining("The others failed too: CLAUDE: [USAGE_LIMIT].") },
  });
  const cancelled = run([reviewer("codex", {}), reviewer("claude", "CANCELLED")]);
  await expect(cancelled).rejects.toMatchObject({ report: { code: "CANCELLED" } });
  await expect(run([reviewer("codex", "AGENT_NOT_FOUND")])).rejects.toMatchObject({
    report: { code: "AGENT_NOT_FOUND" },
  });
});

test("says where the reviewers did not see the same files", async () => {
  const end = await run([reviewer("codex", {}), reviewer("claude", { state: { kind: "tree", tree: "1" } })]);
  expect(end.warnings).toEqual([expect.stringContaining("did not see the same state")]);
});

test("an answer stays within a result whatever was found, and a name begins no line", async () => {
  const many = Array.from({ length: 300 }, (_, at) =>
    finding({
      ...{ id: `F${at}`, file: `a\n${at}.ts`, title: "t".repeat(2_000), body: "ü".repeat(5_000) },
      evidence: `${at}${"e".repeat(3_000)}`,
    }),
  );
  const warnings = Array.from({ length: 300 }, () => "w".repeat(3_000));
  const all = ["codex", "claude", "gemini"].map((id) => reviewer(id, { findings: many, warnings }));
  const { structured, text } = toPanelAnswer(await run(all), (said) => said);
  expect(JSON.stringify(structured).length).toBeLessThan(45_000);
  expect(text.length).toBeLessThan(45_000);
  expect(text).not.toContain("a\n");
});
