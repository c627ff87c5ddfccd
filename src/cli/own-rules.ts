// The rules file of a program that is not the server: the user's, found as the server finds it, or the shipped one.
import { homedir } from "node:os";
import { BridgeError } from "../domain/errors.ts";
import type { RulesFile } from "../routing/rules-schema.ts";
import { readRules } from "../rules/rules-reader.ts";
import { loadSettings } from "../settings/load.ts";

/** The path of the rules file: DELEGATION_RULES, or `shippedRules`. Throws BridgeError. */
export function findRules(shippedRules: string): string {
  // `~` is expanded, an unexpanded `${…}` is refused.
  const loaded = loadSettings({ env: { HOME: homedir(), ...process.env }, cwd: process.cwd() });
  if ("problems" in loaded) throw new BridgeError("CONFIG_INVALID", `${loaded.problems.join("; ")}.`);
  return loaded.settings.delegationRules ?? shippedRules;
}

/** The rules in force, without a router. Throws BridgeError if they are broken. */
export function readOwnRules(shippedRules: string): RulesFile {
  return readRules(findRules(shippedRules));
}
