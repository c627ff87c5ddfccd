import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { splitUnits } from "../../../src/context/context-units.ts";
import { compress, executiveSummary } from "../../../src/context/extract/compress.ts";
import { scoreUnits } from "../../../src/context/extract/score-units.ts";
import { estimateTokens } from "../../../src/context/tokens.ts";
import { measureCpuMs } from "../../support/cpu-time.ts";

const tests = Array.from({ length: 60 }, (_, at) => ` ✓ src/part${at}/unit${at}.test.ts (${at + 1} tests) ${at * 7}ms`);
const frames = Array.from({ length: 30 }, (_, at) => `    at lib.Queue${at}.run (/opt/lib/queue${at}.js:${at}:5)`);

/** What somebody who takes the work over has to know; the rest of `TALK` is noise. */
const FACTS = [
  "Move the ticket search of harbourdesk from LIKE queries to a full text index.",
  "A search must answer within 300 ms for 2 million tickets.",
  "We keep PostgreSQL and add a GIN index, no second engine.",
  "Closed tickets are searched only when the agent asks for them.",
  "search.ts:214 escapes the percent sign twice, so a search for 50% finds nothing.",
  "The index is built with SEARCH_REINDEX=1 and takes 41 minutes.",
  "TypeError: cannot read properties of undefined (reading 'rank')",
  "The search by words works on main; attachments are not indexed yet.",
  "Next: index the text of PDF attachments in worker/attachments.ts.",
];

const TALK = `User: good morning! hope you had a nice weekend
User: ${FACTS[0]} ${FACTS[1]}
Assistant: Good morning! Happy to. Shall I have a look at the tables first?
User: sure, go ahead
Tool: npm test
${tests.join("\n")}
Assistant: There are several ways one could take, each with something to be said for it. One might think about another engine. What would you like?
User: no idea, what do you think?
Assistant: ${FACTS[2]}
User: ok
Assistant: ${FACTS[3]}
User: haha yes, they never look at those
Assistant: I found something. ${FACTS[4]}
User: oh. and how long does it take to build, roughly?
Assistant: ${FACTS[5]}
Tool: npm test
${FACTS[6]}
${frames.join("\n")}
Assistant: One moment, I look at it. It was the empty query. Shall I tell you about it in detail?
User: no thanks, I trust you
Assistant: Thanks, very kind. ${FACTS[7]}
User: great. what comes now?
Assistant: ${FACTS[8]}
User: thanks a lot, see you tomorrow then`;

describe("of a long talk with output in it", () => {
  test.each([0.5, 0.3])("what has to be known is kept at %d", (ratio) => {
    const short = compress(TALK, ratio, "make the search faster");
    expect(FACTS.filter((fact) => !short.includes(fact))).toEqual([]);
    expect(short.length).toBeLessThanOrEqual(TALK.length * ratio);
    expect(short).toContain("[…]");
  });

  test("repeated output goes first, however many signs it has", () => {
    const short = compress(TALK, 0.3);
    expect(tests.filter((line) => short.includes(line)).length).toBeLessThan(5);
    expect(frames.filter((line) => short.includes(line)).length).toBeLessThan(5);
  });

  test("the same text gives the same result, in the order of the text", () => {
    const short = compress(TALK, 0.3);
    expect(compress(TALK, 0.3)).toBe(short);
    const places = FACTS.map((fact) => short.indexOf(fact));
    expect(places).toEqual(places.toSorted((one, other) => one - other));
  });
});

test("what people say in a channel is no output of a program, though each line has its time", () => {
  const said = Array.from({ length: 24 }, (_, at) => {
    const words =
      at === 12 ? "nobody restarts the cache without asking the person on call" : TALKED[at % TALKED.length];
    return `[21:${10 + at}] ${at % 2 === 0 ? "noor" : "priya"}: ${words}`;
  });
  expect(compress(said.join("\n"), 0.3)).toContain("nobody restarts the cache without asking the person on call");
});

const TALKED = [
  "was cooking and the rice has to wait",
  "good to have you here",
  "looks calm from my side",
  "somebody told me about it at lunch",
  "let us see how it goes",
];

test("a day of the month ends no sentence", () => {
  const sentence = "Nach dem 1. März gibt es keinen Rückweg mehr, denn der Vertrag endet am 28. Februar.";
  const units = splitUnits(`Vorher geht alles. ${sentence} Danach wird es ruhig. Fassung 3. Neue Zeile.`);
  expect(units).toHaveLength(5);
  expect(units[1]).toMatchObject({ start: 19, end: 19 + sentence.length });
});

test.each([
  ["de", "Die Sicherung darf nie während der Abrechnung laufen.", "Na gut, dann bis morgen, und schöne Grüße."],
  ["es", "El servicio nunca debe guardar la tarjeta sin cifrar.", "Vale, hasta luego, y que tengas un buen día."],
  ["fr", "Le jeton doit toujours expirer, jamais après une heure.", "Bon, à demain alors, et bonne soirée à toi."],
])("a constraint in %s is worth more than talk", (_language, constraint, talk) => {
  const { worth } = scoreUnits(
    [talk, constraint, talk].map((text, line) => ({ text, line })),
    "",
  );
  expect(worth[1]).toBeGreaterThan(worth[0]!);
  expect(worth[0]).toBeGreaterThan(worth[2]!);
});

const PIECE = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    "Only this. ",
    "We must never do it! ",
    "\n",
    "\n\n",
    "```\n",
    "🎉",
    " ",
    "a.b/c:1",
    "- ",
    "1. ",
    "# Next\n",
  ),
  fc.constantFrom(
    "Dev: ",
    "Agent: ",
    "ok\n",
    "次にやること。",
    "[20:01] ",
    "Next: ",
    "where are we?\n",
    "\ud800",
    "\0",
  ),
);

/** Sentences as a reader would take them apart, and lines. */
const toSentences = (text: string): string[] =>
  text.split(/\n|(?<=[.!?]["')\]*]?)\s+|(?<=[。！？])/).map((part) => part.trim());

test.each([0.9, 0.5, 0.3, 0.1])(
  "whatever the text, at %d every sentence stands in it, and the size is kept",
  (ratio) => {
    fc.assert(
      fc.property(fc.array(PIECE, { maxLength: 80 }), fc.string(), (pieces, task) => {
        const text = pieces.join("");
        const short = compress(text, ratio, task);
        const whole = text.toWellFormed();
        for (const part of toSentences(short)) expect(part.startsWith("[…") || whole.includes(part)).toBe(true);
        expect(short.length).toBeLessThanOrEqual(text.length * ratio);
        expect(estimateTokens(short)).toBeLessThanOrEqual(Math.ceil(estimateTokens(text) * ratio));
        expect(compress(text, ratio, task)).toBe(short);
      }),
    );
  },
);

describe("of eight long texts with planted facts", () => {
  const folder = join(import.meta.dirname, "../../fixtures/handed-texts");
  const readRows = (name: string) =>
    readFileSync(join(folder, name), "utf8")
      .trim()
      .split("\n")
      .map((row) => JSON.parse(row));
  const golds = readRows("summaries.jsonl");
  const facts: { text_id: string; fact: string; importance: string }[] = readRows("facts.jsonl");
  const texts = new Map<string, string>(
    golds.map(({ text_id: id }) => [id, readFileSync(join(folder, `${id}.txt`), "utf8")]),
  );
  const fold = (text: string): string => text.replace(/\s+/g, " ");

  test.each([
    ["critical", 0.5, 0.92],
    ["critical", 0.3, 0.82],
    ["important", 0.5, 0.8],
    ["important", 0.3, 0.6],
  ])("of the %s ones, at %d at least %d are kept", (importance, ratio, bar) => {
    const shorts = new Map(golds.map(({ text_id: id, hint }) => [id, fold(compress(texts.get(id)!, ratio, hint))]));
    const asked = facts.filter((fact) => fact.importance === importance);
    const lost = asked.filter(({ text_id: id, fact }) => !shorts.get(id)!.includes(fold(fact)));
    expect(1 - lost.length / asked.length, JSON.stringify(lost, undefined, 1)).toBeGreaterThanOrEqual(bar);
  });

  test.each(golds)("the summary of $text_id has task, goal and state", ({ text_id: id, hint, task, goal, state }) => {
    const text = texts.get(id)!;
    const summary = executiveSummary(text, hint);
    expect(summary.length).toBeLessThanOrEqual(text.length / 10);
    for (const part of [task, goal, state]) expect(fold(summary)).toContain(fold(part));
  });
});

describe("a long text of which each line, or sentence, is next to nothing", () => {
  test.each(["a\n", "ok\n\n", "a. ", "# b\n", "- c\n", "A: d\n", "```\n```\n", "あ。", "\n", `e${" ".repeat(50)}\n`])(
    "of %j is taken apart into no more units than one of sentences, and nothing is lost",
    (part) => {
      const text = part.repeat(Math.ceil(1_000_000 / part.length));
      const units = splitUnits(text);
      expect(units.length).toBeLessThanOrEqual(text.length / 12 + 1);
      expect(units.findIndex(({ start }, at) => start < (units[at - 1]?.end ?? 0))).toBe(-1);
      const kept = units.map((unit) => text.slice(unit.start, unit.end)).join("");
      expect(kept.replace(/\s/g, "")).toBe(text.replace(/\s/g, ""));
    },
  );

  test("is shortened to what stands in it, with the facts that do", () => {
    const noise = Array.from({ length: 300_000 }, (_, at) => `${(at * 7_919) % 1_000}`).join("\n");
    const text = `${noise}\n${FACTS.join("\n")}\n${noise}`;
    const short = compress(text, 0.3);
    expect(FACTS.filter((fact) => !short.includes(fact))).toEqual([]);
    const lines = new Set(text.split("\n"));
    expect(short.split("\n").filter((line) => line !== "[…]" && !lines.has(line))).toEqual([]);
  });
});

test("ten times the text takes at most twelve times as long", () => {
  const text = Array.from({ length: 40 }, (_, at) => TALK.replaceAll("search", `search${at}`)).join("\n");
  const toMs = (of: string): number => Math.min(...[1, 2, 3].map(() => measureCpuMs(() => compress(of, 0.3))));
  // Compiled before it is measured.
  toMs(text);
  expect(toMs(text) / toMs(text.slice(0, text.length / 10))).toBeLessThanOrEqual(12);
});

test.each(["Ab", "a/", "a_", "A1-", "1,", "a.", "x=", "no "])(
  "a long run of %j is scored at once",
  (part) => {
    const spentMs = measureCpuMs(() => compress(part.repeat(150_000), 0.3));
    // What looked at each place anew took minutes.
    expect(spentMs).toBeLessThan(10_000);
  },
  30_000,
);
