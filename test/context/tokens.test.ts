import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Tiktoken } from "js-tiktoken/lite";
import o200k from "js-tiktoken/ranks/o200k_base";
import { expect, test } from "vitest";
import { estimateTokens } from "../../src/context/tokens.ts";

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
