// `doctor`: every check in the order in which a person would mend things; what depends on a broken part is skipped.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { nanoid } from "nanoid";
import type { RunCodex } from "../agents/codex/capabilities.ts";
import { buildChildEnv } from "../agents/codex/child-env.ts";
import type { CodexRulesMode } from "../agents/codex/command-rules.ts";
import { createEnvFileReader, createHomeRedactor } from "../agents/codex/env-file.ts";
import { createUserConfigReader, type UserConfig } from "../agents/codex/user-config.ts";
import { readRegistrations } from "../claude-code/registrations.ts";
import type { CodexFlags } from "../domain/codex-flags.ts";
import { BridgeError } from "../domain/errors.ts";
import { SILENT_LOGGER } from "../domain/logger.ts";
import { createRedactor, type Redact } from "../domain/redact.ts";
import { createLivenessJudge, readOwnIdentity } from "../process/process-identity.ts";
import { createProcessTable } from "../process/process-table.ts";
import { runCommand } from "../process/program.ts";
import { createRunLedger, type RunLedger } from "../process/run-ledger.ts";
import { createRunFiles } from "../state/run-files.ts";
import { checkCommandRules } from "./boundary-checks.ts";
import { type Check, type Finding, skipped } from "./check.ts";
import { checkRegistration, findBridges } from "./claude-checks.ts";
import {
  checkCodex,
  checkCredential,
  checkHome,
  checkMcpServers,
  checkSandbox,
  findCodex,
  toMissing,
} from "./codex-checks.ts";
import { checkLive } from "./live-checks.ts";
import { checkLeftovers, checkNode, checkRules, checkSettings, checkState } from "./own-checks.ts";

/** The settings that checks go by. */
export interface DoctorSettings {
  readonly codexBin: string | undefined;
  readonly codexHome: string;
  readonly stateDir: string;
  readonly delegationRules: string | undefined;
  readonly childMcp: "inherit" | "none";
  readonly codexRules: CodexRulesMode;
  readonly envPass: readonly string[];
}

/** What `doctor` is run with. */
export interface DoctorOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly ownPath: string;
  readonly shippedRules: string;
  readonly version: string;
  /** Whether a real turn is made. */
  readonly isTurn: boolean;
  /** Whether what can be mended is mended. */
  readonly isFix: boolean;
  /** Settings of an environment. */
  /** Flags of a registration, from its arguments. */
  readonly readFlags: (args: readonly string[]) => CodexFlags;
  readonly load: (
    env: NodeJS.ProcessEnv,
  ) => { warnings: readonly string[] } & ({ settings: DoctorSettings } | { problems: readonly string[] });
}

/** Longest time for a question to the CLI that needs no network (measured: 9 to 60 ms). */
const PROBE_TIMEOUT_MS = 10_000;
const NEVER = new AbortController().signal;

/** Runs every check. The environment is the one the server gets: the caller's, and on top the registered entry's. */
export async function runDoctor(options: DoctorOptions): Promise<Check[]> {
  const { cwd, ownPath, version, isTurn } = options;
  const report = readRegistrations(options);
  // What the user has not approved is neither started nor believed.
  const entry = findBridges(report, ownPath).find(
    ({ approval }) => approval === "approved" || approval === "not needed",
  );
  const flags = options.readFlags(entry?.args ?? []);
  const env = { ...options.env, ...entry?.env };
  const loaded = options.load(env);
  const command = entry ?? { command: process.execPath, args: [ownPath] };
  const live = checkLive({ ...command, env: toPlainEnv(env), cwd }, version, isTurn);
  const parts: Partial<Parts> = "settings" in loaded ? checkParts(options, env, loaded.settings, flags) : {};
  const unknown = skipped("the settings are wrong");
  const findings = {
    node: checkNode(process.platform, process.versions.node),
    settings: checkSettings(loaded),
    codex: parts.codex ?? unknown,
    "codex-home": parts.home ?? unknown,
    credential: parts.credential ?? unknown,
    sandbox: parts.sandbox ?? unknown,
    "codex-rules": parts.codexRules ?? unknown,
    rules: parts.rules ?? unknown,
    state: parts.state ?? unknown,
    leftovers: parts.leftovers ?? unknown,
    registration: checkRegistration(report, { ownPath, env, cwd }),
    "codex-mcp": parts.mcp ?? unknown,
    server: live.then(({ server }) => server),
    ...(isTurn ? { turn: live.then(({ turn }) => turn ?? skipped("the server does not start")) } : {}),
  };
  const redact =
    "settings" in loaded
      ? createHomeRedactor(env, createEnvFileReader(loaded.settings.codexHome))
      : createRedactor(env);
  return Promise.all(
    Object.entries(findings).map(async ([id, finding]) => redactCheck({ id, ...(await finding) }, redact)),
  );
}

function redactCheck({ found, advice, ...rest }: Check, redact: Redact): Check {
  return { ...rest, found: redact(found), ...(advice === undefined ? {} : { advice: redact(advice) }) };
}

/** Checks that need the settings. */
type Parts = Record<
  "codex" | "home" | "credential" | "sandbox" | "codexRules" | "rules" | "state" | "leftovers" | "mcp",
  Finding | Promise<Finding>
>;

function checkParts(
  { cwd, shippedRules, isFix }: DoctorOptions,
  env: NodeJS.ProcessEnv,
  settings: DoctorSettings,
  flags: CodexFlags,
): Parts {
  const { codexHome, stateDir } = settings;
  const reader = createUserConfigReader(codexHome, flags.overrides);
  const readConfig = (): Promise<UserConfig> => reader(flags.profile);
  const state = checkState(stateDir, isFix);
  const table = createProcessTable(process.platform);
  const ledger = createRunLedger({
    table,
    own: readOwnIdentity(table),
    judge: createLivenessJudge(table).judge,
    store: createRunFiles(stateDir),
    platform: process.platform,
    logger: SILENT_LOGGER,
  });
  const own = {
    credential: checkCredential(readConfig, { codexHome, env, envFile: createEnvFileReader(codexHome)() }),
    codexRules: checkCommandRules(cwd, codexHome, settings.codexRules),
    rules: checkRules(settings.delegationRules ?? shippedRules),
    state,
    leftovers: checkLeftovers(ledger, isFix),
  };
  const binary = findCodex(settings.codexBin, env);
  if (binary instanceof BridgeError) {
    const missing = skipped("there is no Codex CLI");
    return { ...own, codex: toMissing(binary), home: missing, sandbox: missing, mcp: missing };
  }
  const run = createRunner(binary.path, { cwd, env, settings, ledger, flags });
  return {
    ...own,
    codex: checkCodex(binary, run),
    home: checkHome(readConfig, codexHome, run),
    sandbox: checkSandbox(run, join(stateDir, "sandbox-probe")),
    mcp: checkMcpServers(run, settings.childMcp),
  };
}

// Each question is a run on record: one that hangs leaves nothing.
function createRunner(
  file: string,
  context: { cwd: string; env: NodeJS.ProcessEnv; settings: DoctorSettings; ledger: RunLedger; flags: CodexFlags },
): RunCodex {
  const { cwd, env, settings, ledger, flags } = context;
  const userFlags = flags.overrides.flatMap((text) => ["-c", text]);
  return async (args) => {
    const runId = nanoid();
    const add = { ...(existsSync(settings.codexHome) ? { CODEX_HOME: settings.codexHome } : {}), BRIDGE_RUN: runId };
    const childEnv = buildChildEnv({ env, pass: settings.envPass, add });
    ledger.begin(runId, `BRIDGE_RUN=${runId}`);
    try {
      return await runCommand(
        { file, args: [...userFlags, ...args], env: childEnv, cwd },
        { timeoutMs: PROBE_TIMEOUT_MS, signal: NEVER },
      );
    } finally {
      await ledger.kill(runId);
    }
  };
}

function toPlainEnv(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
