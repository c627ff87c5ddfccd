// Finds out what a set-up has to know before it plans anything.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findCodexBinary } from "../../agents/codex/program/binary.ts";
import { readExecHelp } from "../../agents/codex/program/capabilities.ts";
import { findProjectRoot } from "../../clients/claude-code/config-files.ts";
import { readRegistrations } from "../../clients/claude-code/registrations.ts";
import { findOnPath } from "../../files/find-on-path.ts";
import { readSmallFile } from "../../files/small-file.ts";
import { runForBytes } from "../../process/run-bytes.ts";
import { parseRules } from "../../rules/parse-rules.ts";
import { pickEntry, toView } from "./bridge-entry.ts";
import type { InitContext, InitScope } from "./context.ts";
import { PlannedFiles } from "./files/planned-files.ts";

/** What the caller knows. */
export interface Surroundings {
  readonly scope: InitScope;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly ownPath: string;
  readonly shippedRules: string;
  readonly codexHome: string;
  readonly codexBin: string | undefined;
}

/** A question to a program that needs no network (measured: 10 to 60 ms; Claude Code half a second). */
const ASK = { timeoutMs: 10_000, maxBytes: 1_048_576 };
const MAX_RULES_BYTES = 4_194_304;
const KEYS = ["CODEX_API_KEY", "CODEX_ACCESS_TOKEN", "OPENAI_API_KEY"];

/** Looks around. Nothing is written; what is missing is no error. */
export async function lookAround(surroundings: Surroundings): Promise<InitContext> {
  const { scope, env, cwd, ownPath, shippedRules, codexHome, codexBin } = surroundings;
  const root = findProjectRoot(cwd);
  const scratch = mkdtempSync(join(tmpdir(), "codex-bridge-init-"));
  try {
    // Codex would make its home.
    const asking = { cwd, env: { PATH: env["PATH"] ?? "", HOME: scratch, CODEX_HOME: scratch } };
    const rulesText = readSmallFile(shippedRules, MAX_RULES_BYTES).toString("utf8");
    return {
      ...{ scope, env, cwd, root, ownPath, codexHome, rulesText },
      claude: await describeProgram(findOnPath("claude", env["PATH"] ?? ""), asking),
      codex: { ...(await lookAtCodex(codexBin, surroundings, asking)), hasLogin: hasLogin(codexHome, env) },
      entry: pickEntry(readRegistrations(toView(scope, { env, cwd })), { scope, env, cwd, root, ownPath }),
      rules: parseRules(rulesText, "delegation-rules.json"),
      files: new PlannedFiles(),
    };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

interface Asking {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

async function describeProgram(path: string | undefined, asking: Asking): Promise<InitContext["claude"]> {
  if (path === undefined) return { path, version: undefined };
  const said = await ask(path, ["--version"], asking);
  return { path, version: /\d+\.\d+\.\d+\S*/.exec(said ?? "")?.[0] };
}

async function lookAtCodex(
  codexBin: string | undefined,
  { env, cwd }: Surroundings,
  asking: Asking,
): Promise<Omit<InitContext["codex"], "hasLogin">> {
  const path = findCodex(codexBin, env, cwd);
  if (path === undefined) return { path, version: undefined, hasFileProfiles: undefined };
  const help = await ask(path, ["exec", "--help"], asking);
  const hasFileProfiles = help?.includes("--json") === true ? readExecHelp(help).hasFileProfiles : undefined;
  return { ...(await describeProgram(path, asking)), hasFileProfiles };
}

function findCodex(codexBin: string | undefined, env: NodeJS.ProcessEnv, cwd: string): string | undefined {
  try {
    return findCodexBinary(codexBin, { env, execPath: process.execPath, cwd }).path;
  } catch {
    return undefined;
  }
}

async function ask(file: string, args: readonly string[], asking: Asking): Promise<string | undefined> {
  const { signal } = new AbortController();
  const { exitCode, stdout } = await runForBytes({ file, args, ...asking }, { ...ASK, signal });
  return exitCode === 0 ? stdout.toString("utf8") : undefined;
}

// Where the login is stored elsewhere (a keyring), doctor finds out.
function hasLogin(codexHome: string, env: NodeJS.ProcessEnv): boolean {
  return existsSync(join(codexHome, "auth.json")) || KEYS.some((name) => (env[name] ?? "") !== "");
}
