// The rules that let Claude call the bridge without asking each time.
import { join } from "node:path";
import { findUserFolder } from "../../../clients/claude-code/config-files.ts";
import { isRuleFor, readPermissionRules } from "../../../clients/claude-code/permission-rules.ts";
import type { JsonValue } from "../../../domain/json.ts";
import { TOOL_NAMES } from "../../doctor/permission-checks.ts";
import { isList, readAt } from "../../files/json-value.ts";
import { FileRefusal } from "../../files/whole-file.ts";
import { findToolPrefix, toView } from "../bridge-entry.ts";
import type { InitContext, InitStep } from "../context.ts";
import { naming } from "../files/planned-files.ts";

const LIST = ["permissions", "allow"];

/** Adds allow rules for the tools that no rule speaks of. */
export const permissionsStep: InitStep = {
  name: "permissions",
  title: "allow Claude to call the bridge's tools without asking each time",
  plan: (context) => {
    const prefix = findToolPrefix(context);
    const file = findSettings(context);
    // Another server may have the name that the rules would speak of, now or later.
    if (prefix === undefined) return [{ kind: "left", text: "the bridge is not registered, so no tools are allowed" }];
    const { files, scope } = context;
    const spoken = readPermissionRules(toView(scope, context));
    const settings = files.readJson(file);
    const planned = naming(file, () => readList(settings));
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

// Rules are added by their place in the list, so nothing in it may be passed over.
function readList(settings: JsonValue): readonly string[] {
  const list = readAt(settings, LIST) ?? [];
  const texts = isList(list) ? list.filter((rule) => typeof rule === "string") : undefined;
  if (texts !== undefined && isList(list) && texts.length === list.length) return texts;
  throw new FileRefusal("has permissions.allow that is no list of rules: mend it, then run init again");
}
