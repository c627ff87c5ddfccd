// Claude Code's status line: a plugin cannot bring one, so it stands in the settings.
import { join } from "node:path";
import { findUserFolder } from "../../../clients/claude-code/config-files.ts";
import { toOwnCommand } from "../../../domain/own-command.ts";
import { toShellWords } from "../../../domain/shell-words.ts";
import { isObject, readAt } from "../../migrate/edit/json-value.ts";
import type { InitContext, InitStep } from "../context.ts";

const KEY = "statusLine";
const REFRESH_SECONDS = 3;

/** Sets the status line, around the one that is there. */
export const statusLineStep: InitStep = {
  name: "statusline",
  title: "show jobs, usage limits and the last receipt in the status line",
  plan: (context) => {
    const { files } = context;
    const file = findOwnSettings(context);
    const now = readAt(files.readJson(file), [KEY]);
    const own = toShellWords([...toOwnCommand(context.ownPath), "statusline"]);
    if (now === undefined) {
      files.setJson(file, [KEY], { type: "command", command: own, refreshInterval: REFRESH_SECONDS });
      return [{ kind: "change", file, text: "set the status line" }];
    }
    const command = isObject(now) ? now["command"] : undefined;
    if (typeof command !== "string")
      return [{ kind: "left", file, text: "the status line is of a kind that cannot be kept" }];
    if (/\bstatusline\b/.test(command) && command.includes(own))
      return [{ kind: "already", file, text: "the status line" }];
    files.setJson(file, [KEY, "command"], `${own} --wrap ${toShellWords([command])}`);
    return [{ kind: "change", file, text: `set the status line, below the one that is there (${command})` }];
  },
};

// A status line is a person's own matter, also in a project of many.
function findOwnSettings({ scope, env, cwd, root }: InitContext): string {
  return scope === "user"
    ? join(findUserFolder({ env, cwd }), "settings.json")
    : join(root, ".claude", "settings.local.json");
}
