// Reads fields of the app server's messages. A field that is missing or of another type is undefined, so that nothing is made up for it.
import { isRecord } from "../../../domain/guards.ts";

/** A JSON object of the app server's. */
export type Fields = Readonly<Record<string, unknown>>;

/** A text, undefined also if it is empty. */
export function readText(fields: Fields | undefined, name: string): string | undefined {
  const value = fields?.[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A finite number. */
export function readNumber(fields: Fields | undefined, name: string): number | undefined {
  const value = fields?.[name];
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** A boolean. */
export function readFlag(fields: Fields | undefined, name: string): boolean | undefined {
  const value = fields?.[name];
  return typeof value === "boolean" ? value : undefined;
}

/** An object. */
export function readFields(fields: Fields | undefined, name: string): Fields | undefined {
  const value = fields?.[name];
  return isRecord(value) ? value : undefined;
}

/** The objects of a list; undefined if there is no list. Other elements are left out. */
export function readList(fields: Fields | undefined, name: string): readonly Fields[] | undefined {
  const value = fields?.[name];
  return Array.isArray(value) ? value.filter(isRecord) : undefined;
}

/** A list of texts; undefined if there is no list, or one element is no text. */
export function readTexts(fields: Fields | undefined, name: string): readonly string[] | undefined {
  const value = fields?.[name];
  if (!Array.isArray(value)) return undefined;
  const texts = value.filter((element) => typeof element === "string");
  return texts.length === value.length ? texts : undefined;
}
