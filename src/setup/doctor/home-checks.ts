// Checks of what a turn takes from the user's set-up of Codex: its home and config, the credential, certificates.
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { type CredentialSources, findCredential } from "../../agents/codex/config/credentials.ts";
import { isDefaultHome } from "../../agents/codex/config/home.ts";
import { type PermissionSettings, summarizeProfile } from "../../agents/codex/config/permission-profile.ts";
import { listMcpServers, type RunCodex } from "../../agents/codex/program/capabilities.ts";
import { findCertificateProblem } from "../../agents/codex/program/certificates.ts";
import { ERROR_TRAITS } from "../../domain/error-codes.ts";
import { type ErrorReport, toBridgeError } from "../../domain/errors.ts";
import { toOwnerHint } from "../../files/owner-hint.ts";
import { addressUser, type Finding, failed, ok, warning } from "./check.ts";
import type { ReadConfig } from "./options.ts";

/** Checks Codex's home and its config.toml. */
export async function checkHome(
  readConfig: ReadConfig,
  codexHome: string,
  env: NodeJS.ProcessEnv,
  run: RunCodex,
): Promise<Finding> {
  if (statSync(codexHome, { throwIfNoEntry: false }) === undefined) return toMissingHome(codexHome, env);
  try {
    accessSync(codexHome, constants.R_OK | constants.W_OK | constants.X_OK);
    const { sandboxMode, permissions } = await readConfig();
    await listMcpServers(run);
    const hasFile = existsSync(join(codexHome, "config.toml"));
    const mode =
      permissions.selected === undefined
        ? `sandbox_mode ${sandboxMode ?? "not set"}`
        : describeProfile(permissions, permissions.selected);
    const config = hasFile || permissions.selected !== undefined ? `config.toml readable, ${mode}` : "no config.toml";
    return ok(`${codexHome}: ${config}`);
  } catch (error) {
    return toHomeFailure(toBridgeError(error).report, codexHome);
  }
}

function toMissingHome(codexHome: string, env: NodeJS.ProcessEnv): Finding {
  const found = `${codexHome} does not exist`;
  if (isDefaultHome(codexHome, env)) return warning(found, "Run `codex login`, which creates it.");
  return failed(found, "Correct CODEX_HOME (or CODEX_CONFIG_PATH), or create this directory and run `codex login`.");
}

function toHomeFailure({ code, message, agentText = "", nextStep }: ErrorReport, codexHome: string): Finding {
  if (code !== "CONFIG_INVALID") {
    const hint = toOwnerHint(codexHome) || toOwnerHint(join(codexHome, "config.toml"));
    return failed(`${codexHome} cannot be read and written${hint}`, "Correct its owner or mode.");
  }
  const words = agentText === "" ? "" : ` Codex says: ${agentText.replace(/\s+/g, " ")}`;
  // Codex also reads files of profiles, of the machine and of the project, so name the file that its message names.
  const file = /\/[^\s"'`:]+\.toml\b/.exec(`${message} ${agentText}`)?.[0] ?? join(codexHome, "config.toml");
  const isGeneral = nextStep === ERROR_TRAITS.CONFIG_INVALID.nextStep;
  return failed(`${message}${words}`, isGeneral ? `Correct ${file}.` : addressUser(nextStep));
}

// A trusted project may choose another profile for itself.
function describeProfile({ tables, isManaged }: PermissionSettings, name: string): string {
  const { mode, networkAccess } = summarizeProfile(tables, name);
  const by = isManaged ? " by machine-wide requirements" : "";
  return `permission profile ${name}${by} (${mode}${networkAccess && mode === "workspace-write" ? ", network" : ""})`;
}

/** Checks which credential a turn uses. Only a turn shows whether the provider accepts it. */
export async function checkCredential(readConfig: ReadConfig, sources: CredentialSources): Promise<Finding> {
  try {
    const config = await readConfig();
    const { source } = findCredential(config, sources);
    const { id, envKey = source } = config.provider;
    const variable = sources.envFile[envKey] === undefined ? "" : `${envKey} of ${join(sources.codexHome, ".env")}, `;
    return ok(`${source} (${variable}provider ${id}); doctor --turn tries it`);
  } catch (error) {
    const { message, nextStep } = toBridgeError(error).report;
    return failed(message, addressUser(nextStep));
  }
}

/** Checks that Codex's certificate variables name certificates, and that no certificates are set for other programs only. */
export function checkCertificates({ env, envFile }: CredentialSources): Finding {
  const problem = findCertificateProblem({ ...env, ...envFile });
  return problem === undefined ? ok("from the system or from your variables") : warning(problem.found, problem.advice);
}
