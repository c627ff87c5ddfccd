// The rules in force: read again when their file changes, the last good ones kept when a change is bad.
import { readFileSync, statSync } from "node:fs";
import { basename } from "node:path";
import { BridgeError, toBridgeError } from "../domain/errors.ts";
import { createRouter, type Router } from "../routing/route.ts";
import type { RulesFile } from "../routing/rules-schema.ts";
import { parseRules } from "./parse-rules.ts";

/** Rules that are in force. */
export interface RulesInForce {
  readonly rules: RulesFile;
  readonly route: Router;
  /** Why a newer file is not in force; undefined where the newest is. */
  readonly problem: BridgeError | undefined;
}

/** Gives the rules in force. Throws RULES_INVALID where there never were good ones. */
export function createRulesReader(path: string): () => RulesInForce {
  let stamp: string | undefined;
  let good: Omit<RulesInForce, "problem"> | undefined;
  let problem: BridgeError | undefined;
  return () => {
    const now = readStamp(path);
    if (now !== stamp) {
      stamp = now;
      try {
        const rules = parseRules(readRulesFile(path), basename(path));
        good = { rules, route: createRouter(rules) };
        problem = undefined;
      } catch (error) {
        problem = toBridgeError(error);
      }
    }
    if (good !== undefined) return { ...good, problem };
    throw problem ?? new BridgeError("INTERNAL", "No rules were read.");
  };
}

function readStamp(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? "" : `${stat.ino}:${stat.size}:${stat.mtimeMs}`;
}

function readRulesFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new BridgeError("RULES_INVALID", `The rules file ${path} cannot be read.`, { cause: error });
  }
}
