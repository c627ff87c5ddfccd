// Arbitrary JSON as text: the only form in which `__proto__` is a member like others and nesting has no limit.
import fc from "fast-check";

/** A JSON Schema as tools/list publishes it. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Seed of every run: what failed once fails again. */
export const SEED = 20_261_121;

const ODD_NAMES = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "then",
  "toJSON",
  "length",
  "0",
  "",
  "\0",
  "\ud800",
];
const ODD_TEXTS = [
  ...ODD_NAMES,
  " \n",
  "-",
  "--dangerously-bypass-approvals-and-sandbox",
  "-c",
  "../../etc/passwd",
  "/",
  "~",
  "a\0b",
  "a\udc00b",
  "\u202e\u200b\ufeff",
  "null",
  "$(touch x) `touch x` ; touch x",
  "🎉".repeat(60_000),
  "x".repeat(1_100_000),
];
const ODD_NUMBERS = ["-0", "1e999", "-1e999", "1.5", "9007199254740993", "1e-400", "-1", "999"];
const DEEP = [1_000, 100_000].flatMap((depth) => [
  `${"[".repeat(depth)}${"]".repeat(depth)}`,
  `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`,
  `${'{"__proto__":'.repeat(depth)}1${"}".repeat(depth)}`,
]);

const toText = (value: unknown): string => JSON.stringify(value);
const toObject = (members: readonly (readonly [string, string])[]): string =>
  `{${members.map(([name, text]) => `${toText(name)}:${text}`).join(",")}}`;

const anyName = fc.oneof(fc.constantFrom(...ODD_NAMES), fc.string({ unit: "grapheme", maxLength: 20 }));
const scalar = fc.oneof(
  fc.constantFrom("null", "true", "false", "[]", "{}", ...ODD_NUMBERS),
  fc.constantFrom(...ODD_TEXTS).map(toText),
  fc.string({ unit: "binary" }).map(toText),
  fc.double().map((number) => toText(number)),
);

/** Any JSON at all. */
export const anyJson: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: scalar },
  { weight: 2, arbitrary: fc.array(scalar, { maxLength: 30 }).map((texts) => `[${texts.join(",")}]`) },
  { weight: 2, arbitrary: fc.array(fc.tuple(anyName, scalar), { maxLength: 8 }).map(toObject) },
  { weight: 1, arbitrary: fc.constantFrom(...DEEP) },
);

/** Arguments for a tool: each is missing, as its schema says, or anything at all; some have names that no schema knows. */
export function anyArguments({ properties = {}, required = [] }: Schema): fc.Arbitrary<string> {
  const members = Object.entries(properties).map(([name, schema]) => {
    const weight = required.includes(name) ? 20 : 1;
    const value = fc.oneof({ weight, arbitrary: fittingJson(schema) }, { weight: 1, arbitrary: anyJson });
    const isThere = fc.oneof({ weight, arbitrary: fc.constant(true) }, { weight: 5, arbitrary: fc.constant(false) });
    return fc.tuple(value, isThere).map(([text, is]) => (is ? [[name, text] as const] : []));
  });
  const extras = fc.oneof(
    { weight: 5, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(fc.tuple(anyName, anyJson), { maxLength: 3 }) },
  );
  return fc.tuple(fc.tuple(...members), extras).map(([known, unknown]) => toObject([...known.flat(), ...unknown]));
}

function fittingJson(schema: Schema): fc.Arbitrary<string> {
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum).map(toText);
  if (typeof schema.type === "object") return fc.oneof(...schema.type.map((type) => fittingJson({ ...schema, type })));
  switch (schema.type) {
    case "string":
      return fc.oneof(fc.string({ unit: "grapheme", minLength: 1 }), fc.constantFrom("x", ".")).map(toText);
    case "integer":
      return fc.integer({ min: schema.minimum ?? -5, max: schema.maximum ?? 1_000_000 }).map(toText);
    case "number":
      return fc.double({ min: schema.minimum ?? -5, max: schema.maximum ?? 5, noNaN: true }).map(toText);
    case "boolean":
      return fc.boolean().map(toText);
    case "array":
      return fc.array(fittingJson(schema.items ?? {}), { maxLength: 25 }).map((texts) => `[${texts.join(",")}]`);
    default:
      return fc.array(fc.tuple(anyName, anyJson), { maxLength: 4 }).map(toObject);
  }
}
