// Combines the layers of Codex's config: the file, a profile, and overrides.
import { basename } from "node:path";
import { BridgeError } from "../../../domain/errors.ts";
import { isRecord } from "../../../domain/guards.ts";
import { readSmallText } from "../../../files/small-file.ts";

/** Codex has 64-bit integers. One that does not fit into a JavaScript number must not make the whole file unreadable. */
const BIG_INTEGERS = { integersAsBigInt: "asNeeded" } as const;

/** Applies `key=value` overrides to a config. A value is read as TOML, or as text if it is not TOML, as Codex does with `-c`. */
export async function withOverrides(
  root: Readonly<Record<string, unknown>>,
  overrides: readonly string[],
): Promise<Record<string, unknown>> {
  if (overrides.length === 0) return { ...root };
  const { parse } = await import("smol-toml");
  return overrides.reduce<Record<string, unknown>>(
    (config, text) => {
      const at = text.indexOf("=");
      return setDotted(config, text.slice(0, at).split("."), readValue(parse, text.slice(at + 1)));
    },
    { ...root },
  );
}

function readValue(
  parse: (text: string, options: typeof BIG_INTEGERS) => Record<string, unknown>,
  text: string,
): unknown {
  try {
    return parse(`value = ${text}`, BIG_INTEGERS)["value"];
  } catch {
    return text;
  }
}

function setDotted(
  table: Readonly<Record<string, unknown>>,
  keys: readonly string[],
  value: unknown,
): Record<string, unknown> {
  const [first = "", ...rest] = keys;
  return { ...table, [first]: rest.length === 0 ? value : setDotted(toTable(table[first]), rest, value) };
}

/** Applies a profile to a config. `layer` is the profile's own file, if it has one. Throws CONFIG_INVALID if the profile has no file and no table. */
export function withProfile(
  root: Readonly<Record<string, unknown>>,
  profile: string | undefined,
  layer: Readonly<Record<string, unknown>> | undefined,
): Record<string, unknown> {
  if (profile === undefined || layer !== undefined) return mergeTables(root, layer ?? {});
  if (toTable(root["profiles"])[profile] !== undefined) return { ...root, profile };
  throw new BridgeError("CONFIG_INVALID", `The user's Codex config has no profile ${JSON.stringify(profile)}.`, {
    nextStep: "Leave `profile` out, or name a profile of that config.",
  });
}

/** Combines two configs as Codex does: table by table, key by key. */
export function mergeTables(
  base: Readonly<Record<string, unknown>>,
  layer: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const merged = Object.entries(layer).map(([key, value]): [string, unknown] => {
    const before = base[key];
    return [key, isRecord(before) && isRecord(value) ? mergeTables(before, value) : value];
  });
  return { ...base, ...Object.fromEntries(merged) };
}

/** Parses a config file. Throws CONFIG_INVALID with the reason. */
export async function parseConfigFile(path: string): Promise<Record<string, unknown>> {
  const { parse, TomlError } = await import("smol-toml");
  try {
    return parse(readSmallText(path), BIG_INTEGERS);
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
    const position = error instanceof TomlError ? `${path}:${error.line}:${error.column}` : path;
    throw new BridgeError("CONFIG_INVALID", `Codex's ${basename(path)} cannot be read: ${reason} (${position}).`, {
      nextStep: `Ask the user to correct ${path}.`,
      cause: error,
    });
  }
}

function toTable(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}
