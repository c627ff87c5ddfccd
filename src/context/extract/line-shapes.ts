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
    .replace(/[a0](?:[-.:/\\][a0])*[-.:/\\]a(?:[-.:/\\][a0])*|a(?:[-.:/\\][a0])+/g, "a")
    .replace(/a(?: a)+/g, "a a");
}

/** The shape of a line, and how many lines have it. The shape of prose says nothing: then, how many lines are the same. */
export interface CountedShape {
  readonly shape: string;
  readonly count: number;
}

/** The shapes of some lines, one for each. */
export function countShapes(texts: readonly string[]): CountedShape[] {
  const counted = new Map<string, { readonly shape: string; count: number }>();
  // A line that stands there again has the shape that it had.
  const known = new Map<string, { readonly own: { readonly shape: string; count: number }; copies: number }>();
  const lines = texts.map((text) => {
    let line = known.get(text);
    if (line === undefined) {
      const shape = shapeOf(text);
      const own = counted.get(shape) ?? { shape, count: 0 };
      counted.set(shape, own);
      line = { own, copies: 0 };
      known.set(text, line);
    }
    line.own.count += 1;
    line.copies += 1;
    return line;
  });
  for (const own of counted.values()) if (isProse(own.shape)) own.count = 1;
  return lines.map(({ own, copies }) => (own.count >= copies ? own : { shape: own.shape, count: copies }));
}

/** Whether so many units of one shape are output of a program. */
export function isRepeated(count: number): boolean {
  return count >= MANY;
}

// "a a." is what most sentences are: their shape says nothing.
function isProse(shape: string): boolean {
  return /^(?:a[:：] )?[「『]?a(?: a)?(?:[,、・「」『』（）] ?a(?: a)?)*[」』]?[.!?:。！？]?$/.test(shape);
}
