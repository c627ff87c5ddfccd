// The fields of a form as JSON Schema, in the restricted form that elicitation allows.
import type { PrimitiveSchemaDefinition } from "@modelcontextprotocol/sdk/types.js";
import type { FieldType, InputField } from "../../domain/questions.ts";

/** The schema of one field, as `elicitation/create` has it. */
export type FieldSchema = PrimitiveSchemaDefinition;

/** The properties and the required names of a form. */
export function toFieldSchemas(fields: readonly InputField[]): {
  readonly properties: Record<string, FieldSchema>;
  readonly required: string[];
} {
  const properties = fields.map(({ id, title, description, value }): [string, FieldSchema] => {
    const described = description === undefined ? {} : { description };
    return [id, { ...toSchema(value), title, ...described }];
  });
  return {
    properties: Object.fromEntries(properties),
    required: fields.filter(({ isRequired }) => isRequired).map(({ id }) => id),
  };
}

function toSchema(value: FieldType): FieldSchema {
  switch (value.type) {
    case "text":
      return { type: "string", ...pick(value, "minLength", "maxLength", "format") };
    case "number":
      return { type: value.isInteger ? "integer" : "number", ...pick(value, "minimum", "maximum") };
    case "boolean":
      return { type: "boolean" };
    case "choice":
      return { type: "string", oneOf: value.options.map(({ id, title }) => ({ const: id, title })) };
    case "choices": {
      const items = { anyOf: value.options.map(({ id, title }) => ({ const: id, title })) };
      return { type: "array", items, ...pick(value, "minItems", "maxItems") };
    }
  }
}

// Leaves out what is undefined: it must not travel as `null`.
function pick<Value extends object, Key extends keyof Value>(
  value: Value,
  ...keys: readonly Key[]
): { [Each in Key]?: Exclude<Value[Each], undefined> } {
  const picked: { [Each in Key]?: Exclude<Value[Each], undefined> } = {};
  for (const key of keys) {
    const each = value[key];
    if (isDefined(each)) picked[key] = each;
  }
  return picked;
}

function isDefined<Value>(value: Value): value is Exclude<Value, undefined> {
  return value !== undefined;
}
