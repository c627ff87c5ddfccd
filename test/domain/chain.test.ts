import { expect, test } from "vitest";
import { type ChainLink, describeHops, formatLink, nameThread, parseLink } from "../../src/domain/chain.ts";

const LINK: ChainLink = {
  id: "ch-chain00001",
  depth: 2,
  hops: [{ agent: "claude" }, { agent: "codex", thread: "01a1-b", prompt: "ab12" }, { agent: "my.agent" }],
  deadline: 1_800_000_000_000,
  hasBudget: true,
};

test("a link is read back as it was written, in one word", () => {
  const text = formatLink(LINK);
  expect(text).toBe("ch-chain00001,1800000000000,b,claude::>codex:01a1-b:ab12>my.agent::");
  expect(parseLink(text, 2)).toEqual(LINK);
  expect(parseLink(text, 0)).toEqual(LINK);
  expect(parseLink(text, 7)).toEqual({ ...LINK, depth: 7 });
});

test("a name that would not be read back is written in another way", () => {
  const odd = { ...LINK, hops: [{ agent: "my agent>x" }] };
  expect(parseLink(formatLink(odd), 0)?.hops).toEqual([{ agent: "my_agent_x" }]);
});

test.for([
  "",
  "ch-chain00001",
  "ch-chain00001,1,b,claude::,more",
  "../chain00001,1,b,claude::",
  "ch-chain00001,never,b,claude::",
  "ch-chain00001,1,x,claude::",
  "ch-chain00001,1,b,",
  "ch-chain00001,1,b,claude",
  "ch-chain00001,1,b,claude::;rm::",
  `ch-chain00001,1,b,${Array.from({ length: 13 }, () => "codex::").join(">")}`,
])("%j is no link", (text) => {
  expect(parseLink(text, 0)).toBeUndefined();
});

test("the last agent gets its thread, and the chain is told in words", () => {
  const named = nameThread(LINK, "t9");
  expect(describeHops(named.hops)).toBe("claude → codex (thread 01a1-b) → my.agent (thread t9)");
  expect(nameThread(LINK, "../t9")).toBe(LINK);
});
