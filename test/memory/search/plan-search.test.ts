import { describe, expect, test } from "vitest";
import { planSearch } from "../../../src/memory/search/plan-search.ts";
import type { SearchPlan, Vocabulary } from "../../../src/memory/search/search-plan.ts";
import { toTextWords } from "../../../src/memory/search/text-words.ts";

const SESSION = "SESSION-20260101-AAAA1111-door-codes";
const STORED = "throttle encryption certificate scanner rotate the of Fahrplan".split(" ");

const vocabulary: Vocabulary = {
  total: 100,
  countEntries: (stems) => {
    const known = new Set(STORED.flatMap((word) => toTextWords(word).map(({ stem }) => stem)));
    return new Map(stems.filter((stem) => known.has(stem)).map((stem) => [stem, 3]));
  },
  listBeginning: () => new Map(),
  listAlike: () => ["scanner"],
  findSessions: (name) => (SESSION.toLowerCase().includes(name.toLowerCase()) ? [SESSION] : []),
};

const plan = (...queries: string[]): SearchPlan => planSearch(queries, vocabulary);
const terms = (query: string): string[] =>
  plan(query).queries.flatMap(({ concepts }) => concepts.flatMap((concept) => concept.terms.map(({ text }) => text)));

describe("what a question is looked for by", () => {
  test("a word of the trade also by what others call it", () => {
    expect(terms("rate limit")).toContain("throttle");
  });

  test("a misspelt word by the stored word that it is a slip of, and as a piece of one", () => {
    const slips = plan("sacnner").queries[0]?.concepts[0]?.terms;
    expect(slips).toMatchObject([{ text: "scanner" }, { text: "sacnner", form: "piece" }]);
    expect(plan("scaner").queries[0]?.concepts[0]?.terms[0]).toMatchObject({ text: "scanner", weight: 0.8 });
  });

  test("a slip in a phrase of the trade by what others call that", () => {
    expect(terms("rtae limmit")).toContain("throttle");
  });

  test("what nobody has stored is no term", () => {
    expect(
      plan("kubernetes xyzzy").queries[0]?.concepts.every((concept) =>
        concept.terms.every(({ form }) => form === "piece"),
      ),
    ).toBe(true);
  });

  test("no text of a term holds anything but letters, digits and blanks", () => {
    for (const text of terms(`throttle" OR "encryption NEAR(rotate, 2) -of * ^scanner title:the`)) {
      expect(text).toMatch(/^[\p{L}\p{N} ]+$/u);
    }
  });
});

describe("what a question says of the entry", () => {
  test.each([
    ["SESSION-20260101-AAAA1111 newest plan", { kinds: ["plan"], version: "latest" }],
    ["codex review of AAAA1111", { kinds: ["review"], agent: "codex" }],
    ["the plan, version 2", { kinds: ["plan"], version: 2 }],
    ["second design of the gateway", { version: 2 }],
  ])("%s", (query, hints) => {
    expect(plan(query).queries[0]).toMatchObject(hints);
  });

  test("a session that is stored, by its id or the code in it", () => {
    for (const query of ["restore SESSION-20260101-AAAA1111", "AAAA1111 review"]) {
      expect(plan(query)).toMatchObject({ sessions: [SESSION], isSessionMissing: false });
    }
  });

  test("a session that is not stored", () => {
    expect(plan("SESSION-20260101-AAAA1112")).toMatchObject({ sessions: [], isSessionMissing: true });
  });
});
