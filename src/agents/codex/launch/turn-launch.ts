// Prepares a turn, whichever way Codex is started for it: reads the user's set-up, asks the CLI, and decides what the turn is given.
import type { CodexFrame } from "../codex-frame.ts";
import type { Credential } from "../config/credentials.ts";
import { createEnvFileReader } from "../config/env-file.ts";
import type { Override } from "../config/overrides.ts";
import { deniesReads, toReadOnlyProfile } from "../config/permission-profile.ts";
import { readPermissionTables } from "../config/permission-settings.ts";
import type { UserConfig } from "../config/user-config.ts";
import type { RunCodex } from "../program/capabilities.ts";
import { type CertificateProblem, findCertificateProblem } from "../program/certificates.ts";
import type { CodexTurnRequest } from "../turn/codex-turn-request.ts";
import { askCodex, type LaunchAnswers } from "./launch-answers.ts";
import { toLaunchEnv } from "./launch-env.ts";
import { createInputReader, type LaunchInputs } from "./launch-inputs.ts";
import type { LaunchOptions } from "./launch-options.ts";
import { listWritableAreas } from "./protected-names.ts";
import { createQuestions } from "./questions.ts";
import { type LaunchProfile, toSandboxConfig } from "./sandbox-overrides.ts";
import { describeTrustedWithin } from "./trusted-within.ts";

/** What is known of a turn before it starts. */
export interface TurnLaunch {
  /** Absolute path of the Codex program. */
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
  /** Where the credential of the turn comes from. */
  readonly credential: Credential["source"];
  readonly inputs: LaunchInputs;
  readonly answers: LaunchAnswers;
  /** Patterns of environment variables to hide from the turn's commands. They replace the user's own patterns; empty keeps those. */
  readonly hiddenVariables: readonly string[];
  /** The user's permission profile, if the thread runs under it. */
  readonly profile: LaunchProfile | undefined;
  /** Config that describes the turn's sandbox, for `codex sandbox`. */
  readonly sandboxConfig: readonly Override[];
  /** The user's own overrides, as options. */
  readonly userFlags: readonly string[];
  /** Runs a short command of this Codex, with the turn's configuration. */
  readonly runCodex: RunCodex;
  /** Finds a certificate setting that may keep this Codex from connecting. Used after a turn without a connection. */
  readonly findCertificateProblem: () => CertificateProblem | undefined;
  /** Warnings about how Codex is started. */
  readonly warnings: readonly string[];
}

/**
 * Prepares a turn; nothing of it is started yet. `runId` marks the processes of the questions that the CLI is asked; `onAsk` is
 * called before each of them. Throws AGENT_NOT_FOUND, AGENT_UNAUTHENTICATED, CONFIG_INVALID, or an error of `askCodex`.
 */
export type PrepareTurn = (request: CodexTurnRequest, runId: string, onAsk?: () => void) => Promise<TurnLaunch>;

/** Makes the preparation of a bridge. It caches the answers of Codex for each binary and config. */
export function createTurnPreparation(options: LaunchOptions): PrepareTurn {
  const questions = createQuestions();
  const readInputs = createInputReader(options);
  const readEnvFile = createEnvFileReader(options.codexHome);
  const userFlags = options.overrides.flatMap((text) => ["-c", text]);
  return async (request, runId, onAsk = () => {}) => {
    const inputs = await readInputs(request.frame);
    const { env, inside, credential, hiddenVariables } = toLaunchEnv(options, inputs, readEnvFile(), runId);
    const answers = await askCodex(request, { options, questions, inputs, env, userFlags, onAsk });
    const profile = await readProfile(request.frame, inputs.config);
    return {
      file: inputs.binary.path,
      env,
      credential,
      inputs,
      answers,
      hiddenVariables,
      profile,
      sandboxConfig: toSandboxConfig(request.frame, profile),
      userFlags,
      runCodex: answers.runCodex,
      findCertificateProblem: () => findCertificateProblem(inside),
      warnings: [...answers.warnings, ...toTrustWarning(request, inputs.config, options.env["TMPDIR"])],
    };
  };
}

// Only at the start of a thread.
function toTrustWarning(
  { frame, threadId }: CodexTurnRequest,
  config: UserConfig,
  tmpdir: string | undefined,
): string[] {
  if (threadId !== undefined) return [];
  const warning = describeTrustedWithin(listWritableAreas(frame, tmpdir), config.trustedProjects);
  return warning === undefined ? [] : [warning];
}

// Built from the current config, so that writes that were added to the profile since then are removed too.
async function readProfile({ permissions, cwd }: CodexFrame, config: UserConfig): Promise<LaunchProfile | undefined> {
  const name = permissions?.name;
  if (name === undefined) return undefined;
  const tables = await readPermissionTables(config.permissions, cwd, config.trustedProjects);
  return { readOnly: toReadOnlyProfile(tables, name), deniesReads: deniesReads(tables, name) };
}
