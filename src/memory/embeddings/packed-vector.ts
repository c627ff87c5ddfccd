// Vectors as they are stored: a byte for each number, a quarter of their size. What is lost is far less than what sets two texts apart.

/** Scaled so that its greatest number is 127 or -127. Only directions are compared, so the scale is not kept. */
export type PackedVector = Int8Array;

/** Packs a vector, which has a number other than 0. */
export function packVector(vector: readonly number[]): PackedVector {
  const greatest = vector.reduce((most, number) => Math.max(most, Math.abs(number)), 0);
  return Int8Array.from(vector, (number) => Math.round((number / greatest) * 127));
}

/** How much two vectors of one length point the same way, from -1 to 1. */
export function toCosine(one: PackedVector, other: PackedVector): number {
  let [product, ones, others] = [0, 0, 0];
  for (let at = 0; at < one.length; at++) {
    const a = one[at] as number;
    const b = other[at] as number;
    product += a * b;
    ones += a * a;
    others += b * b;
  }
  return product / Math.sqrt(ones * others);
}
