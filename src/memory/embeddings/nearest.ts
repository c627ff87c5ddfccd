// Chooses from all vectors those that are near enough to say something.
import { createCosine, type PackedVector } from "./packed-vector.ts";

/** Looks at one vector after the other. */
export interface Nearest<Id> {
  see(id: Id, vector: PackedVector): void;
  /** Those that stand out, nearest first, at most `most`. */
  list(most: number): Id[];
}

/**
 * An entry counts if it is this many standard deviations nearer than entries are on average: models differ in what a cosine of 0.6 means, and the
 * nearest of many that have nothing to do with a question is no answer. With less, stand-ins that know nothing did harm.
 */
const LEAST_DEVIATIONS = 3.5;
/** One of few cannot stand out that far: this part of the most that is possible. */
const PART_OF_FEW = 0.8;
/** Fewer say nothing about what is usual. */
const LEAST_SEEN = 8;

/** Makes it for the vector of a question. */
export function createNearest<Id>(question: PackedVector): Nearest<Id> {
  const toCosine = createCosine(question);
  const seen: { readonly id: Id; readonly cosine: number }[] = [];
  return {
    see: (id, vector) => {
      seen.push({ id, cosine: toCosine(vector) });
    },
    list: (most) => {
      const mean = seen.reduce((sum, { cosine }) => sum + cosine, 0) / seen.length;
      const variance = seen.reduce((sum, { cosine }) => sum + (cosine - mean) ** 2, 0) / seen.length;
      const deviations = Math.min(LEAST_DEVIATIONS, PART_OF_FEW * Math.sqrt(seen.length - 1));
      const least = seen.length < LEAST_SEEN ? mean : mean + deviations * Math.sqrt(variance);
      const near = seen.filter(({ cosine }) => cosine > 0 && cosine >= least);
      return near
        .toSorted((a, b) => b.cosine - a.cosine)
        .slice(0, most)
        .map(({ id }) => id);
    },
  };
}
