// Where the rules file of a program is that is not the server. Of the settings only this one is read: the rest would cost the prompt hook more
// than the rules.
import { parseDelegationRules } from "../settings/parse-settings.ts";
import { type Environment, readVariable } from "../settings/read-variable.ts";

/** The path that DELEGATION_RULES names, read as the server reads it, or `shippedRules`. Throws VariableError. */
export function findRulesPath(env: Environment, shippedRules: string): string {
  return parseDelegationRules(readVariable(env, "DELEGATION_RULES"), { env, cwd: process.cwd() }) ?? shippedRules;
}
