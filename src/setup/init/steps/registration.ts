// The entry that has Claude Code start the bridge.
import type { JsonValue } from "../../../domain/json.ts";
import { isObject, readAt } from "../../files/json-value.ts";
import { findEntryFile, findServerName, SERVER_NAME, toLaunchCommand } from "../bridge-entry.ts";
import type { InitStep, StepFinding } from "../context.ts";

/** Registers the bridge where it is not registered yet. */
export const registrationStep: InitStep = {
  name: "registration",
  title: "register the bridge with Claude Code",
  plan: (context) => {
    const { entry, files, scope } = context;
    if (entry?.scope === "plugin") return [{ kind: "already", text: "Claude Code has the bridge as a plugin" }];
    if (entry !== undefined) {
      return [{ kind: "already", file: entry.file, text: `registered as "${entry.name}" (${entry.scope} scope)` }];
    }
    const file = findEntryFile(context);
    const path = ["mcpServers", SERVER_NAME];
    const other = readAt(files.readJson(file), path);
    if (other !== undefined && findServerName(context) === undefined) return [describeOther(file, other)];
    const [command, ...args] = toLaunchCommand(context);
    files.setJson(file, path, { type: "stdio", command, args, env: {} });
    return [
      { kind: "change", file, text: `register the bridge as "${SERVER_NAME}"` },
      ...(scope === "project" && command === "node" ? [describeOwnPath(file, args.join(" "))] : []),
    ];
  },
};

function describeOther(file: string, other: JsonValue): StepFinding {
  const command = isObject(other) ? String(other["command"]) : "another server";
  return {
    kind: "left",
    file,
    text: `"${SERVER_NAME}" is another server there (${command}): codex-bridge migrate replaces it`,
  };
}

// Whoever else opens the project has no such file.
function describeOwnPath(file: string, path: string): StepFinding {
  return {
    kind: "note",
    file,
    text: `names ${path}, which is on this machine alone. For others: install the bridge as a package on each machine (npm install -g .), and set "command": "codex-bridge", "args": []`,
  };
}
