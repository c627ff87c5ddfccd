import { expect, test } from "vitest";
import { describeCheck, toCheckField } from "../../src/tools/check-words.ts";

const CHECK = { command: "npm test", at: 1, durationMs: 1_234, exitCode: 0, output: "ok" };

test.each([
  [{}, "Check passed (exit 0 after 1.2 s)."],
  [{ exitCode: 2, changed: ["/a"] }, "Check failed (exit 2 after 1.2 s). It changed 1 file."],
  [
    { changed: ["/a"], moreChanged: 2, isPutBack: true },
    "Check passed (exit 0 after 1.2 s). It changed 3 files, which were put back.",
  ],
  [{ exitCode: undefined, timedOut: true }, "Check failed (ended after 1.2 s: its time was up)."],
])("%j in words", (parts, words) => {
  expect(describeCheck({ ...CHECK, ...parts })).toBe(words);
});

test("a check that is shown whole is not cut", () => {
  expect(toCheckField(CHECK)).toEqual({ ...CHECK, passed: true });
});

test.each(["x", "\u0001", "ö", "漢", "😀"])(
  "a large one takes a bounded room, whatever it is made of: %j",
  (character) => {
    const changed = Array.from({ length: 50 }, () => `/${character.repeat(4_000)}`);
    const field = toCheckField({
      ...CHECK,
      command: character.repeat(4_000),
      output: character.repeat(8_000),
      changed,
    });
    expect(field).toMatchObject({ isCut: true, moreChanged: 50 });
    expect(Buffer.byteLength(JSON.stringify(field))).toBeLessThan(12_000);
  },
);
