import type { JsonValue } from "../../../domain/json.ts";

/** Writes a JSON value as one line of TOML, for `-c key=value`. Objects become inline tables; a null in an object is left out. */
export function toTomlValue(value: JsonValue): string {
  if (value === null) return '""';
  if (typeof value === "string") return toTomlString(value);
  if (typeof value !== "object") return String(value);
  if (isList(value)) return `[${value.map(toTomlValue).join(",")}]`;
  const entries = Object.entries(value).filter(([, entry]) => entry !== null);
  return `{${entries.map(([key, entry]) => `${toTomlKey(key)}=${toTomlValue(entry)}`).join(",")}}`;
}

function toTomlKey(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : toTomlString(key);
}

// TOML has the escapes of JSON, and also requires DEL to be escaped.
function toTomlString(text: string): string {
  return JSON.stringify(text).replaceAll("\u007f", "\\u007f");
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
