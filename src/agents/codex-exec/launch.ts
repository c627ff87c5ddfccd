// Everything that has to be known before Codex is started: program, credential, options, environment.
import type { Logger } from "../../domain/logger.ts";
import type { JsonValue, ThreadFrame } from "../../domain/thread.ts";
import type { TurnRequest } from "../../domain/turn.ts";
import { runCommand } from "../../process/program.ts";
import { type CodexBinary, findCodexBinary } from "../codex/binary.ts";
import {
  type CodexMcpServer,
  type ExecCapabilities,
  listMcpServers,
  type ProbeAnswer,
  probeExec,
  type RunCodex,
} from "../codex/capabilities.ts";
import { buildChildEnv, findHiddenNames } from "../codex/child-env.ts";
import { type ChildMcpPolicy, findServersToDisable } from "../codex/child-mcp.ts";
import type { CodexRulesMode } from "../codex/command-rules.ts";
import { findCredential } from "../codex/credentials.ts";
import { createEnvFileReader } from "../codex/env-file.ts";
import { toHomeVariable } from "../codex/home.ts";
import { checkProjectFiles } from "../codex/odd-files.ts";
import { toReadOnlyProfile } from "../codex/permission-profile.ts";
import { readPermissionTables } from "../codex/permission-settings.ts";
import { readProjectVariables } from "../codex/project-config.ts";
import { describeMissingTrust } from "../codex/trust.ts";
import type { UserConfig } from "../codex/user-config.ts";
import { buildExecArgs, toSandboxConfig } from "./args.ts";
import { checkArguments, checkCapabilities, findTrust } from "./launch-checks.ts";
import { chooseRules } from "./rules-choice.ts";

/** Longest time for a question to the CLI that needs no network (measured: 9 to 17 ms). */
const PROBE_TIMEOUT_MS = 5_000;

/** What a launch depends on; the same for every turn of a bridge. */
export interface LaunchOptions {
  readonly codexBin: string | undefined;
  readonly codexHome: string;
  /** Environment of the bridge. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly envPass: readonly string[];
  readonly requireGit: boolean;
  readonly childMcp: ChildMcpPolicy;
  readonly codexRules: CodexRulesMode;
  /** Value of BRIDGE_DEPTH for what Codex starts. */
  readonly readChildDepth: () => number;
  /** `key=value` overrides of the user's, given to every Codex. */
  readonly overrides: readonly string[];
  readonly readUserConfig: (profile: string | undefined) => Promise<UserConfig>;
  readonly logger: Logger;
}

/** A program to start. */
export interface Launch {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Tag of the new rollout, where the CLI takes one. */
  readonly threadSource: string | undefined;
  /** Whether the usage that its events tell is the thread's running total. */
  readonly tellsRunningUsage: boolean;
  /** Config that describes the turn's sandbox, for `codex sandbox`. */
  readonly sandboxConfig: readonly (readonly [key: string, toml: string])[];
  /** Asks this Codex something short, with the turn's configuration. */
  readonly runCodex: RunCodex;
  /** What the user should know of the way it is started. */
  readonly warnings: readonly string[];
}

/** Name of the environment variable that marks what belongs to a run. */
export const MARK_NAME = "BRIDGE_RUN";

/** Paths of files that a run hands to Codex. */
export interface LaunchFiles {
  readonly outputSchema: string | undefined;
  readonly baseInstructions: string | undefined;
}

/** Prepares launches; what was learnt of a binary and of a config is kept. */
export interface Launcher {
  /** Throws CODEX_NOT_FOUND, CONFIG_INVALID, CODEX_UNAUTHENTICATED: all of it before anything is started. */
  prepare(request: TurnRequest, runId: string, files: LaunchFiles): Promise<Launch>;
}

/** Makes a launcher. */
export function createLauncher(options: LaunchOptions): Launcher {
  const capabilities = createMemo<ExecCapabilities>();
  const servers = createMemo<readonly CodexMcpServer[]>();
  const findBinary = createBinaryFinder(options);
  const readEnvFile = createEnvFileReader(options.codexHome);
  return {
    prepare: async (request, runId, files) => {
      const binary = findBinary();
      const config = await options.readUserConfig(request.frame.profile);
      checkProjectFiles(request.frame.cwd);
      const project = await readProjectVariables(request.frame.cwd, config.trustedProjects);
      const envFile = readEnvFile();
      const credential = findCredential(config, { ...options, envFile });
      const env = buildChildEnv({
        env: options.env,
        pass: [...options.envPass, ...config.provider.envNames, ...config.namedVariables, ...project.namedVariables],
        add: {
          ...toHomeVariable(options.codexHome, options.env),
          ...credential.variables,
          BRIDGE_DEPTH: String(options.readChildDepth()),
          [MARK_NAME]: runId,
        },
      });
      const userFlags = options.overrides.flatMap((text) => ["-c", text]);
      const runCodex = createRunner(binary, env, request, userFlags);
      const [exec, own] = await Promise.all([
        capabilities(binary.stamp, () => probeExec(runCodex)),
        needsServers(options.childMcp)
          ? servers(`${binary.stamp}:${config.stamp}:${request.frame.cwd}`, () => listMcpServers(runCodex))
          : [],
      ]);
      checkCapabilities(exec, request, options.codexHome);
      const disabled = findServersToDisable(joinServers(own, request, config), options.childMcp);
      const threadSource = exec.hasThreadSource ? `codex-bridge-${runId}` : undefined;
      const kept = [...options.envPass, ...config.shellInclude, ...project.shellInclude, MARK_NAME];
      const hidden = findHiddenNames({ ...env, ...envFile }, kept);
      const rules = await chooseRules(request, exec, { ...options, mode: options.codexRules, run: runCodex });
      const trust = findTrust(request.frame, exec.trustLevel, config.projects);
      const narrowedProfile = await findNarrowed(request.frame, config);
      const ownArgs = buildExecArgs({
        frame: request.frame,
        threadId: request.threadId,
        images: request.images,
        outputSchemaPath: files.outputSchema,
        baseInstructions:
          files.baseInstructions === undefined
            ? undefined
            : { key: exec.baseInstructionsKey, path: files.baseInstructions },
        mark: { name: MARK_NAME, value: runId },
        threadSource,
        hiddenVariables: hidden.length === 0 ? [] : [...config.shellExclude, ...project.shellExclude, ...hidden],
        snapshotsShell: exec.snapshotsShell,
        disabledMcpServers: disabled,
        narrowedProfile,
        requireGit: options.requireGit,
        ignoresRules: rules.isIgnored,
        trust,
      });
      // Before the thread's own, which count more; but behind the word `exec`, else 0.50 lets them count most.
      const [command = "exec", ...threadArgs] = ownArgs;
      const args = [command, ...userFlags, ...threadArgs];
      checkArguments(args, request.images);
      const warnings =
        trust?.level === "untrusted" ? [describeMissingTrust(request.frame.cwd, trust.root, exec.hasThreadSource)] : [];
      return {
        file: binary.path,
        args,
        env,
        threadSource,
        tellsRunningUsage: exec.tellsRunningUsage,
        sandboxConfig: toSandboxConfig(request.frame, narrowedProfile),
        runCodex,
        warnings: [...warnings, rules.warning].filter((text) => text !== undefined),
      };
    },
  };
}

// `codex mcp list` knows nothing of a profile.
function joinServers(listed: readonly CodexMcpServer[], { frame }: TurnRequest, config: UserConfig): CodexMcpServer[] {
  const names = listed.map(({ name }) => name);
  const others = frame.profile === undefined ? [] : config.mcpServers.filter(({ name }) => !names.includes(name));
  return [...listed, ...others];
}

// Made of the config of this moment: what was added to the profile since then is narrowed too.
async function findNarrowed({ permissions, cwd }: ThreadFrame, config: UserConfig): Promise<JsonValue | undefined> {
  if (permissions?.name === undefined || !permissions.isReadOnly) return undefined;
  const tables = await readPermissionTables(config.permissions, cwd, config.trustedProjects);
  return toReadOnlyProfile(tables, permissions.name);
}

function needsServers(policy: ChildMcpPolicy): boolean {
  return policy.mode === "none" || !policy.allowNested;
}

// Looked for each time, since it may have been updated; told once where PATH did not lead to it.
function createBinaryFinder({ codexBin, env, logger }: LaunchOptions): () => CodexBinary {
  let told = "";
  return () => {
    const binary = findCodexBinary(codexBin, { env, execPath: process.execPath });
    if (binary.isOffPath && binary.path !== told) {
      told = binary.path;
      logger.info({ path: told }, "PATH has no codex: the one of a usual folder is used");
    }
    return binary;
  };
}

function createRunner(
  binary: CodexBinary,
  env: Readonly<Record<string, string>>,
  request: TurnRequest,
  userFlags: readonly string[],
): RunCodex {
  const { cwd } = request.frame;
  const timeoutMs = Math.min(PROBE_TIMEOUT_MS, request.deadlineMs);
  return (args) =>
    runCommand({ file: binary.path, args: [...userFlags, ...args], env, cwd }, { timeoutMs, signal: request.signal });
}

// Keeps the newest sure answer under its key.
function createMemo<Value>(): (key: string, ask: () => Promise<ProbeAnswer<Value>>) => Promise<Value> {
  let kept: { key: string; value: Value } | undefined;
  return async (key, ask) => {
    if (kept?.key === key) return kept.value;
    const { value, isSure } = await ask();
    if (isSure) kept = { key, value };
    return value;
  };
}
