// The rules for the prompt hook. The shipped ones are taken as they are; a file of the user's is checked at its first prompt, and again only
// when it has changed: to load the schema and to check takes longer than all else that the hook does.
import { readFileSync } from "node:fs";
import { readStamp } from "../files/file-stamp.ts";
import { readSmallFile } from "../files/small-file.ts";
import type { RulesFile } from "../routing/rules-schema.ts";
import { parseStateDir } from "../settings/parse-settings.ts";
import type { ParseScope } from "../settings/parse-value.ts";
import { type Environment, readVariable } from "../settings/read-variable.ts";
import { isCheckedRules, type RulesNotes } from "../state/checked-rules.ts";
import { OWN_PATH, SHIPPED_RULES } from "./own-paths.ts";
import { findRulesPath } from "./rules-path.ts";

declare const __BRIDGE_VERSION__: string;

/** The rules that DELEGATION_RULES names, relative to `cwd`, or the shipped ones. Rejects where the variable or the file is broken. */
export async function readHookRules(env: Environment, cwd: string): Promise<RulesFile> {
  const path = findRulesPath({ env, cwd }, SHIPPED_RULES);
  if (path === SHIPPED_RULES) return JSON.parse(readFileSync(path, "utf8"));
  const copy = { path, bytes: readSmallFile(path) };
  const notes = findNotes({ env, cwd });
  if (notes !== undefined && isCheckedRules(copy, notes)) return JSON.parse(copy.bytes.toString("utf8"));
  return (await import("./check-rules.ts")).checkRules(copy, notes);
}

// A state folder that cannot be named is doctor's matter.
function findNotes(scope: ParseScope): RulesNotes | undefined {
  try {
    const stateDir = parseStateDir(readVariable(scope.env, "BRIDGE_STATE_DIR"), scope);
    // The version alone stays the same while the program is being changed.
    return { stateDir, program: `${__BRIDGE_VERSION__} ${readStamp(OWN_PATH)}` };
  } catch {
    return undefined;
  }
}
