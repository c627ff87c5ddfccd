// Whether the bridge that Codex starts finds Claude Code, and Claude Code a login: Codex hands on few variables, and no others.

import { toClaudeEnv } from "../../../agents/claude-code/launch/claude-env.ts";
import { findClaude } from "../../../agents/claude-code/launch/claude-launch.ts";
import { toBridgeError } from "../../../domain/errors.ts";
import { isRecord } from "../../../domain/guards.ts";
import { askProgram, askVersion } from "../ask-program.ts";
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
  const version = await askVersion(file, asking);
  const found = `Claude Code${version === undefined ? "" : ` ${version}`} at ${file}`;
  if (version === undefined) {
    return failed(`${found} does not say its version`, `Run it yourself to see why: ${file} --version`);
  }
  const login = readLogin(await askProgram(file, ["auth", "status", "--json"], asking));
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

// Without a login it ends with 1, and says so all the same.
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
