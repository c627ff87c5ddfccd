// Whether the bridge that Codex starts finds Claude Code, and Claude Code a login: Codex hands on few variables, and no others.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toClaudeEnv } from "../../../agents/claude-code/launch/claude-env.ts";
import { findClaude } from "../../../agents/claude-code/launch/claude-launch.ts";
import { findUserFile, findUserFolder } from "../../../clients/claude-code/config-files.ts";
import { toBridgeError } from "../../../domain/errors.ts";
import { isRecord } from "../../../domain/guards.ts";
import { readSmallText } from "../../../files/small-file.ts";
import { type Asking, askProgram, askVersion } from "../ask-program.ts";
import { addressUser, type Finding, failed, ok, warning } from "../check.ts";
import type { DoctorSettings } from "../options.ts";

/** Claude Code keeps what it knows of every project in its file. */
const MOST_BYTES = 67_108_864;

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
  const login = readLogin(await askStatus(file, asking));
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

// Claude Code writes its file when it is started for the first time. Doctor only looks, so one that was never started is asked with a temporary folder.
async function askStatus(file: string, asking: Asking): Promise<string> {
  const words = ["auth", "status", "--json"];
  if (hasBeenStarted(asking)) return askProgram(file, words, asking);
  const folder = mkdtempSync(join(tmpdir(), "codex-bridge-doctor-"));
  try {
    return await askProgram(file, words, { ...asking, env: { ...asking.env, CLAUDE_CONFIG_DIR: folder } });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function hasBeenStarted(context: Asking): boolean {
  if (existsSync(join(findUserFolder(context), ".credentials.json"))) return true;
  const path = findUserFile(context);
  if (!existsSync(path)) return false;
  try {
    const file: unknown = JSON.parse(readSmallText(path, MOST_BYTES));
    const keys = ["firstStartTime", "numStartups", "oauthAccount", "primaryApiKey"];
    return isRecord(file) && keys.some((key) => key in file);
  } catch {
    // What cannot be read is no first start.
    return true;
  }
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
