// The user's own rules file for the prompt hook. Of the settings only the path of the file is read: the rest would cost more than the rules.
import { BridgeError } from "../domain/errors.ts";
import type { RulesFile } from "../routing/rules-schema.ts";
import { readRules } from "../rules/rules-reader.ts";
import { toPath } from "../settings/parse-value.ts";
import { type Environment, readVariable } from "../settings/read-variable.ts";

/** The rules that DELEGATION_RULES names. Throws VariableError where it was not expanded, and BridgeError where the rules are broken. */
export function readHookRules(env: Environment): RulesFile {
  const path = readVariable(env, "DELEGATION_RULES");
  if (path === undefined) throw new BridgeError("RULES_INVALID", "No rules file is named.");
  return readRules(toPath(path, { env, cwd: process.cwd() }));
}
