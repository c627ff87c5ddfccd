// Keeps the rules up to date: reads the file again when it changes, and keeps the last good rules if the new ones are broken.
import { type Stats, statSync } from "node:fs";
import { basename } from "node:path";
import { BridgeError } from "../domain/errors.ts";
import { readSmallFile, UnreadableFileError } from "../files/small-file.ts";
import { createRouter, type Router } from "../routing/route.ts";
import type { RulesFile } from "../routing/rules-schema.ts";
import { parseRules } from "./parse-rules.ts";

/** Rules that are in force. */
export interface RulesInForce {
  readonly rules: RulesFile;
  readonly route: Router;
  /** Why the newest file is not in force; undefined if it is. */
  readonly problem: BridgeError | undefined;
}

/** A larger file cannot be a rules file, and is not read. */
const MAX_RULES_BYTES = 4_194_304;
const REASONS = { ENOTREG: "is not a regular file", EFBIG: `is larger than ${MAX_RULES_BYTES} bytes` };
/** A file that changes while it is read is read again, at most this often. */
const MAX_READS = 3;

/** Returns a function that gives the rules in force. It throws RULES_INVALID if there have never been good ones. */
export function createRulesReader(path: string): () => RulesInForce {
  let stamp: string | undefined;
  let good: Omit<RulesInForce, "problem"> | undefined;
  let problem: BridgeError | undefined;
  return () => {
    for (let reads = 0; reads < MAX_READS && toStamp(path) !== stamp; reads += 1) {
      stamp = toStamp(path);
      try {
        const rules = readRules(path);
        good = { rules, route: createRouter(rules) };
        problem = undefined;
      } catch (error) {
        problem = toRulesError(error, path);
      }
    }
    if (good !== undefined) return { ...good, problem };
    throw problem ?? new BridgeError("INTERNAL", "No rules were read.");
  };
}

/** Reads and checks a rules file once, for a program that makes its own router. Throws RULES_INVALID. */
export function readRules(path: string): RulesFile {
  return parseRulesFile(readRulesFile(path), basename(path));
}

/** Checks the bytes of a rules file; `name` is how messages call it. Throws RULES_INVALID. */
export function parseRulesFile(bytes: Buffer, name: string): RulesFile {
  return parseRules(toText(bytes, name), name);
}

// Very deep nesting overflows the stack of the parser.
function toRulesError(error: unknown, path: string): BridgeError {
  if (error instanceof BridgeError) return error;
  return new BridgeError("RULES_INVALID", `The rules file ${basename(path)} is nested too deeply.`, { cause: error });
}

function readStat(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

function toStamp(path: string): string {
  const stat = readStat(path);
  return stat === undefined ? "" : `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeMs}:${stat.ctimeMs}`;
}

function readRulesFile(path: string): Buffer {
  try {
    return readSmallFile(path, MAX_RULES_BYTES);
  } catch (error) {
    const code = error instanceof UnreadableFileError ? error.code : undefined;
    const reason = code === undefined ? "cannot be read" : REASONS[code];
    const name = code === undefined ? path : basename(path);
    throw new BridgeError("RULES_INVALID", `The rules file ${name} ${reason}.`, { cause: error });
  }
}

// Editors on Windows and PowerShell's `>` may write UTF-16. Name the encoding: a parser would only complain of odd characters.
function toText(bytes: Buffer, name: string): string {
  const isUtf16 = /^(?:fffe|feff)/.test(bytes.toString("hex", 0, 2)) || bytes.subarray(0, 1_000).includes(0);
  if (isUtf16) throw new BridgeError("RULES_INVALID", `The rules file ${name} is UTF-16. Save it as UTF-8.`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    const text = bytes.toString("utf8");
    const line = text.slice(0, text.indexOf("\ufffd")).split("\n").length;
    const message = `The rules file ${name}: line ${line}: not UTF-8. Save the file as UTF-8.`;
    throw new BridgeError("RULES_INVALID", message, { cause: error });
  }
}
