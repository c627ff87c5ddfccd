// What the runs of two states say about them.
import { expect, test } from "vitest";
import { compareRuns } from "../../src/domain/measure.ts";

test("a state is faster or slower only if all of its runs are", () => {
  expect(compareRuns([100, 104, 99], [50, 52, 49])).toEqual({
    verdict: "faster",
    old: { runsMs: [100, 104, 99], medianMs: 100 },
    new: { runsMs: [50, 52, 49], medianMs: 50 },
    speedup: 2,
  });
  expect(compareRuns([50, 52, 49], [100, 104, 99])).toMatchObject({ verdict: "slower", speedup: 0.5 });
  expect(compareRuns([100, 104, 60], [50, 61, 49])).toMatchObject({ verdict: "within the noise", speedup: 2 });
});

test("runs that touch prove nothing, nor does a command that takes no time", () => {
  expect(compareRuns([10, 10, 10], [10, 10, 10]).verdict).toBe("within the noise");
  expect(compareRuns([11, 10, 12], [10, 9, 8]).verdict).toBe("within the noise");
  const none = compareRuns([0, 0, 0], [0, 0, 0]);
  expect(none.verdict).toBe("within the noise");
  expect(none.speedup).toBeUndefined();
});

test("the median of an even number of runs lies between the middle two", () => {
  expect(compareRuns([4, 1, 3, 2], [1, 1, 1, 1]).old?.medianMs).toBe(2.5);
});
