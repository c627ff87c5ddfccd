// Everything that has to be known before Codex is started: program, credential, options, environment.
import type { Logger } from "../../domain/logger.ts";
import type { JsonValue, ThreadFrame } from "../../domain/thread.ts";
import type { TurnRequest } from "../../domain/turn.ts";
import { runCommand } from "../../process/program.ts";
import { type CodexBinary, findCodexBinary } from "../codex/binary.ts";
import type { RunCodex } from "../codex/capabilities.ts";
import { type CertificateProblem, findCertificateProblem } from "../codex/certificates.ts";
import { buildChildEnv, findHiddenNames } from "../codex/child-env.ts";
import { type ChildMcpPolicy, findServersToDisable, joinServers } from "../codex/child-mcp.ts";
import type { CodexRulesMode } from "../codex/command-rules.ts";
import { findCredential } from "../codex/credentials.ts";
import { createEnvFileReader } from "../codex/env-file.ts";
import { toHomeVariable } from "../codex/home.ts";
import { checkProjectFiles } from "../codex/odd-files.ts";
import { toReadOnlyProfile } from "../codex/permission-profile.ts";
import { readPermissionTables } from "../codex/permission-settings.ts";
import { readProjectConfig } from "../codex/project-config.ts";
import { listApprovedConfigs, sortLayers } from "../codex/project-layers.ts";
import { findTrustPlaces } from "../codex/trust.ts";
import { readStamp, type UserConfig } from "../codex/user-config.ts";
import { buildExecArgs, toSandboxConfig, toTrustOverride } from "./args.ts";
import { checkArguments, checkCapabilities } from "./launch-checks.ts";
import { createQuestions, type RunWithin, withPatience } from "./questions.ts";
import { chooseRules } from "./rules-choice.ts";
import { chooseTrust } from "./trust-choice.ts";

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
  /** What may keep this Codex from a connection; looked for where none came about. */
  readonly findCertificateProblem: () => CertificateProblem | undefined;
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
  const questions = createQuestions();
  const findBinary = createBinaryFinder(options);
  const readEnvFile = createEnvFileReader(options.codexHome);
  return {
    prepare: async (request, runId, files) => {
      const binary = findBinary();
      const config = await options.readUserConfig(request.frame.profile);
      checkProjectFiles(request.frame.cwd);
      const places = findTrustPlaces(request.frame.cwd, config.rootMarkers);
      const layers = sortLayers(places, config, options.codexHome);
      const configPaths = listApprovedConfigs(layers);
      const project = await readProjectConfig(configPaths);
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
      const run = createRunner(binary, env, request, userFlags);
      const exec = await questions.findCapabilities(binary.stamp, run, { file: binary.path, cwd: request.frame.cwd });
      const { trust, warnings: trustWarnings } = chooseTrust(exec, {
        mode: request.frame.sandbox.mode,
        places,
        layers,
        entries: config,
        rulesMode: options.codexRules,
      });
      const trustFlags = toTrustOverride(trust).flatMap(([key, value]) => ["-c", `${key}=${value}`]);
      const key = [binary.stamp, config.stamp, request.frame.cwd, ...trustFlags, ...configPaths.map(readStamp)].join(
        ":",
      );
      const listed = needsServers(options.childMcp) ? await questions.findServers(key, run, trustFlags) : [];
      checkCapabilities(exec, request, options.codexHome);
      const own = joinServers(listed, request.frame.profile, config.mcpServers, project.mcpServers);
      const disabled = findServersToDisable(own, options.childMcp);
      const threadSource = exec.hasThreadSource ? `codex-bridge-${runId}` : undefined;
      const kept = [...options.envPass, ...config.shellInclude, ...project.shellInclude, MARK_NAME];
      const hidden = findHiddenNames({ ...env, ...envFile }, kept);
      const rules = await chooseRules(request, exec, {
        codexHome: options.codexHome,
        mode: options.codexRules,
        run: withPatience(run),
        foreign: layers.foreign,
      });
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
      const unlisted = listed === undefined ? describeUnlisted(options.childMcp) : undefined;
      const warnings = [...trustWarnings, rules.warning, unlisted];
      return {
        file: binary.path,
        args,
        env,
        threadSource,
        tellsRunningUsage: exec.tellsRunningUsage,
        sandboxConfig: toSandboxConfig(request.frame, narrowedProfile),
        runCodex: withPatience(run),
        findCertificateProblem: () => findCertificateProblem({ ...env, ...envFile }),
        warnings: warnings.filter((text) => text !== undefined),
      };
    },
  };
}

function describeUnlisted({ mode }: ChildMcpPolicy): string {
  const what = mode === "none" ? "those" : "this bridge, where it was among those,";
  return `Codex did not list its MCP servers: ${what} that config.toml names were left out, others may have been started.`;
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
): RunWithin {
  const { cwd } = request.frame;
  const start = performance.now();
  return (limitMs) => (args) => {
    const timeoutMs = Math.max(1, Math.min(limitMs, request.deadlineMs - (performance.now() - start)));
    return runCommand(
      { file: binary.path, args: [...userFlags, ...args], env, cwd },
      { timeoutMs, signal: request.signal },
    );
  };
}
