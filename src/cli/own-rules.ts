// The rules of a program that is not the server: the user's, or the shipped ones.
import { homedir } from "node:os";
import { BridgeError } from "../domain/errors.ts";
import type { RulesFile } from "../routing/rules-schema.ts";
import { readRules } from "../rules/rules-reader.ts";
import { VariableError } from "../settings/read-variable.ts";
import { findRulesPath } from "./rules-path.ts";

/** The rules in force, without a router. Throws BridgeError if they are broken, or if DELEGATION_RULES is. */
export function readOwnRules(shippedRules: string): RulesFile {
  return readRules(findPath(shippedRules));
}

function findPath(shippedRules: string): string {
  try {
    return findRulesPath({ env: { HOME: homedir(), ...process.env }, cwd: process.cwd() }, shippedRules);
  } catch (error) {
    if (!(error instanceof VariableError)) throw error;
    throw new BridgeError("CONFIG_INVALID", `${error.message}.`, { cause: error });
  }
}
