// Checks the user's own rules file for the prompt hook, and notes that it was.
import { basename } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { RulesFile } from "../routing/rules-schema.ts";
import { parseRulesFile } from "../rules/rules-reader.ts";
import { canNote, isOwnFolder, type RulesCopy, type RulesNotes, toNote, toNotePath } from "../state/checked-rules.ts";
import { makePrivateFolder, writePrivateFile } from "../state/private-files.ts";

/** The rules of the file. Throws BridgeError if it is broken. Without `notes` nothing is written. */
export function checkRules(copy: RulesCopy, notes: RulesNotes | undefined): RulesFile {
  const rules = parseRulesFile(copy.bytes, basename(copy.path));
  if (notes !== undefined) note(copy, notes, rules);
  return rules;
}

function note(copy: RulesCopy, notes: RulesNotes, rules: RulesFile): void {
  try {
    // The next hook reads the file without the schema, so it must be the same without: the schema trims words.
    if (!canNote(copy) || !isDeepStrictEqual(JSON.parse(copy.bytes.toString("utf8")), rules)) return;
    makePrivateFolder(notes.stateDir);
    if (!isOwnFolder(notes.stateDir)) return;
    writePrivateFile(toNotePath(copy.path, notes.stateDir), toNote(copy, notes));
  } catch {
    // The file is checked at the next prompt too.
  }
}
