// Prepares the start of Codex for one turn: program, arguments, environment, and the checks before it.
import type { JsonValue } from "../../../domain/json.ts";
import type { CodexFrame } from "../../codex/codex-frame.ts";
import { createEnvFileReader } from "../../codex/config/env-file.ts";
import { toReadOnlyProfile } from "../../codex/config/permission-profile.ts";
import { readPermissionTables } from "../../codex/config/permission-settings.ts";
import type { UserConfig } from "../../codex/config/user-config.ts";
import type { RunCodex } from "../../codex/program/capabilities.ts";
import { type CertificateProblem, findCertificateProblem } from "../../codex/program/certificates.ts";
import type { ExecRequest } from "../exec-request.ts";
import { buildExecArgs, type ExecRun, toSandboxConfig } from "./args.ts";
import { askCodex, type LaunchAnswers } from "./launch-answers.ts";
import { checkArguments } from "./launch-checks.ts";
import { toLaunchEnv } from "./launch-env.ts";
import { createInputReader } from "./launch-inputs.ts";
import { type LaunchFiles, type LaunchOptions, MARK_NAME } from "./launch-options.ts";
import { listWritableAreas } from "./protected-names.ts";
import { createQuestions } from "./questions.ts";
import { describeTrustedWithin } from "./trusted-within.ts";

/** A program to start. */
export interface Launch {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Tag of the new rollout, if the CLI takes one. */
  readonly threadSource: string | undefined;
  /** Whether the usage in its events is the thread's running total. */
  readonly tellsRunningUsage: boolean;
  /** Config that describes the turn's sandbox, for `codex sandbox`. */
  readonly sandboxConfig: readonly (readonly [key: string, toml: string])[];
  /** Runs a short command of this Codex, with the turn's configuration. */
  readonly runCodex: RunCodex;
  /** Finds a certificate setting that may keep this Codex from connecting. Used after a turn without a connection. */
  readonly findCertificateProblem: () => CertificateProblem | undefined;
  /** Warnings about how Codex is started. */
  readonly warnings: readonly string[];
}

/** Prepares launches. Caches the answers of Codex for each binary and config. */
export interface Launcher {
  /** Prepares a launch; no turn is started yet. Throws AGENT_NOT_FOUND, AGENT_UNAUTHENTICATED, CONFIG_INVALID, or an error of `askCodex`. */
  prepare(request: ExecRequest, runId: string, files: LaunchFiles): Promise<Launch>;
}

/** Makes a launcher. */
export function createLauncher(options: LaunchOptions): Launcher {
  const questions = createQuestions();
  const readInputs = createInputReader(options);
  const readEnvFile = createEnvFileReader(options.codexHome);
  const userFlags = options.overrides.flatMap((text) => ["-c", text]);
  return {
    prepare: async (request, runId, files) => {
      const inputs = await readInputs(request.frame);
      const { env, inside, hiddenVariables } = toLaunchEnv(options, inputs, readEnvFile(), runId);
      const answers = await askCodex(request, { options, questions, inputs, env, userFlags });
      const narrowedProfile = await findNarrowed(request.frame, inputs.config);
      const { requireGit } = options;
      const run = toExecRun(request, runId, files, answers, { hiddenVariables, narrowedProfile, requireGit });
      return {
        file: inputs.binary.path,
        args: toArguments(run, userFlags),
        env,
        threadSource: run.threadSource,
        tellsRunningUsage: answers.exec.tellsRunningUsage,
        sandboxConfig: toSandboxConfig(request.frame, narrowedProfile),
        runCodex: answers.runCodex,
        findCertificateProblem: () => findCertificateProblem(inside),
        warnings: [...answers.warnings, ...toTrustWarning(request, inputs.config, options.env["TMPDIR"])],
      };
    },
  };
}

// Only at the start of a thread.
function toTrustWarning({ frame, threadId }: ExecRequest, config: UserConfig, tmpdir: string | undefined): string[] {
  if (threadId !== undefined) return [];
  const warning = describeTrustedWithin(listWritableAreas(frame, tmpdir), config.trustedProjects);
  return warning === undefined ? [] : [warning];
}

// Built from the current config, so that writes that were added to the profile since then are removed too.
async function findNarrowed({ permissions, cwd }: CodexFrame, config: UserConfig): Promise<JsonValue | undefined> {
  if (permissions?.name === undefined || !permissions.isReadOnly) return undefined;
  const tables = await readPermissionTables(config.permissions, cwd, config.trustedProjects);
  return toReadOnlyProfile(tables, permissions.name);
}

function toExecRun(
  { frame, threadId, images, readsOnly = false }: ExecRequest,
  runId: string,
  files: LaunchFiles,
  { exec, trust, disabledMcpServers, ignoresRules }: LaunchAnswers,
  rest: Pick<ExecRun, "hiddenVariables" | "narrowedProfile" | "requireGit">,
): ExecRun {
  const path = files.baseInstructions;
  return {
    ...rest,
    frame,
    threadId,
    images,
    outputSchemaPath: files.outputSchema,
    baseInstructions: path === undefined ? undefined : { key: exec.baseInstructionsKey, path },
    mark: { name: MARK_NAME, value: runId },
    threadSource: exec.hasThreadSource ? `codex-bridge-${runId}` : undefined,
    snapshotsShell: exec.snapshotsShell,
    disabledMcpServers,
    readsOnly,
    ignoresRules,
    trust,
  };
}

function toArguments(run: ExecRun, userFlags: readonly string[]): string[] {
  // The user's flags come after the word `exec` and before the thread's own overrides, which win (docs/codex-cli.md#options-before-resume).
  const [command = "exec", ...threadArgs] = buildExecArgs(run);
  const args = [command, ...userFlags, ...threadArgs];
  checkArguments(args, run.images);
  return args;
}
