// The login that Claude Code has stored. The bridge reads when it expires, and a key that Claude Code looks for in its settings folder alone
// (docs/claude-code.md#inside-codexs-sandbox).
import { join } from "node:path";
import { isRecord } from "../../../domain/guards.ts";
import { readSmallTextIfAny } from "../../../files/small-file.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Variables with a login, which Claude Code prefers to a stored one. */
const GIVEN = ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"];

/** Where the user's login is. */
export interface LoginPlace {
  readonly env: Environment;
  /** The user's settings folder of Claude Code. */
  readonly userConfig: string;
  /** The user's home. */
  readonly home: string;
}

/** The folder in which Claude Code looks for `.credentials.json`. */
export function toLoginFolder({ env, userConfig }: Pick<LoginPlace, "env" | "userConfig">): string {
  return env["CLAUDE_SECURESTORAGE_CONFIG_DIR"] || userConfig;
}

/** When the stored login of a subscription expires, epoch ms. Undefined where none is used, or where that cannot be read. */
export function readLoginExpiry(place: LoginPlace): number | undefined {
  if (hasGiven(place.env)) return undefined;
  const expiresAt = readOauth(place)?.["expiresAt"];
  return typeof expiresAt === "number" ? expiresAt : undefined;
}

/** The API key of a Console login, which is in the user's `.claude.json`. Undefined where another login is used. */
export function readConsoleKey(place: LoginPlace): string | undefined {
  if (hasGiven(place.env) || readOauth(place) !== undefined) return undefined;
  const folder = place.env["CLAUDE_CONFIG_DIR"] || place.home;
  const key = readJson(join(folder, ".claude.json"))["primaryApiKey"];
  return typeof key === "string" && key !== "" ? key : undefined;
}

function hasGiven(env: Environment): boolean {
  return GIVEN.some((name) => (env[name] ?? "") !== "");
}

function readOauth(place: LoginPlace): Readonly<Record<string, unknown>> | undefined {
  const oauth = readJson(join(toLoginFolder(place), ".credentials.json"))["claudeAiOauth"];
  return isRecord(oauth) ? oauth : undefined;
}

function readJson(path: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(readSmallTextIfAny(path) ?? "");
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}
