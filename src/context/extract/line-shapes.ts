// Recognises repeated output: logs, listings, test runs and stack frames have many lines of one shape.

/** Lines of one shape from which on they are output rather than prose. */
const MANY = 4;

/**
 * The shape of a line: its words as `a`, its numbers as `0`, signs as they are.
 * Two lines of one program have the same shape; two sentences rarely do.
 */
function shapeOf(text: string): string {
  return text
    .replace(/[\p{L}\p{M}_$]+/gu, "a")
    .replace(/[a\d]*\d[a\d]*/g, (run) => (/^\d+$/.test(run) ? "0" : "a"))
    .replace(/0(?:[.,:]0)+/g, "0")
    .replace(/a(?:[-.:/\\]a)+/g, "a")
    .replace(/a(?: a)+/g, "a a");
}

/** For each text, how many of them have its shape; 1 for prose, whose shape says nothing. */
export function countShapes(texts: readonly string[]): number[] {
  const shapes = texts.map(shapeOf);
  const counts = new Map<string, number>();
  for (const shape of shapes) counts.set(shape, (counts.get(shape) ?? 0) + 1);
  return shapes.map((shape) => (isProse(shape) ? 1 : (counts.get(shape) ?? 1)));
}

/** Whether so many units of one shape are output of a program. */
export function isRepeated(count: number): boolean {
  return count >= MANY;
}

// "a a." is what most sentences are: their shape says nothing.
function isProse(shape: string): boolean {
  return /^(?:a: )?a(?: a)?(?:, a(?: a)?)*[.!?:]?$/.test(shape);
}
