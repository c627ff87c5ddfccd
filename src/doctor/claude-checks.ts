// Whether Claude Code has the bridge registered, from where, and what its entry does to calls.
import { existsSync } from "node:fs";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import { isBridgeCommand } from "../agents/codex/child-mcp.ts";
import type { Registration, RegistrationReport } from "../claude-code/registrations.ts";
import { toOwnCommand } from "../domain/own-command.ts";
import { type Finding, failed, ok, warning } from "./check.ts";

/** The entries that start a bridge, in the order in which Claude Code reads its files. */
export function findBridges({ registrations }: RegistrationReport, ownPath: string): Registration[] {
  return registrations.filter(({ command, args }) => isBridgeCommand([command, ...args], ownPath));
}

/** The registration of the bridge. */
export function checkRegistration(
  report: RegistrationReport,
  { ownPath, env, cwd }: { ownPath: string; env: NodeJS.ProcessEnv; cwd: string },
): Finding {
  const [problem] = report.problems;
  if (problem !== undefined)
    return warning(`${problem.file} ${problem.reason}`, "Correct it: Claude Code reads it too.");
  const bridges = findBridges(report, ownPath);
  const [entry, second] = bridges;
  if (entry === undefined) return toUnregistered(report, ownPath);
  const found = `"${entry.name}" in ${entry.scope} scope (${entry.file}): ${describeCommand(entry)}`;
  if (!isThere(entry, env, cwd))
    return failed(`${found}: the program is not there`, `claude mcp remove ${entry.name}, then register again.`);
  if (entry.approval === "disabled") {
    return warning(
      `${found}; disabled in this project`,
      "Enable it in Claude Code: /mcp, or remove it from disabledMcpjsonServers.",
    );
  }
  if (entry.approval === "pending") {
    return warning(`${found}; not approved yet`, 'Start claude in this directory and choose "Use this MCP server".');
  }
  if (entry.timeoutMs !== undefined) {
    return warning(
      `${found}; timeout ${entry.timeoutMs} ms caps every call`,
      "Remove `timeout`: progress does not extend it, and turns take minutes.",
    );
  }
  if (second !== undefined) {
    return warning(
      `${found}; and again as "${second.name}" (${second.file})`,
      `Each bridge offers the same tools: claude mcp remove ${second.name}.`,
    );
  }
  return ok(found);
}

function toUnregistered({ registrations }: RegistrationReport, ownPath: string): Finding {
  const old = registrations.find(({ command, args }) => /(^|\/)codex$/.test(command) && args.includes("mcp-server"));
  const command = `claude mcp add codex -- ${toOwnCommand(ownPath).join(" ")}`;
  if (old === undefined) return warning("not registered in Claude Code for this directory", `Register it: ${command}`);
  return warning(
    `"${old.name}" (${old.file}) still starts \`codex mcp-server\`, which Codex CLI 0.154.0 removed`,
    `${toOwnCommand(ownPath).join(" ")} migrate mends it.`,
  );
}

// Its flags may hold secrets.
function describeCommand({ command, args }: Registration): string {
  const isCompatible = args.includes("mcp-server");
  const shown = isCompatible
    ? [...args.filter((word) => /(bin\.js|codex-bridge)$/.test(word)), "mcp-server", "…"]
    : args;
  return [command, ...shown].join(" ");
}

// The program that a command names: on PATH, or a path; and a script that node is to run.
function isThere({ command, args }: Registration, env: NodeJS.ProcessEnv, cwd: string): boolean {
  const folders = (env["PATH"] ?? "").split(delimiter);
  const isProgram = command.includes("/")
    ? existsSync(resolve(cwd, command))
    : folders.some((folder) => existsSync(join(folder, command)));
  const script = args.find((word) => isAbsolute(word) && word.endsWith(".js"));
  return isProgram && (script === undefined || existsSync(script));
}
