// Values of settings that are more than a general form: some depend on another variable, or on where the user keeps files.
import { join } from "node:path";
import { type ParseScope, splitOn, toHome, toPath, wholeNumber } from "./parse-value.ts";
import { readVariable } from "./read-variable.ts";

/** How many turns run at once. */
export const parseMaxTurns = wholeNumber(8, 1, 64);

/** Codex's home folder: `CODEX_HOME`, or the folder of the file that `CODEX_CONFIG_PATH` names. */
export function parseCodexHome(value: string | undefined, scope: ParseScope): string {
  const configPath = readVariable(scope.env, "CODEX_CONFIG_PATH");
  if (configPath === undefined) return value === undefined ? join(toHome(scope), ".codex") : toPath(value, scope);
  const path = toPath(configPath, scope);
  if (!path.endsWith("/config.toml")) throw new Error("CODEX_CONFIG_PATH must name a file called config.toml");
  const home = path.slice(0, -"/config.toml".length);
  if (value !== undefined && toPath(value, scope) !== home) {
    throw new Error("CODEX_HOME and CODEX_CONFIG_PATH name different directories; set one of them");
  }
  return home;
}

/** The state folder; by default in the user's `XDG_STATE_HOME`. */
export function parseStateDir(value: string | undefined, scope: ParseScope): string {
  if (value !== undefined) return toPath(value, scope);
  const base = readVariable(scope.env, "XDG_STATE_HOME");
  return join(base?.startsWith("/") ? base : join(toHome(scope), ".local", "state"), "codex-bridge");
}

/** The user's own rules file, if one is named. */
export function parseDelegationRules(value: string | undefined, scope: ParseScope): string | undefined {
  return value === undefined ? undefined : toPath(value, scope);
}

/** The folder for worktrees; by default among the user's data, since it must lie outside the state folder. */
export function parseWorktreesDir(value: string | undefined, scope: ParseScope): string {
  if (value !== undefined) return toPath(value, scope);
  const base = readVariable(scope.env, "XDG_DATA_HOME");
  return join(base?.startsWith("/") ? base : join(toHome(scope), ".local", "share"), "codex-bridge", "worktrees");
}

/** How many background jobs run at once; by default one less than turns. */
export function parseMaxJobs(value: string | undefined, scope: ParseScope): number {
  if (value !== undefined) return wholeNumber(1, 1, 64)(value);
  return Math.max(1, readMaxTurns(scope) - 1);
}

// A wrong value is the problem of its own row.
function readMaxTurns({ env }: ParseScope): number {
  try {
    return parseMaxTurns(readVariable(env, "BRIDGE_MAX_TURNS"));
  } catch {
    return parseMaxTurns(undefined);
  }
}

/** Percent of a usage limit, or `off`. */
export function parseRelayAt(value: string | undefined): number | undefined {
  if (value === undefined) return 95;
  if (value === "off") return undefined;
  const percent = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (!(percent >= 1 && percent <= 100)) throw new Error("expected a whole number from 1 to 100, or off");
  return percent;
}

/** Directories. A list without entries is a mistake: reading it as "no limit" would be the widest meaning. */
export function parseRoots(value: string | undefined, scope: ParseScope): string[] {
  if (value === undefined) return [];
  const roots = splitOn(value, ":");
  if (roots.length === 0) throw new Error("it names no directory; unset the variable if you want no limit");
  return roots.map((path) => toPath(path, scope));
}

/** The address of a PostgreSQL server. What is thrown does not repeat it, since it has a password. */
export function parseMemoryUrl(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  // Without a password in it, since that would be replaced as one.
  if (!/^postgres(?:ql)?:\/\//.test(value)) {
    throw new Error("expected postgres://role@host/database, with a colon and the password after the role");
  }
  const url = URL.canParse(value) ? new URL(value) : undefined;
  // A password with such a sign ends the part with the login, and would be shown as the name of the host or the database.
  if (url === undefined || url.hash !== "" || (url.username === "" && hasLostLogin(url))) {
    throw new Error(
      "it is no URL; signs of a password that have a meaning in one are written as %40 (@), %2F (/), %3A (:), %3F (?), %23 (#)",
    );
  }
  return value;
}

// Whether what was to be the login stands in another part. As a parameter only a login may have an `@`, and no `/`: that would be the rest of a
// password with a `?`.
function hasLostLogin({ hostname, pathname, search }: URL): boolean {
  const params = search.slice(1).split("&");
  return (
    `${hostname}${pathname}`.includes("@") ||
    params.some((param) => param.includes("@") && !/^(?:user|password|application_name)=[^/]*$/.test(param))
  );
}

/** Where embeddings are asked for: the address as it is, or the base of such an API. */
export function parseEmbeddingsUrl(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw new Error("expected https://host/v1");
  if (url.username !== "" || url.password !== "") throw new Error("a key goes into BRIDGE_EMBEDDINGS_KEY");
  const path = url.pathname.replace(/\/+$/, "");
  url.pathname = path.endsWith("/embeddings") ? path : `${path}/embeddings`;
  url.hash = "";
  return url.href;
}
