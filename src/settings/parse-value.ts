// The forms that the value of an environment variable may have. Each parser throws an Error that says what is expected.
import { homedir, userInfo } from "node:os";
import { join, resolve } from "node:path";
import { type Environment, readVariable } from "./read-variable.ts";

/** What a parser may use besides the value. */
export interface ParseScope {
  readonly env: Environment;
  readonly cwd: string;
}

/** `0` or `1`; an unset variable is off. */
export function parseSwitch(value: string | undefined): boolean {
  return value === undefined ? false : oneOf(["0", "1"] as const, value) === "1";
}

/** Entries that commas separate; an unset variable has none. */
export function parseList(value: string | undefined): string[] {
  return value === undefined ? [] : splitOn(value, ",");
}

/** The entries of a list, without blanks around them. Throws where there are none. */
export function splitOn(value: string, separator: string): string[] {
  const parts = value
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== "");
  // A list of separators only is a mistake. For a limit it must not mean "no limit".
  if (parts.length === 0) throw new Error("it names nothing");
  return parts;
}

/** Makes a parser of whole numbers from `least` to `most`; an unset variable is `fallback`. */
export function wholeNumber(fallback: number, least: number, most: number): (value: string | undefined) => number {
  return (value) => {
    if (value === undefined) return fallback;
    const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
    if (!(number >= least && number <= most)) throw new Error(`expected a whole number from ${least} to ${most}`);
    return number;
  };
}

/** The same for a limit that need not be there. */
export function limitOrNone(least: number, most: number): (value: string | undefined) => number | undefined {
  return (value) => (value === undefined ? undefined : wholeNumber(least, least, most)(value));
}

/** One of several words. */
export function oneOf<const Choice extends string>(choices: readonly Choice[], value: string): Choice {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw new Error(`expected one of: ${choices.join(", ")}`);
  return found;
}

/** An absolute path. `~` is the home folder, and a relative path starts at the bridge's directory. */
export function toPath(value: string, scope: ParseScope): string {
  const expanded = value === "~" || value.startsWith("~/") ? join(toHome(scope), value.slice(1)) : value;
  return resolve(scope.cwd, expanded);
}

/** The user's home folder. With an empty HOME, Codex too asks the system for it. */
export function toHome(scope: ParseScope): string {
  const home = readVariable(scope.env, "HOME");
  if (home !== undefined) return home;
  return scope.env["HOME"] === undefined ? homedir() : userInfo().homedir;
}
