// What was filled into the fields of a question, checked by their types.
import { isRecord } from "./guards.ts";
import type { FieldType, FieldValue, InputField } from "./questions.ts";

/** The values of a filled form or of an object in its shape; undefined where one of them does not fit its field. Values without a field are left out. */
export function readFields(fields: readonly InputField[], content: unknown): Record<string, FieldValue> | undefined {
  const given = isRecord(content) ? content : {};
  const values: [string, FieldValue][] = [];
  for (const { id, isRequired, value } of fields) {
    const raw = Object.hasOwn(given, id) ? given[id] : undefined;
    if (raw === undefined || raw === null) {
      if (isRequired) return undefined;
      continue;
    }
    const read = readValue(value, raw);
    if (read === undefined) return undefined;
    values.push([id, read]);
  }
  return Object.fromEntries(values);
}

function readValue(type: FieldType, raw: unknown): FieldValue | undefined {
  switch (type.type) {
    case "text":
      return typeof raw === "string" && isWithin(raw.length, type.minLength, type.maxLength) ? raw : undefined;
    case "number": {
      if (typeof raw !== "number" || !Number.isFinite(raw) || (type.isInteger && !Number.isInteger(raw))) return;
      return isWithin(raw, type.minimum, type.maximum) ? raw : undefined;
    }
    case "boolean":
      return typeof raw === "boolean" ? raw : undefined;
    case "choice":
      return typeof raw === "string" && type.options.some(({ id }) => id === raw) ? raw : undefined;
    case "choices": {
      if (!Array.isArray(raw) || !isWithin(raw.length, type.minItems, type.maxItems)) return undefined;
      const ids = raw.filter((id): id is string => type.options.some((option) => option.id === id));
      return ids.length === raw.length ? ids : undefined;
    }
  }
}

function isWithin(size: number, least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY): boolean {
  return size >= least && size <= most;
}
