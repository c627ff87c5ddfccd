// Finds the dialect of JSON Schema that `$schema` asks for. Only for the validation worker: ajv is too big to be loaded elsewhere.
import { Ajv, type Options, type ValidateFunction } from "ajv";
import { Ajv2019 } from "ajv/dist/2019.js";
import { Ajv2020 } from "ajv/dist/2020.js";
import draft06MetaSchema from "ajv/dist/refs/json-schema-draft-06.json" with { type: "json" };
import { toDraft07 } from "./schema-draft04.ts";

/** A dialect, as the worker needs it. */
export interface Dialect {
  /** The value of `$schema` by which ajv knows it. */
  readonly name: string;
  readonly validator: Validator;
}

interface Validator {
  /** Throws if a schema is not valid in this dialect. */
  compile(schema: Readonly<Record<string, unknown>>): ValidateFunction;
  errorsText(errors: ValidateFunction["errors"], options: { readonly dataVar: string }): string;
}

// Formats are only annotations in newer drafts. ajv would log to stdout, which belongs to the protocol.
const OPTIONS: Options = { strict: false, validateFormats: false, allErrors: false, logger: false };

const DIALECTS: Readonly<Record<string, () => Validator>> = {
  "https://json-schema.org/draft/2020-12/schema": () => new Ajv2020(OPTIONS),
  "https://json-schema.org/draft/2019-09/schema": () => new Ajv2019(OPTIONS),
  "http://json-schema.org/draft-07/schema": () => new Ajv(OPTIONS),
  "http://json-schema.org/draft-06/schema": () => new Ajv(OPTIONS).addMetaSchema(draft06MetaSchema),
  "http://json-schema.org/draft-04/schema": createDraft04,
};

/** Known values of `$schema`. */
export const KNOWN_DIALECTS: readonly string[] = Object.keys(DIALECTS);

/** The dialect that `$schema` names; 2020-12 if it names none, undefined if it is unknown. `http` and `https` and a final `#` make no difference. */
export function findDialect(named: unknown): Dialect | undefined {
  const wanted = named === undefined ? KNOWN_DIALECTS[0] : named;
  if (typeof wanted !== "string") return undefined;
  const known = Object.entries(DIALECTS).find(([name]) => normalise(name) === normalise(wanted));
  if (known === undefined) return undefined;
  const [name, create] = known;
  return { name, validator: create() };
}

function createDraft04(): Validator {
  const ajv = new Ajv(OPTIONS);
  return {
    compile: (schema) => ajv.compile({ ...toDraft07(schema), $schema: "http://json-schema.org/draft-07/schema" }),
    errorsText: (errors, options) => ajv.errorsText(errors, options),
  };
}

function normalise(name: string): string {
  return name.replace(/^https?:/, "").replace(/#$/, "");
}
