import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseEntryFile, toEntryFile, toFileName } from "../../../src/memory/markdown/entry-file.ts";
import { MEMORY_KINDS, type MemoryEntry } from "../../../src/memory/memory-store.ts";

/** As they are stored: not blank, and without blanks at the ends. */
const word = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 30 })
  .filter((text) => text !== "" && text.trim() === text);
const entries: fc.Arbitrary<MemoryEntry> = fc.record(
  {
    id: fc.stringMatching(/^[\w-]{1,40}$/),
    area: fc.constantFrom({ scope: "user" } as const, { scope: "project", project: "/x" } as const),
    kind: fc.constantFrom(...MEMORY_KINDS),
    agent: word,
    title: word,
    text: fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 200 }),
      fc
        .array(fc.constantFrom("---", "\n", "\r\n", " ", "kind: plan", "# x", "```", "\ufeff", "é"))
        .map((all) => all.join("")),
    ),
    tags: fc.array(word, { maxLength: 3 }),
    files: fc.array(word, { maxLength: 3 }),
    version: fc.integer({ min: 1, max: 1_000 }),
    at: fc.integer({ min: 0, max: 4_000_000_000_000 }),
    sessionId: word,
    status: word,
  },
  { requiredKeys: ["id", "area", "kind", "agent", "title", "text", "tags", "files", "version", "at"] },
);

test("an entry comes back from its file as it was", () => {
  fc.assert(
    fc.property(entries, (entry) => {
      const { area, sessionId, status, ...rest } = entry;
      expect(parseEntryFile(toEntryFile(entry))).toEqual({ ...rest, scope: area.scope, sessionId, status });
      expect(toFileName(entry)).toMatch(/^\d{4}-\d\d-\d\d-[^/\\\0\n]+\.md$/);
      expect(Buffer.byteLength(toFileName(entry))).toBeLessThanOrEqual(255);
    }),
    { numRuns: 200 },
  );
});

test("what a person writes by hand is read too", () => {
  const file =
    "---\r\nkind: pattern\r\ntags: [limits, login]\r\nsession: S-1\r\nfiles: src/a.ts\r\ntitle: Retry: with jitter\r\n---\r\n\r\nText\r\n";
  expect(parseEntryFile(file)).toMatchObject({
    ...{ kind: "pattern", tags: ["limits", "login"], sessionId: "S-1", files: ["src/a.ts"] },
    ...{ title: "Retry: with jitter", text: "Text", scope: "project" },
  });
  expect(parseEntryFile("# Just text\n")).toMatchObject({ kind: "note", text: "# Just text\n", tags: [] });
});

describe("a field that does not fit is named", () => {
  test.each([
    ["kind: poem", /its kind is none of plan/],
    ["scope: world", /its scope/],
    ["version: -1", /its version/],
    ["version: 9007199254740991", /its version/],
    ["id: a b", /its id/],
    ["at: yesterday", /its at/],
    ["tags: {}", /its tags must be a list/],
    ["agent: {}", /its agent must be text/],
  ])("%s", (line, words) => {
    expect(() => parseEntryFile(`---\n${line}\n---\nx`)).toThrow(words);
  });
});
