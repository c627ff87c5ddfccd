// Vectors as they are stored: a byte for each number, a quarter of their size. What is lost is far less than what sets two texts apart.

/** Scaled so that its greatest number is 127 or -127. Only directions are compared, so the scale is not kept. */
export type PackedVector = Int8Array;

/** Packs a vector, which has a number other than 0. */
export function packVector(vector: readonly number[]): PackedVector {
  const greatest = vector.reduce((most, number) => Math.max(most, Math.abs(number)), 0);
  return Int8Array.from(vector, (number) => Math.round((number / greatest) * 127));
}

/** How much vectors of one length point the same way as this one, from -1 to 1. */
export function createCosine(one: PackedVector): (other: PackedVector) => number {
  const length = Math.sqrt(one.reduce((sum, number) => sum + number * number, 0));
  return (other) => {
    let [product, others] = [0, 0];
    for (let at = 0; at < one.length; at++) {
      const number = other[at] ?? 0;
      product += (one[at] ?? 0) * number;
      others += number * number;
    }
    return product / (length * Math.sqrt(others));
  };
}
