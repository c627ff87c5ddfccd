/** Inverse document frequency, of a word that `count` of `total` entries have. */
export function toRarity(count: number, total: number): number {
  return Math.log(1 + (Math.max(total, count) - count + 0.5) / (count + 0.5));
}
