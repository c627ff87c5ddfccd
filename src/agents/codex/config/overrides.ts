// Config overrides: settings that a run gives to Codex in place of those in its config files.
import type { JsonValue } from "../../../domain/json.ts";
import { toTomlValue } from "./toml-value.ts";

/** A dotted config key with its value. */
export type Override = readonly [key: string, value: JsonValue];

/** Overrides as options of the command line, which takes values as TOML. */
export function toFlags(overrides: readonly Override[]): string[] {
  return overrides.flatMap(([key, value]) => ["-c", `${key}=${toTomlValue(value)}`]);
}
