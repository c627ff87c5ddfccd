// Bounds on the tokens of a context, as a rules file writes them.

/** Reads `>50000`, `>=`, `<`, `<=`, a range `1000-5000`, or a bare number, which is a lower bound. undefined for anything else. */
export function parseSize(bound: string | number): ((tokens: number) => boolean) | undefined {
  if (typeof bound === "number") return (tokens) => tokens >= bound;
  const match = /^\s*([<>]=?)?\s*(\d{1,15})(?:\s*-\s*(\d{1,15}))?\s*$/.exec(bound);
  if (match === null) return undefined;
  const [sign, limit, upper] = [match[1], Number(match[2]), match[3]];
  if (upper !== undefined) {
    const isRange = sign === undefined && limit <= Number(upper);
    return isRange ? (tokens) => tokens >= limit && tokens <= Number(upper) : undefined;
  }
  if (sign === ">") return (tokens) => tokens > limit;
  if (sign === "<") return (tokens) => tokens < limit;
  if (sign === "<=") return (tokens) => tokens <= limit;
  return (tokens) => tokens >= limit;
}
