// Checks of the ways out of a sandbox that works: Codex's own command rules, and sockets of other programs.
import { accessSync, constants, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { readUnixAddress, toRuntimeFolder } from "../../agents/callee/doorways.ts";
import {
  type CodexRulesMode,
  listRuleFolders,
  readCommandRules,
  SYSTEM_RULES,
} from "../../agents/codex/config/command-rules.ts";
import { BridgeError } from "../../domain/errors.ts";
import { addressUser, type Finding, ok, warning } from "./check.ts";
import type { ReadConfig } from "./options.ts";

/** Checks whether turns may write in a directory. `refuse` throws the error that a call would get; the check repeats its words. */
export function checkDirectory(cwd: string, refuse: () => void): Finding {
  try {
    refuse();
    return ok(`${cwd}: turns may write here`);
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    return warning(`turns that write are refused here: ${error.message}`, addressUser(error.report.nextStep));
  }
}

/** Checks Codex's command rules, and says what the bridge does with them. */
export function checkCommandRules(cwd: string, codexHome: string, mode: CodexRulesMode): Finding {
  const { allowing, forbidding } = readCommandRules(listRuleFolders(cwd, codexHome));
  const machine = readCommandRules([SYSTEM_RULES]).allowing;
  const all = [...machine, ...allowing];
  if (all.length === 0) {
    return ok(forbidding.length === 0 ? "none" : `${forbidding.join(", ")}: these allow no command, and they apply`);
  }
  const found = `${all.join(", ")} can let commands run outside every sandbox, with network access`;
  if (mode === "honour") {
    return warning(
      `${found}, and BRIDGE_CODEX_RULES=honour applies them`,
      "Unset BRIDGE_CODEX_RULES, unless you want this in read-only threads too.",
    );
  }
  if (machine.length > 0) {
    return warning(
      `${found}; Codex has no option that leaves out those of ${SYSTEM_RULES}`,
      "Calls below full access are refused. Remove the rules that allow commands, or accept them with BRIDGE_CODEX_RULES=honour.",
    );
  }
  const lost = forbidding.length === 0 ? "" : `, and with them what ${forbidding.join(", ")} forbids`;
  return warning(
    `${found}: the bridge leaves them out${lost}`,
    "Do nothing if the sandbox should hold. BRIDGE_CODEX_RULES=honour applies all of them. A Codex CLI before 0.142 cannot leave them out, so calls are refused there.",
  );
}

/** A socket of a program that carries out requests outside of any sandbox. */
interface Doorway {
  readonly name: string;
  readonly path: string;
}

/**
 * Checks the unix sockets that commands in workspace-write can reach if network access is on. Without network access Codex refuses sockets
 * (observed with 0.169).
 */
export async function checkSockets(
  readConfig: ReadConfig,
  env: Readonly<Record<string, string | undefined>>,
  codexHome: string,
): Promise<Finding> {
  const config = await readConfig();
  if (!config.workspaceWrite.networkAccess) return ok("out of reach: commands have no network in workspace-write");
  const open = listDoorways(env, codexHome).filter(({ path }) => isOpenSocket(path));
  if (open.length === 0)
    return ok("network access is on in workspace-write, and no known socket leads out of the sandbox");
  return warning(
    `network access is on in workspace-write, so its commands reach ${open.map(({ name, path }) => `${name} (${path})`).join(", ")}`,
    "The programs that listen there act outside the sandbox. Turn network_access off in config.toml, or do not run them under your user.",
  );
}

function listDoorways(env: Readonly<Record<string, string | undefined>>, codexHome: string): Doorway[] {
  const runtime = toRuntimeFolder(env);
  const daemons = `/tmp/codex-daemon-${process.getuid?.() ?? 0}`;
  const found: Doorway[] = [
    { name: "Codex's own daemon", path: join(codexHome, "app-server-control/app-server-control.sock") },
    ...listFolder(daemons).map((path) => ({ name: "a Codex app server", path })),
    ...["/var/run/docker.sock", join(runtime, "docker.sock"), readUnixAddress(env["DOCKER_HOST"])].map((path) => ({
      name: "Docker",
      path,
    })),
    ...["/run/podman/podman.sock", join(runtime, "podman/podman.sock")].map((path) => ({ name: "Podman", path })),
    { name: "the ssh agent", path: env["SSH_AUTH_SOCK"] ?? "" },
    ...[join(runtime, "bus"), readUnixAddress(env["DBUS_SESSION_BUS_ADDRESS"])].map((path) => ({
      name: "the session bus",
      path,
    })),
    { name: "systemd", path: join(runtime, "systemd/private") },
  ];
  return found.filter(
    ({ path }, index) => path.startsWith("/") && found.findIndex((other) => other.path === path) === index,
  );
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function isOpenSocket(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return statSync(path).isSocket();
  } catch {
    return false;
  }
}
