import fc from "fast-check";
import { expect, test } from "vitest";
import { findImageProblem } from "../../src/domain/image-format.ts";
import { BAD_IMAGES, GIF, GOOD_IMAGES, JPEG, PNG, WEBP } from "../support/images.ts";

test.each(Object.entries(GOOD_IMAGES))("%s is an image, whatever its name", (_name, bytes) => {
  expect(findImageProblem(bytes)).toBeUndefined();
});

test.each(Object.entries(BAD_IMAGES))("%s is none", (_name, [bytes, reason]) => {
  expect(findImageProblem(bytes)).toMatch(reason);
});

test("any bytes are judged, and in time", () => {
  const start = fc.constantFrom(PNG, JPEG, GIF, WEBP, Buffer.from("\0\0\0\x18ftypheic", "latin1"));
  fc.assert(
    fc.property(start, fc.nat(100), fc.uint8Array({ maxLength: 200 }), (image, keep, noise) => {
      const problem = findImageProblem(Buffer.concat([image.subarray(0, keep), noise]));
      expect(problem === undefined || problem.startsWith("is ")).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});
