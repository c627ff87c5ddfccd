// Claude Code's status line: a plugin cannot bring one, so it stands in the settings.
import { join } from "node:path";
import { isBridgeProgram, isGoneBridge, isProbablyGoneBridge } from "../../../agents/codex/program/bridge-program.ts";
import { findUserFolder } from "../../../clients/claude-code/config-files.ts";
import type { JsonValue } from "../../../domain/json.ts";
import { toShellWords } from "../../../domain/shell-words.ts";
import { isObject, readAt } from "../../files/json-value.ts";
import { SERVER_NAME, toLaunchCommand } from "../bridge-entry.ts";
import type { InitContext, InitStep, StepFinding } from "../context.ts";

const KEY = "statusLine";
const REFRESH_SECONDS = 3;

/** Sets the status line, around the one that is there. */
export const statusLineStep: InitStep = {
  name: "statusline",
  title: "show jobs, usage limits and the last receipt in the status line",
  plan: (context) => {
    const { files } = context;
    const [file, ...others] = listSettings(context);
    const here = readAt(files.readJson(file), [KEY]);
    const inForce = here ?? findFirst(others.map((other) => readAt(files.readJson(other), [KEY])));
    const own = toShellWords([...toLaunchCommand(context), "statusline"]);
    if (inForce === undefined) {
      files.setJson(file, [KEY], { type: "command", command: own, refreshInterval: REFRESH_SECONDS });
      return [{ kind: "change", file, text: "set the status line" }, ...noteCopy(file, own)];
    }
    const command = isObject(inForce) ? inForce["command"] : undefined;
    if (!isObject(inForce) || typeof command !== "string")
      return [{ kind: "left", file, text: "the status line is of a kind that cannot be kept" }];
    if (command.includes(own)) return [{ kind: "already", file, text: "the status line" }];
    const moved = replaceOldPath(command, own, context.ownPath);
    const next = moved ?? `${own} --wrap ${toShellWords([command])}`;
    if (here === undefined) files.setJson(file, [KEY], { ...inForce, command: next });
    else files.setJson(file, [KEY, "command"], next);
    // The old command is not quoted here: it may hold a secret.
    const text = moved === undefined ? "set the status line, below the one that is there" : "its path is this program";
    return [{ kind: "change", file, text }, ...noteCopy(file, own)];
  },
};

// Claude Code keeps a copy of a plugin for each version, and removes the old ones.
function noteCopy(file: string, own: string): StepFinding[] {
  if (!own.includes("/plugins/cache/")) return [];
  return [{ kind: "note", file, text: "names this version of the plugin: run init again after each update of it" }];
}

// Our own line from where the program was before.
function replaceOldPath(command: string, own: string, ownPath: string): string | undefined {
  const [byName] = /^(?:npx -y )?codex-bridge statusline(?= --wrap |$)/.exec(command) ?? [];
  if (byName !== undefined) return own + command.slice(byName.length);
  const [line = "", word = ""] = /^node ('(?:[^']|'\\'')*'|\S+) statusline(?= --wrap |$)/.exec(command) ?? [];
  const path = word.startsWith("'") ? word.slice(1, -1).replaceAll("'\\''", "'") : word;
  const isOurs = isBridgeProgram(path, ownPath) || isGoneBridge(path) || isProbablyGoneBridge(path, SERVER_NAME);
  return line !== "" && isOurs ? own + command.slice(line.length) : undefined;
}

function findFirst(values: readonly (JsonValue | undefined)[]): JsonValue | undefined {
  return values.find((value) => value !== undefined);
}

// The file to write, then those that hold what is in force while it says nothing. A status line is a person's own matter, also in a project
// of many.
function listSettings({ scope, env, cwd, root }: InitContext): readonly [string, ...string[]] {
  const user = join(findUserFolder({ env, cwd }), "settings.json");
  const folder = join(root, ".claude");
  return scope === "user" ? [user] : [join(folder, "settings.local.json"), join(folder, "settings.json"), user];
}
