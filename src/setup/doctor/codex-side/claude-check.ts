// Whether the bridge that Codex starts finds Claude Code, and Claude Code a login: Codex hands on few variables, and no others.

import { toClaudeEnv } from "../../../agents/claude-code/launch/claude-env.ts";
import { findClaude } from "../../../agents/claude-code/launch/claude-launch.ts";
import { toBridgeError } from "../../../domain/errors.ts";
import { isRecord } from "../../../domain/guards.ts";
import { runForBytes } from "../../../process/run-bytes.ts";
import { addressUser, type Finding, failed, ok, warning } from "../check.ts";
import type { DoctorSettings } from "../options.ts";

/** What the bridge of an entry has. */
export interface ClaudeScope {
  /** The name of the entry. */
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  readonly settings: Pick<DoctorSettings, "claudeBin" | "envPass">;
  readonly cwd: string;
}

/** Measured: half a second; the network is not needed. */
const ASK = { timeoutMs: 15_000, maxBytes: 262_144 };

/** Finds Claude Code, and asks it for its login. No model is asked. */
export async function checkClaude({ name, env, settings, cwd }: ClaudeScope): Promise<Finding> {
  let file: string;
  try {
    file = findClaude({ claudeBin: settings.claudeBin, env }, cwd);
  } catch (error) {
    const { message, nextStep } = toBridgeError(error).report;
    return failed(`"${name}" finds no Claude Code: ${message}`, addressUser(nextStep));
  }
  const asking = { cwd, env: toClaudeEnv(env, settings.envPass, {}) };
  const version = /\d+\.\d+\.\d+\S*/.exec(await ask(file, ["--version"], asking))?.[0];
  const found = `Claude Code${version === undefined ? "" : ` ${version}`} at ${file}`;
  if (version === undefined) {
    return failed(`${found} does not say its version`, `Run it yourself to see why: ${file} --version`);
  }
  const login = readLogin(await ask(file, ["auth", "status", "--json"], asking));
  if (login === undefined) {
    return warning(
      `${found} does not say whether it has a login`,
      "Type `$cc:setup` in Codex, or update Claude Code: it has `claude auth status`.",
    );
  }
  if (login.isLoggedIn) return ok(`${found} has a login (${login.method}), as "${name}" starts it`);
  return failed(
    `${found} has no login, as "${name}" starts it`,
    "Run `claude` and type /login. If it has one in your terminal, name the variable of that login in `env_vars` of the entry.",
  );
}

/** Which login Claude Code says that it has; undefined if it does not say. */
function readLogin(said: string): { readonly isLoggedIn: boolean; readonly method: string } | undefined {
  try {
    const status: unknown = JSON.parse(said);
    if (!isRecord(status) || typeof status["loggedIn"] !== "boolean") return undefined;
    const { authMethod, apiProvider } = status;
    const method = authMethod === "third_party" ? apiProvider : authMethod;
    return { isLoggedIn: status["loggedIn"], method: String(method).slice(0, 40) };
  } catch {
    return undefined;
  }
}

// Without a login it ends with 1, and says so all the same.
async function ask(
  file: string,
  args: readonly string[],
  asking: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<string> {
  const { signal } = new AbortController();
  const { exitCode, stdout } = await runForBytes({ file, args, ...asking }, { ...ASK, signal });
  return exitCode === undefined ? "" : stdout.toString("utf8");
}
