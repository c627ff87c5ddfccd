// What the schemas cannot judge: they pass over JavaScript's own name without a word, run out of stack where nesting is deep, and do not look
// into what is passed on. A number such as 1e999 is read as Infinity and would be written as null, which means absent.
import { cutText } from "../domain/cut-text.ts";

/** Deepest nesting of arguments; an output schema has two levels for each of its objects. */
const MAX_DEPTH = 100;
const NAME_CHARACTERS = 60;

/** Says what is wrong with the shape of a call's arguments; undefined where they can be checked, and written as JSON. Never throws. */
export function findShapeFault(args: Readonly<Record<string, unknown>>): string | undefined {
  let level: readonly object[] = [args];
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) return `arguments nest deeper than ${MAX_DEPTH} levels.`;
    if (level.some((value) => Object.hasOwn(value, "__proto__"))) return 'unknown argument "__proto__".';
    const infinite = level.find((value) => Object.values(value).some(isInfinite));
    if (infinite !== undefined) return describeInfinite(infinite);
    level = level.flatMap((value) =>
      Object.values(value).filter((inner) => typeof inner === "object" && inner !== null),
    );
  }
  return undefined;
}

function isInfinite(value: unknown): boolean {
  return typeof value === "number" && !Number.isFinite(value);
}

function describeInfinite(holder: object): string {
  const [name = ""] = Object.entries(holder).find(([, value]) => isInfinite(value)) ?? [];
  return `${JSON.stringify(cutText(name, NAME_CHARACTERS))} is a number that is too large.`;
}
