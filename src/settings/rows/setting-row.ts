// One setting: its variable, what it means, how it is read.
import type { ParseScope } from "../parse-value.ts";
import type { Settings } from "../settings.ts";

/** How an environment variable becomes a setting. `parse` gets undefined for an unset variable, and throws an Error that says what is expected. */
export interface SettingRow<Key extends keyof Settings = keyof Settings> {
  readonly key: Key;
  readonly variable: string;
  readonly defaultText: string;
  readonly description: string;
  /** Its value is never shown, wrong or right. */
  readonly isSecret?: boolean;
  readonly parse: (value: string | undefined, scope: ParseScope) => Settings[Key];
}

/** A row. */
export function row<Key extends keyof Settings>(
  key: Key,
  variable: string,
  defaultText: string,
  description: string,
  parse: SettingRow<Key>["parse"],
): SettingRow<Key> {
  return { key, variable, defaultText, description, parse };
}
