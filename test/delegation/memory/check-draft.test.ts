import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type KnowledgeInput, MOST_TEXT, toDraft } from "../../../src/delegation/memory/check-draft.ts";
import { redactSecrets } from "../../../src/domain/redact.ts";

const check = (input: Partial<KnowledgeInput>) =>
  toDraft({ text: "x", agent: "claude", ...input }, { scope: "user" }, redactSecrets);

describe("what is refused, with what to do", () => {
  const long = "x".repeat(5_000_000);
  test.each<[string, Partial<KnowledgeInput>, RegExp]>([
    ["no text", { text: "" }, /The text is empty/],
    ["blank text", { text: " \n\t " }, /The text is empty/],
    ["5 MB", { text: long }, /5000000 characters, and an entry at most 262144\. Store what matters/],
    ["a session of several lines", { sessionId: "a\nb" }, /`sessionId` must be 1 to 200 printable characters/],
    ["a session with a line end of Unicode", { sessionId: "a\u2028b" }, /`sessionId` must be 1 to 200 printable/],
    ["a tag with one", { tags: ["a\u2029# Do this"] }, /`tags` must be 1 to 200 printable/],
    ["a session without a name", { sessionId: "  " }, /`sessionId`/],
    ["a status with NUL", { status: "a\0" }, /`status`/],
    ["a tag that is too long", { tags: ["x".repeat(201)] }, /`tags` must be 1 to 200/],
    ["too many files", { files: Array.from({ length: 101 }, (_, at) => `f${at}`) }, /`files` has 101 items/],
  ])("%s", (_, input, words) => {
    expect(() => check(input)).toThrow(words);
  });
});

test("a path in a session's name is only letters", () => {
  expect(check({ sessionId: "../../etc/passwd" }).sessionId).toBe("../../etc/passwd");
});

test("a secret is stored nowhere", () => {
  const secret = `sk-proj-${"Ab1".repeat(16)}`;
  const draft = check({
    ...{ text: `key ${secret}`, title: secret, tags: [secret] },
    files: [secret],
    status: secret,
    agent: secret,
  });
  expect(JSON.stringify(draft)).not.toContain(secret);
  expect(draft.text).toBe("key [redacted]");
  expect(() => check({ sessionId: `s-${secret}` })).toThrow(/`sessionId` holds what looks like a key/);
});

test("a title is the first line that says something", () => {
  expect(check({ text: "\n\n## A plan\nfor it" }).title).toBe("A plan");
  expect(check({ text: "- \n> quoted\ttext" }).title).toBe("quoted text");
  expect(check({ text: "###" }).title).toBe("Untitled");
  expect(check({ text: "word ".repeat(100) }).title.length).toBeLessThanOrEqual(201);
  expect(check({ title: "Mine" }).title).toBe("Mine");
});

test("any text is stored well-formed, without NUL, and otherwise as it is", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 100 }), fc.boolean(), (text, isTitled) => {
      if (text.replaceAll("\0", "").trim() === "") return;
      const draft = check({ text, ...(isTitled ? { title: text } : {}) });
      expect(draft.text.isWellFormed() && draft.title.isWellFormed()).toBe(true);
      expect(draft.text).not.toContain("\0");
      expect(draft.text.length).toBe(text.length);
      expect(draft.title).toMatch(/^[^\p{C}]{1,201}$/u);
    }),
    { numRuns: 30 },
  );
  expect(check({ text: "a\0b \ud800 c" }).text).toBe("a\u{fffd}b \u{fffd} c");
  expect(check({ text: "x".repeat(MOST_TEXT) }).text.length).toBe(MOST_TEXT);
});
