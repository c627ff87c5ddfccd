// Where the rules file of a program is that is not the server. Of the settings only this one is read: the rest would cost the prompt hook more
// than the rules.
import { parseDelegationRules } from "../settings/parse-settings.ts";
import type { ParseScope } from "../settings/parse-value.ts";
import { readVariable } from "../settings/read-variable.ts";

/** The path that DELEGATION_RULES names, read as the server reads it, or `shippedRules`. Throws VariableError. */
export function findRulesPath(scope: ParseScope, shippedRules: string): string {
  return parseDelegationRules(readVariable(scope.env, "DELEGATION_RULES"), scope) ?? shippedRules;
}
