import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { joinUnits, splitUnits, takeUnits } from "../../../src/context/context-units.ts";
import { rankUnits, scoreUnits } from "../../../src/context/extract/score-units.ts";
import { measureCpuMs } from "../../support/cpu-time.ts";

/** Shortens a text to a share of its bytes. */
function extract(text: string, ratio: number, task = ""): string {
  const units = splitUnits(text);
  const texts = units.map(({ start, end }) => text.slice(start, end));
  const ranked = rankUnits(scoreUnits(texts, task));
  const taken = takeUnits(text, units, [{ units: ranked, fills: true }], Buffer.byteLength(text) * ratio);
  return joinUnits(text, units, taken).text;
}

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
    const short = extract(TALK, ratio, "make the search faster");
    expect(FACTS.filter((fact) => !short.includes(fact))).toEqual([]);
    expect(Buffer.byteLength(short)).toBeLessThanOrEqual(Buffer.byteLength(TALK) * ratio);
    expect(short).toContain("[…]");
  });

  test("repeated output goes first, however many signs it has", () => {
    const short = extract(TALK, 0.3);
    expect(tests.filter((line) => short.includes(line)).length).toBeLessThan(5);
    expect(frames.filter((line) => short.includes(line)).length).toBeLessThan(5);
  });

  test("the same text gives the same result, in the order of the text", () => {
    const short = extract(TALK, 0.3);
    expect(extract(TALK, 0.3)).toBe(short);
    const places = FACTS.map((fact) => short.indexOf(fact));
    expect(places).toEqual(places.toSorted((one, other) => one - other));
  });
});

test.each([
  ["de", "Die Sicherung darf nie während der Abrechnung laufen.", "Na gut, dann bis morgen, und schöne Grüße."],
  ["es", "El servicio nunca debe guardar la tarjeta sin cifrar.", "Vale, hasta luego, y que tengas un buen día."],
  ["fr", "Le jeton doit toujours expirer, jamais après une heure.", "Bon, à demain alors, et bonne soirée à toi."],
])("a constraint in %s is worth more than talk", (_language, constraint, talk) => {
  const [first, second] = scoreUnits([talk, constraint, talk], "").toSorted((one, other) => other.worth - one.worth);
  expect([first?.text, second?.text]).toEqual([constraint, talk]);
});

test("whatever the text, no line of the result is new, and the size is kept", () => {
  const piece = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("Only this.", "\n", "```\n", "🎉", " ", "a.b/c:1"),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), fc.double({ min: 0.1, max: 0.9, noNaN: true }), (pieces, ratio) => {
      const text = pieces.join("");
      const short = extract(text, ratio);
      const whole = text.toWellFormed();
      for (const line of short.split("\n")) expect(line === "[…]" || whole.includes(line)).toBe(true);
      if (short !== text && short !== "[…]") {
        expect(Buffer.byteLength(short)).toBeLessThanOrEqual(Buffer.byteLength(text) * ratio + 12);
      }
    }),
  );
});

test.each(["Ab", "a/", "a_", "A1-", "1,", "a.", "x=", "no "])(
  "a long run of %j is scored at once",
  (part) => {
    const spentMs = measureCpuMs(() => extract(part.repeat(150_000), 0.3));
    // What looked at each place anew took minutes.
    expect(spentMs).toBeLessThan(10_000);
  },
  30_000,
);
