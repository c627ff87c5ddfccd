// The entry that has Claude Code start the bridge.
import { join } from "node:path";
import { findUserFile } from "../../../clients/claude-code/config-files.ts";
import { isRecord } from "../../../domain/guards.ts";
import { toOwnCommand } from "../../../domain/own-command.ts";
import { pickBridges } from "../../doctor/own-entries.ts";
import { readAt } from "../../migrate/edit/json-value.ts";
import type { InitStep, StepFinding } from "../context.ts";

/** Name of the entry, which is part of the names of its tools. */
export const SERVER_NAME = "codex";

/** Registers the bridge where it is not registered yet. */
export const registrationStep: InitStep = {
  name: "registration",
  title: "register the bridge with Claude Code",
  plan: (context) => {
    const { isPlugin, report, files, scope, env, cwd } = context;
    if (isPlugin) return [{ kind: "already", text: "Claude Code has the bridge as a plugin" }];
    const [entry] = pickBridges(report.registrations, context);
    if (entry !== undefined) {
      return [{ kind: "already", file: entry.file, text: `registered as "${entry.name}" (${entry.scope} scope)` }];
    }
    const file = scope === "user" ? findUserFile({ env, cwd }) : join(context.root, ".mcp.json");
    const path = ["mcpServers", SERVER_NAME];
    const other = readAt(files.readJson(file), path);
    if (other !== undefined) return [describeOther(file, other)];
    const [command, ...args] = toOwnCommand(context.ownPath);
    files.setJson(file, path, { type: "stdio", command, args, env: {} });
    return [{ kind: "change", file, text: `register the bridge as "${SERVER_NAME}"` }];
  },
};

function describeOther(file: string, other: unknown): StepFinding {
  const command = isRecord(other) ? String(other["command"]) : "another server";
  return {
    kind: "left",
    file,
    text: `"${SERVER_NAME}" is another server there (${command}): codex-bridge migrate replaces it`,
  };
}
