// The rules that let Claude call the bridge without asking each time.
import { join } from "node:path";
import { findUserFolder } from "../../../clients/claude-code/config-files.ts";
import { isRuleFor, readPermissionRules, toToolPrefix } from "../../../clients/claude-code/permission-rules.ts";
import { pickBridges } from "../../doctor/own-entries.ts";
import { TOOL_NAMES } from "../../doctor/permission-checks.ts";
import { readTexts } from "../../migrate/edit/json-value.ts";
import type { InitContext, InitStep } from "../context.ts";
import { SERVER_NAME } from "./registration.ts";

const LIST = ["permissions", "allow"];
/** Claude Code's name for the server of the plugin. */
const PLUGIN_PREFIX = "mcp__plugin_codex-bridge_codex";

/** Adds allow rules for the tools that no rule speaks of. */
export const permissionsStep: InitStep = {
  name: "permissions",
  title: "allow Claude to call the bridge's tools without asking each time",
  plan: (context) => {
    const prefix = toPrefix(context);
    const file = findSettings(context);
    const { files } = context;
    const spoken = readPermissionRules(context);
    const planned = readTexts(files.readJson(file), LIST);
    const missing = TOOL_NAMES.filter(
      (tool) =>
        !spoken.some(({ text }) => isRuleFor(text, prefix, tool)) &&
        !planned.some((text) => isRuleFor(text, prefix, tool)),
    );
    if (missing.length === 0) return [{ kind: "already", file, text: "rules speak of every tool" }];
    const rules = missing.map((tool) => `${prefix}__${tool}`);
    if (planned.length === 0) files.setJson(file, LIST, rules);
    else for (const [at, rule] of rules.entries()) files.setJson(file, [...LIST, planned.length + at], rule);
    return [{ kind: "change", file, text: `allow ${rules.join(", ")}` }];
  },
};

/** The settings file of a scope. */
export function findSettings({ scope, env, cwd, root }: InitContext): string {
  return scope === "user"
    ? join(findUserFolder({ env, cwd }), "settings.json")
    : join(root, ".claude", "settings.json");
}

function toPrefix(context: InitContext): string {
  if (context.isPlugin) return PLUGIN_PREFIX;
  const [entry] = pickBridges(context.report.registrations, context);
  return toToolPrefix(entry?.name ?? SERVER_NAME);
}
