// Which of Claude Code's servers is the bridge, as far as a scope sees it.
import { join, parse } from "node:path";
import { type ClaudeContext, findUserFile } from "../../clients/claude-code/config-files.ts";
import { toToolPrefix } from "../../clients/claude-code/permission-rules.ts";
import type { Registration, RegistrationReport } from "../../clients/claude-code/registrations.ts";
import { toOwnCommand } from "../../domain/own-command.ts";
import { findOnPath } from "../../files/find-on-path.ts";
import { pickBridges } from "../doctor/own-entries.ts";
import { isList, isObject, readAt } from "../files/json-value.ts";
import type { InitContext, InitScope } from "./context.ts";

/** Name of the entry that a set-up makes. It is part of the names of its tools. */
export const SERVER_NAME = "codex";

/** What a set-up for all projects may see of Claude Code's files: those that apply in a folder without a project. */
export function toView(scope: InitScope, { env, cwd }: ClaudeContext): ClaudeContext {
  return scope === "user" ? { env, cwd: parse(cwd).root } : { env, cwd };
}

/** Picks the bridge's entry of a scope. A plugin comes first, since it brings more than its server. */
export function pickEntry(
  { registrations, hidden, dropped }: RegistrationReport,
  context: Pick<InitContext, "scope" | "env" | "cwd" | "root" | "ownPath">,
): Registration | undefined {
  const all = pickBridges([...registrations, ...hidden, ...dropped], context);
  const isOfScope = ({ scope, file }: Registration): boolean =>
    context.scope === "user" ? scope === "user" : scope === "project" && file === join(context.root, ".mcp.json");
  return all.find(({ scope }) => scope === "plugin") ?? all.find(isOfScope);
}

/** The command that Claude Code starts this program with: by its path where the command of its package is not on PATH, as in a project's own node_modules. */
export function toLaunchCommand({ ownPath, env }: Pick<InitContext, "ownPath" | "env">): [string, ...string[]] {
  const [command, ...args] = toOwnCommand(ownPath);
  const isThere = command !== "codex-bridge" || findOnPath(command, env["PATH"] ?? "") !== undefined;
  return isThere ? [command, ...args] : ["node", ownPath];
}

/** The file in which a scope registers servers. */
export function findEntryFile({ scope, env, cwd, root }: InitContext): string {
  return scope === "user" ? findUserFile({ env, cwd }) : join(root, ".mcp.json");
}

/** Name of the bridge's server, found or planned; undefined if it has none, also where another server has our name. */
export function findServerName(context: InitContext): string | undefined {
  if (context.entry !== undefined) return context.entry.name;
  const planned = readAt(context.files.readJson(findEntryFile(context)), ["mcpServers", SERVER_NAME]);
  const [command, ...args] = toLaunchCommand(context);
  if (!isObject(planned) || planned["command"] !== command) return undefined;
  const words = planned["args"];
  return isList(words) && words.join("\0") === args.join("\0") ? SERVER_NAME : undefined;
}

/** The prefix of the bridge's tool names; undefined as above. */
export function findToolPrefix(context: InitContext): string | undefined {
  const name = findServerName(context);
  return name === undefined ? undefined : toToolPrefix(name);
}
