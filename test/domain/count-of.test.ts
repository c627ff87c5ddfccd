import { expect, test } from "vitest";
import { countOf } from "../../src/domain/count-of.ts";

test("a number agrees with its noun", () => {
  expect([0, 1, 2].map((count) => countOf(count, "warning"))).toEqual(["0 warnings", "1 warning", "2 warnings"]);
});
