import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CONTEXT_PRIORITIES, type ContextItem } from "../../src/context/context-item.ts";
import { createContextManager } from "../../src/context/context-manager.ts";
import { splitUnits } from "../../src/context/context-units.ts";
import { compress } from "../../src/context/extract/compress.ts";
import { foldBlanks } from "../../src/context/fit-items.ts";
import { composePrompt } from "../../src/context/hand-prompt.ts";
import { type HandStrategy, shapeHanded } from "../../src/context/shape-items.ts";
import { splitTask } from "../../src/context/split-task.ts";
import { estimateTokens } from "../../src/context/tokens.ts";
import { overrideWindow } from "../../src/context/window.ts";
import { BridgeError } from "../../src/domain/errors.ts";
import { measureCpuMs } from "../support/cpu-time.ts";

const WINDOW = { max_tokens: 20_000, compression_threshold: 0.85, preservation_strategy: "hierarchical" } as const;
const RULE = "Never write to the table orders_old.";
const FILLER = Array.from({ length: 900 }, (_, at) => `Remark ${at} says little about the weather of day ${at}.`).join(
  "\n\n",
);
const item = (content: string, priority: ContextItem["priority"], source?: string): ContextItem => ({
  content,
  priority,
  source,
});
const ITEMS = [
  item(RULE, "critical", "the team"),
  item(`${FILLER}\nDecided: invoices round half up.\n${FILLER}`, "important", "notes.md"),
  item(`${FILLER}\nsrc/pay/round.ts:41 rounds twice.`, "supplementary", "chat"),
];

const keepAll = () => {
  const kept = new Map<string, string>();
  const keep = (text: string): string => {
    const id = `/results/${kept.size}.txt`;
    kept.set(id, text);
    return id;
  };
  return { kept, keep };
};

const shape = (items: readonly ContextItem[] | string, strategy: HandStrategy, window = {}) => {
  const { kept, keep } = keepAll();
  const rules = { context_window: { ...WINDOW, ...window } };
  return { ...shapeHanded(items, { task: "Fix the rounding of invoices", strategy, rules, keep }), kept };
};

test.each(["full", "filtered", "minimal", "compressed", "summarized"] as const)(
  "a small context goes whole, in its order: %s",
  (strategy) => {
    const { text, report, dropped } = shape(
      [item("One.", "supplementary"), item("Two.", "critical", "a.md")],
      strategy,
    );
    expect([text, dropped]).toEqual(["One.\n\nFrom a.md:\nTwo.", undefined]);
    expect(report).toMatchObject({ strategy, tokensBefore: report.tokensAfter, left: [] });
  },
);

test.each(["full", "filtered", "minimal", "compressed", "summarized"] as const)(
  "%s keeps what is critical, cuts the rest, and says where the whole is",
  (strategy) => {
    const { text, report, kept } = shape(ITEMS, strategy);
    expect(text).toContain(`From the team:\n${RULE}`);
    expect(text).toContain("From notes.md:\n[… cut; whole: /results/0.txt]");
    expect(kept.get("/results/0.txt")).toBe(ITEMS[1]?.content);
    expect(text.indexOf("notes.md")).toBeLessThan(text.indexOf("From chat"));
    expect(report.tokensAfter).toBeLessThanOrEqual(17_000);
    expect(report.tokensAfter).toBeLessThan(report.tokensBefore);
    expect(report.left.map(({ source }) => source)).toEqual(["notes.md", "chat"]);
    expect(report.left.every(({ whole, tokens }) => kept.has(String(whole)) && tokens > 0)).toBe(true);
  },
);

test("the layers: half of what is important, three tenths of what is supplementary, a tenth of each as a summary", () => {
  const share = (strategy: HandStrategy, at: number) => {
    const { report } = shape(ITEMS, strategy, { max_tokens: 200_000 });
    return 1 - (report.left[at]?.tokens ?? 0) / estimateTokens(ITEMS[at + 1]?.content ?? "");
  };
  expect(share("compressed", 0)).toBeLessThan(0.51);
  expect(share("compressed", 1)).toBeLessThan(0.32);
  expect(share("summarized", 0)).toBeLessThan(0.11);
  expect(shape(ITEMS, "compressed", { max_tokens: 200_000 }).text).toContain("invoices round half up");
});

test("a text that is cut step by step is read once, however many steps it takes", () => {
  const text = FILLER.repeat(12);
  const rules = { context_window: { ...WINDOW, max_tokens: 2_000 } };
  const toMs = (work: () => void): number => Math.min(...[1, 2, 3].map(() => measureCpuMs(work)));
  const onceMs = toMs(() => compress(text, 0.5));
  const stepsMs = toMs(() => shapeHanded([item(text, "supplementary")], { task: "t", strategy: "full", rules }));
  // Six steps, each of which once took as long as the first.
  expect(stepsMs).toBeLessThan(onceMs * 3.5);
});

test("isolated hands on nothing and keeps nothing", () => {
  const { text, report, kept } = shape(ITEMS, "isolated");
  expect([text, report.tokensAfter, report.left.length, kept.size]).toEqual(["", 0, 3, 0]);
});

test("more than the window is made to fit step by step, and critical items too big for it are refused with their sizes", () => {
  for (const most of [16_000, 8_000, 3_000, 1_200, 1_000]) {
    const { text, report } = shape(ITEMS, "full", { max_tokens: most });
    expect(report.tokensAfter).toBeLessThanOrEqual(most * 0.85);
    expect(text).toContain(RULE);
  }
  const big = [item(FILLER, "critical", "big.md"), item(RULE, "critical")];
  try {
    shape(big, "full", { max_tokens: 1_000 });
    expect.unreachable();
  } catch (error) {
    const { report } = error as BridgeError;
    expect(report.code).toBe("CONTEXT_OVERFLOW");
    expect(report.details["items"]).toEqual([
      { source: "big.md", tokens: expect.any(Number) },
      { source: "item 2", tokens: expect.any(Number) },
    ]);
  }
});

test("whatever the items, they fit, critical ones are whole, and the order stays", () => {
  const content = fc.array(
    fc.constantFrom("word ", "Never do it. ", "\n", "x.ts:1 fails. ", "ok\n", "日本語。", "\ud800", "\0"),
    { maxLength: 400 },
  );
  const anyItem = fc.record({
    content: content.map((parts) => parts.join("")),
    priority: fc.constantFrom(...CONTEXT_PRIORITIES),
  });
  fc.assert(
    fc.property(
      fc.array(anyItem, { maxLength: 12 }),
      fc.constantFrom("full", "compressed", "filtered", "minimal", "summarized" as const),
      (items, strategy) => {
        const numbered = items.map((one, at) => ({ ...one, source: `n${at}` }));
        const critical = numbered.filter((one) => one.priority === "critical" && one.content.trim() !== "");
        const rules = { context_window: { ...WINDOW, max_tokens: 1_000 } };
        try {
          const { text, report } = shapeHanded(numbered, { task: "t", strategy, rules });
          expect(report.tokensAfter).toBeLessThanOrEqual(850);
          for (const one of critical) expect(text).toContain(`From ${one.source}:\n${one.content}`);
          const places = [...text.matchAll(/^From n(\d+):$/gm)].map(([, at]) => Number(at));
          expect(places).toEqual(places.toSorted((a, b) => a - b));
        } catch (error) {
          if (!(error instanceof BridgeError)) throw error;
          expect(critical.reduce((sum, one) => sum + estimateTokens(one.content) + 8, 0)).toBeGreaterThan(850);
        }
      },
    ),
    { numRuns: 40 },
  );
});

describe("a context that grows", () => {
  test("is compressed before it passes the threshold, and exported with its clock", () => {
    const manager = createContextManager({ window: { ...WINDOW, max_tokens: 10_000 }, clock: () => 7 });
    for (let at = 0; at < 6; at += 1) {
      manager.add(item(`Step ${at}.\n${FILLER.slice(0, 12_000)}`, at % 2 === 0 ? "important" : "supplementary"));
      expect(manager.size()).toBeLessThanOrEqual(8_500);
    }
    manager.add(item(RULE, "critical"));
    expect(
      manager
        .read()
        .map((one) => one.item.priority)
        .at(-1),
    ).toBe("critical");
    const handoff = manager.exportForHandoff("codex");
    expect(handoff).toMatchObject({ critical: [RULE], targetAgent: "codex", timestamp: 7 });
    expect(estimateTokens(handoff.summary)).toBeLessThan(2_500);
  });

  test("stays as it was if a critical item does not fit", () => {
    const manager = createContextManager({ window: { ...WINDOW, max_tokens: 1_000 }, clock: () => 0 });
    manager.add(item(RULE, "critical"));
    expect(() => manager.add(item(FILLER, "critical"))).toThrow("never cut");
    expect(manager.read().map(({ text }) => text)).toEqual([RULE]);
  });
});

test("the user's settings win over the rules file's window", () => {
  const rules = { routing_config: { context_window: WINDOW } } as never;
  expect(overrideWindow(rules, {})).toBe(rules);
  expect(overrideWindow(rules, { maxTokens: 5_000, strategy: "recent" }).routing_config.context_window).toEqual({
    ...WINDOW,
    max_tokens: 5_000,
    preservation_strategy: "recent",
  });
});

test("a prompt has the sections that are filled, and the caller's own headings stay", () => {
  const sections = { goal: "Green tests.", "expected output": "A diff." };
  const parts = { text: "Known.", sections, isCut: false };
  expect(composePrompt("Do it.", parts)).toBe(
    "## Task\nDo it.\n\n## Context\nKnown.\n\n## Goal\nGreen tests.\n\n## Expected Output\nA diff.",
  );
  expect(composePrompt("# Plan\nDo it.", { ...parts, sections: {} })).toBe("# Plan\nDo it.\n\n## Context\nKnown.");
  expect(composePrompt("Context: old\nDo it.", { ...parts, sections: {}, isCut: true })).toBe(
    "Context: old\nDo it.\n\n## Further context (in part; […] marks what was left out)\nKnown.",
  );
  expect(composePrompt("Do it.", { text: "", sections: {}, isCut: false })).toBe("Do it.");
});

test("items named goal, constraints and expected output become sections, whatever their priority", () => {
  const items = [
    item("Be fast.", "supplementary", "Goal"),
    item("No new package.", "supplementary", "constraints"),
    item("x", "important"),
  ];
  expect(shape(items, "full")).toMatchObject({
    text: "x",
    sections: { goal: "Be fast.", constraints: "No new package." },
  });
});

test.each([
  ["a list", "Do this:\n1. Add the table.\n2. Fill it.\n- Test it.", ["Add the table.", "Fill it.", "Test it."]],
  ["sentences", "Add the table. It is large. Write a test for it.", ["Add the table.", "Write a test for it."]],
  ["one thing", "Add the table.", []],
])("the parts of a task, by %s", (_name, task, parts) => {
  expect(splitTask(task)).toEqual(parts);
});

test("blanks that say nothing go, indentation stays", () => {
  expect(foldBlanks("a  \n\n\n\n    b\t\r\n")).toBe("a\n\n    b");
});

// A pattern, or a search for the blank before a piece, took minutes for these.
test.each([
  ["blanks within a line", `x${" ".repeat(4_000_000)}y`],
  ["a text without blanks", "a".repeat(4_000_000)],
])("%s take no more time than other texts", (_, text) => {
  expect(foldBlanks(text)).toBe(text);
  expect(splitUnits(text).at(-1)?.end).toBe(text.length);
});
