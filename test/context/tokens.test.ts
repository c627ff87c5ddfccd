import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Tiktoken } from "js-tiktoken/lite";
import o200k from "js-tiktoken/ranks/o200k_base";
import { expect, test } from "vitest";
import { estimateTokens } from "../../src/context/tokens.ts";
import { measureCpuMs } from "../support/cpu-time.ts";
import { makeLogs } from "../support/logs.ts";

const root = join(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const texts = "test/fixtures/handed-texts";

test.each([
  ["prose", read("docs/design-principles.md")],
  ["German prose", read(`${texts}/f2-umzug-plan.txt`)],
  ["TypeScript", read("src/context/fit-items.ts")],
  ["JSON", read("package.json")],
  ["a log", read(`${texts}/e2-pytest-log.txt`)],
  [
    "Japanese",
    "注文サービスの二重請求の原因を調べて、修正してください。昨夜から問い合わせが続いていて、困っています。",
  ],
  ["emoji", "🎉🚀👍🏽 ✅ 🔥🔥 done 🙈 👨‍👩‍👧 ⚠️"],
])("%s is counted within 15 %% of a real tokenizer", (_name, text) => {
  const real = new Tiktoken(o200k).encode(text, [], []).length;
  expect(estimateTokens(text) / real).toBeGreaterThan(0.85);
  expect(estimateTokens(text) / real).toBeLessThan(1.15);
});

test("logs of any kind are counted within 15 % too: times, hashes, paths, frames, tables, rules", () => {
  const real = new Tiktoken(o200k);
  for (const seed of [1, 2, 3, 4]) {
    for (const [kind, log] of Object.entries(makeLogs(seed))) {
      const ratio = estimateTokens(log) / real.encode(log, [], []).length;
      expect(ratio, `${kind} ${seed}`).toBeGreaterThan(0.85);
      expect(ratio, `${kind} ${seed}`).toBeLessThan(1.15);
    }
  }
});

test.each(["=", "a", "/a", "1 ", "= -", "aB", " "])("a megabyte of %j is counted in one pass", (part) => {
  const spentMs = measureCpuMs(() => estimateTokens(part.repeat(500_000)));
  expect(spentMs).toBeLessThan(5_000);
});
