// Checks of the user's Codex CLI: the program, its home, the credential of a turn, the sandbox, its own MCP servers.
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { type CredentialSources, findCredential } from "../../agents/codex/config/credentials.ts";
import { isDefaultHome } from "../../agents/codex/config/home.ts";
import { type PermissionSettings, summarizeProfile } from "../../agents/codex/config/permission-profile.ts";
import { toBuiltInMode } from "../../agents/codex/config/permission-settings.ts";
import type { UserConfig } from "../../agents/codex/config/user-config.ts";
import { toSandboxConfig } from "../../agents/codex/launch/sandbox-overrides.ts";
import { type CodexBinary, findCodexBinary } from "../../agents/codex/program/binary.ts";
import {
  type ExecCapabilities,
  listMcpServers,
  probeExec,
  type RunCodex,
} from "../../agents/codex/program/capabilities.ts";
import { findCertificateProblem } from "../../agents/codex/program/certificates.ts";
import { DESKTOP_PATH } from "../../agents/codex/program/install-folders.ts";
import { findMissingTmpdir, probeSandbox, probeStart } from "../../agents/codex/program/sandbox-probe.ts";
import { ERROR_TRAITS } from "../../domain/error-codes.ts";
import { type BridgeError, type ErrorReport, toBridgeError } from "../../domain/errors.ts";
import { describeBroken } from "./broken-codex.ts";
import { addressUser, type Finding, failed, ok, warning } from "./check.ts";

/** Reads the user's Codex config as the registered server does. */
type ReadConfig = () => Promise<UserConfig>;

/** Oldest Codex CLI whose event stream the bridge reads. */
const OLDEST = [0, 50] as const;

/** Finds the program that turns in `cwd` run. */
export function findCodex(
  codexBin: string | undefined,
  env: NodeJS.ProcessEnv,
  cwd: string,
): CodexBinary | BridgeError {
  try {
    return findCodexBinary(codexBin, { env, execPath: process.execPath, cwd });
  } catch (error) {
    return toBridgeError(error);
  }
}

/** Checks the CLI: its version, its features, and whether it is npm's wrapper without a native program. */
export async function checkCodex(
  binary: CodexBinary,
  run: RunCodex,
  desktop: (found: string) => Finding = ok,
): Promise<Finding> {
  const output = await run(["--version"]);
  const version = /(\d+)\.(\d+)\.\S+/.exec(output.exitCode === 0 ? output.stdout : "");
  if (version === null) return describeBroken(binary.path, output);
  const found = `codex ${version[0]} at ${binary.path}`;
  const exec = await probeExec(run);
  const lacks = exec.isSure
    ? describeLacks(exec.value)
    : "; `codex exec --help` did not answer, so its options are not known";
  const [major, minor] = [Number(version[1]), Number(version[2])];
  if (major === OLDEST[0] && minor < OLDEST[1]) {
    return failed(found, `The bridge needs ${OLDEST.join(".")} or newer: npm install -g @openai/codex.`);
  }
  if (!exec.isSure) {
    return warning(
      `${found}${lacks}`,
      "Run doctor again when the machine is idle. Calls fail until that command answers.",
    );
  }
  if (!binary.path.endsWith(".js")) return desktop(`${found}${binary.isOffPath ? " (not on PATH)" : ""}${lacks}`);
  return warning(
    `${found}: npm's wrapper is there, but the native program behind it is missing`,
    "Install @openai/codex again, for this platform.",
  );
}

/**
 * Adds to the result which Codex a client finds that was started without this terminal's PATH. `codexBin` is the setting; an absolute path
 * works everywhere.
 */
export function judgeDesktop(codexBin: string | undefined, binary: CodexBinary, env: NodeJS.ProcessEnv) {
  return (found: string): Finding => {
    if (codexBin !== undefined && isAbsolute(codexBin)) return ok(found);
    try {
      const other = findCodexBinary(codexBin, { env, execPath: process.execPath, path: DESKTOP_PATH });
      return ok(other.path === binary.path ? found : `${found}; without this terminal's PATH it is ${other.path}`);
    } catch {
      return warning(
        `${found}, which is on this terminal's PATH only`,
        `A client that is started from the desktop does not find it. Set CODEX_BIN=${binary.path} in the entry.`,
      );
    }
  };
}

// Arguments of a call that this CLI does not support.
function describeLacks({ takesInstructions, takesImages }: ExecCapabilities): string {
  const lacks = [
    ...(takesInstructions ? [] : ["developer-instructions", "compact-prompt"]),
    ...(takesImages ? [] : ["images"]),
  ];
  return lacks.length === 0 ? "" : `; it does not take ${lacks.join(", ")}`;
}

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
  if (code !== "CONFIG_INVALID") return failed(`${codexHome} cannot be read and written`, "Correct its owner or mode.");
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

/** Checks whether Codex's sandbox starts and holds, and whether it also starts for turns that write in the current directory. */
export async function checkSandbox(
  run: RunCodex,
  probePath: string,
  turn: { readonly readConfig: ReadConfig; readonly env: NodeJS.ProcessEnv },
): Promise<Finding> {
  const state = await probeSandbox(run, probePath);
  if (state.kind === "works") {
    return (await checkWritingSandbox(run, turn)) ?? ok("starts, and a write is refused in it");
  }
  if (state.kind === "unknown") return warning("did not answer in time", "Run doctor again when the machine is idle.");
  if (state.kind === "does not hold") {
    return failed(
      "a command in the read-only sandbox could write",
      "Do not delegate anything until this is fixed: update the Codex CLI.",
    );
  }
  return failed(
    `cannot start: ${state.reason}`,
    `Until this is fixed, Codex's commands fail in every turn, although the turn completes. ${toRemedy(state.reason)}`,
  );
}

// The directory and the config can prevent the sandbox from starting for turns that write, while read-only turns work.
async function checkWritingSandbox(
  run: RunCodex,
  { readConfig, env }: { readonly readConfig: ReadConfig; readonly env: NodeJS.ProcessEnv },
): Promise<Finding | undefined> {
  const tmpdir = findMissingTmpdir(env);
  if (tmpdir !== undefined) {
    return warning(
      `TMPDIR names ${tmpdir}, which is not a directory`,
      "Create it or unset TMPDIR: Codex's sandbox needs the directory.",
    );
  }
  const config = await readConfig().catch(() => undefined);
  if (config === undefined) return undefined;
  const { permissions, workspaceWrite } = config;
  const isHeld = permissions.selected !== undefined && toBuiltInMode(permissions) === undefined;
  const held = isHeld ? { permissions: { name: permissions.selected, isReadOnly: false } } : {};
  const state = await probeStart(run, toSandboxConfig({ sandbox: workspaceWrite, ...held }));
  if (state.kind !== "cannot start") return undefined;
  return warning(
    `starts, but not for turns that write in this directory: ${state.reason}`,
    "Fix what the message names: a link in place of .git, .codex or .agents, or a writable root of config.toml that is missing or is a file.",
  );
}

// Words of bubblewrap and Landlock about the kernel. Any other reason has nothing to do with the kernel.
function toRemedy(reason: string): string {
  if (!/bwrap|namespace|uid_map|uid map|loopback|landlock|seccomp|operation not permitted|unshare/i.test(reason)) {
    return "Run `codex sandbox -- true` yourself to see why.";
  }
  return (
    "On Linux, allow unprivileged user namespaces " +
    "(sysctl user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns=0). In a container, start the container so that it allows them."
  );
}

/** Lists Codex's own MCP servers. They run outside its sandbox. */
export async function checkMcpServers(run: RunCodex, mode: "inherit" | "none"): Promise<Finding> {
  const listed = await listMcpServers(run);
  if (!listed.isSure) {
    return warning(
      "this Codex CLI does not list them",
      "Check config.toml yourself: MCP servers run outside Codex's sandbox.",
    );
  }
  const { value } = listed;
  if (value.length === 0) return ok("none");
  const names = value.map(({ name }) => name).join(", ");
  if (mode === "none") return ok(`${names}; not started (BRIDGE_CHILD_MCP=none)`);
  return ok(`${names}; they run outside Codex's sandbox (BRIDGE_CHILD_MCP=none leaves them out)`);
}

/** The finding for a Codex that was not found. */
export function toMissing({ report: { message, nextStep } }: BridgeError): Finding {
  return failed(message, addressUser(nextStep));
}
