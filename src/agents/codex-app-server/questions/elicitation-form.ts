// The form of an MCP server, read with care: the restricted JSON Schema of elicitation, in each way in which it writes a choice.

import { isRecord } from "../../../domain/guards.ts";
import type { JsonValue } from "../../../domain/json.ts";
import type { FieldType, FieldValue, InputField } from "../../../domain/questions.ts";
import { type Fields, readFields, readList, readNumber, readText, readTexts } from "../protocol/fields.ts";

/** A field, and its name on the server's side. Field and options have ids of the bridge's own, whatever the server calls them. */
export interface FormField {
  readonly name: string;
  readonly field: InputField;
  /** Values of the options, in their order. */
  readonly values: readonly string[];
}

const MOST_FIELDS = 20;
const MOST_OPTIONS = 100;
const TEXT_CHARACTERS = 10_000;
const FORMATS = ["email", "uri", "date", "date-time"] as const;

/** The fields of a form; undefined for a form that has other ones, or too many. */
export function readForm(schema: Fields | undefined): readonly FormField[] | undefined {
  const properties = readFields(schema, "properties");
  if (properties === undefined) return undefined;
  const required = readTexts(schema, "required") ?? [];
  const entries = Object.entries(properties);
  if (entries.length > MOST_FIELDS) return undefined;
  const fields = entries.flatMap(([name, property], at) => {
    const read = isRecord(property) ? readField(property) : undefined;
    if (read === undefined || !isRecord(property)) return [];
    const field: InputField = {
      id: `f${at + 1}`,
      title: readText(property, "title") ?? name,
      description: readText(property, "description"),
      isRequired: required.includes(name),
      value: read.value,
    };
    return [{ name, field, values: read.values }];
  });
  return fields.length === entries.length ? fields : undefined;
}

interface ReadField {
  readonly value: FieldType;
  readonly values: readonly string[];
}

function readField(property: Fields): ReadField | undefined {
  switch (property["type"]) {
    case "string":
      return readStringField(property);
    case "number":
    case "integer":
      return {
        value: {
          type: "number",
          isInteger: property["type"] === "integer",
          minimum: readNumber(property, "minimum"),
          maximum: readNumber(property, "maximum"),
        },
        values: [],
      };
    case "boolean":
      return { value: { type: "boolean" }, values: [] };
    case "array":
      return readArrayField(property);
    default:
      return undefined;
  }
}

function readStringField(property: Fields): ReadField | undefined {
  const isChoice = "enum" in property || "oneOf" in property;
  const choice = isChoice ? readOptions(property) : undefined;
  if (isChoice) return choice && { value: { type: "choice", options: choice.options }, values: choice.values };
  const format = FORMATS.find((known) => known === property["format"]);
  const maxLength = Math.min(TEXT_CHARACTERS, readNumber(property, "maxLength") ?? TEXT_CHARACTERS);
  return { value: { type: "text", minLength: readNumber(property, "minLength"), maxLength, format }, values: [] };
}

function readArrayField(property: Fields): ReadField | undefined {
  const choice = readOptions(readFields(property, "items"));
  if (choice === undefined) return undefined;
  const { options, values } = choice;
  const bounds = { minItems: readNumber(property, "minItems"), maxItems: readNumber(property, "maxItems") };
  return { value: { type: "choices", options, ...bounds }, values };
}

function readOptions(
  schema: Fields | undefined,
): { readonly options: readonly { id: string; title: string }[]; readonly values: readonly string[] } | undefined {
  const titled = readList(schema, "oneOf") ?? readList(schema, "anyOf");
  const values = titled?.map((option) => option["const"]) ?? readTexts(schema, "enum") ?? [];
  const titles = titled?.map((option) => readText(option, "title")) ?? readTexts(schema, "enumNames") ?? [];
  const texts = values.filter((value) => typeof value === "string");
  if (texts.length === 0 || texts.length !== values.length || texts.length > MOST_OPTIONS) return undefined;
  return { options: texts.map((value, at) => ({ id: `${at + 1}`, title: titles[at] ?? value })), values: texts };
}

/** A value as the server takes it. */
export function toFormValue({ field, values }: FormField, value: FieldValue): JsonValue {
  const toText = (id: string): string => values[Number(id) - 1] ?? id;
  if (field.value.type === "choice" && typeof value === "string") return toText(value);
  return typeof value === "object" ? value.map(toText) : value;
}
