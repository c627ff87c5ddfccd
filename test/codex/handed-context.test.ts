// `context` of the thread tools with the real Codex CLI: what reached the model, and what the result says of it.
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { test } from "../support/fixture.ts";
import { type Lab, say } from "../support/lab.ts";

const lastPrompt = (lab: Lab): string => lab.standIn.requests.at(-1)?.userTexts.at(-1) ?? "";
const FILLER = Array.from({ length: 3_000 }, (_, at) => `Remark ${at} says little about day ${at}.`).join("\n");
const RULE = "Never write to the table orders_old.";

test("text and items reach the model, of codex and codex-reply, and the result counts them", async ({
  lab,
  bridge,
}) => {
  lab.respond(say("done"));
  const first = await bridge.call("codex", { prompt: "Fix it.", context: "src/pay.ts rounds twice." });
  expect(lastPrompt(lab)).toBe("## Task\nFix it.\n\n## Context\nsrc/pay.ts rounds twice.");
  expect(first.structured["handoff"]).toMatchObject({ strategy: "full", left: [] });
  const { threadId } = first.structured;
  const context = [
    { content: "All tests are green.", priority: "important", source: "goal" },
    { content: RULE, priority: "critical", source: "the team" },
  ];
  const again = await bridge.call("codex-reply", { threadId, prompt: "Go on.", context });
  expect(lastPrompt(lab)).toBe(
    `## Task\nGo on.\n\n## Context\nFrom the team:\n${RULE}\n\n## Goal\nAll tests are green.`,
  );
  expect(again.structured["handoff"]).toMatchObject({ left: [] });
});

test("more than the window is cut, the whole is in a file, and critical items that do not fit are refused", async ({
  lab,
  bridge,
}) => {
  lab.respond(say("done"));
  await bridge.restart({ env: { MAX_CONTEXT_SIZE: "6000" } });
  const items = [
    { content: RULE, priority: "critical" },
    { content: FILLER, priority: "supplementary", source: "chat" },
  ];
  const result = await bridge.call("codex", { prompt: "Fix it.", context: items });
  const { tokensAfter, left } = result.structured["handoff"] as {
    tokensAfter: number;
    left: { source: string; whole: string }[];
  };
  expect(tokensAfter).toBeLessThanOrEqual(5_100);
  expect(left.map(({ source }) => source)).toEqual(["chat"]);
  expect(readFileSync(String(left[0]?.whole), "utf8")).toBe(FILLER);
  expect(lastPrompt(lab)).toContain(RULE);
  expect(lastPrompt(lab)).toContain(`[… cut; whole: ${left[0]?.whole}]`);
  const sent = lab.standIn.requests.length;
  const refused = await bridge.call("codex", { prompt: "x", context: [{ content: FILLER, priority: "critical" }] });
  expect(refused.text).toMatch(/^\[CONTEXT_OVERFLOW\] The critical context has about \d+ tokens, and 5100 fit/);
  expect(lab.standIn.requests.length).toBe(sent);
});

test.for([
  [[{ content: "x", priority: "urgent" }], /context/],
  [42, /context/],
  ["\ud800", /well-formed/],
])("a context that is none is refused: %j", async ([context, words], { bridge }) => {
  const result = await bridge.call("codex", { prompt: "x", context });
  expect(result.text).toMatch(/^\[INVALID_ARGUMENT\]/);
  expect(result.text).toMatch(words as RegExp);
});
