// What the schemas cannot judge: they pass over JavaScript's own name without a word, and run out of stack where nesting is deep.

/** Deepest nesting of arguments; an output schema has two levels for each of its objects. */
const MAX_DEPTH = 100;

/** Says what is wrong with the shape of a call's arguments; undefined where they can be checked, and written as JSON. Never throws. */
export function findShapeFault(args: Readonly<Record<string, unknown>>): string | undefined {
  let level: readonly object[] = [args];
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) return `arguments nest deeper than ${MAX_DEPTH} levels.`;
    if (level.some((value) => Object.hasOwn(value, "__proto__"))) return 'unknown argument "__proto__".';
    level = level.flatMap((value) =>
      Object.values(value).filter((inner) => typeof inner === "object" && inner !== null),
    );
  }
  return undefined;
}
