// Reads the keys of `config` that stand for an argument of the tool (`model`, `sandbox_mode`, …). They follow the same rules as the argument.
import { BridgeError } from "../../../domain/errors.ts";
import type { JsonValue } from "../../../domain/json.ts";
import { SANDBOX_MODES } from "../../../domain/sandbox.ts";
import { APPROVAL_POLICIES } from "../../../domain/thread.ts";
import type { ConfigArguments } from "../../agent-backend.ts";

/** Arguments that a caller gave through `config`. */
export interface CodexArguments extends ConfigArguments {
  readonly compactPrompt: string | undefined;
}

type Values = Readonly<Record<string, JsonValue>>;

/** Reads the arguments from dotted keys. Throws INVALID_ARGUMENT for a wrong value, and CONFIG_DENIED for an unknown key below `sandbox_workspace_write`. */
export function readConfigArguments(values: Values): CodexArguments {
  const known = new Set<string>(Object.values(KEYS));
  const unknown = Object.keys(values).find((key) => !known.has(key));
  if (unknown !== undefined)
    throw new BridgeError("CONFIG_DENIED", `config: the key "${unknown}" may not be set by a caller.`);
  return {
    model: readText(values, KEYS.model),
    reasoningEffort: readText(values, KEYS.reasoningEffort),
    developerInstructions: readText(values, KEYS.developerInstructions),
    compactPrompt: readText(values, KEYS.compactPrompt),
    sandboxMode: readChoice(values, KEYS.sandboxMode, SANDBOX_MODES),
    approvalPolicy: readChoice(values, KEYS.approvalPolicy, APPROVAL_POLICIES),
    networkAccess: readSwitch(values, KEYS.networkAccess),
    writableRoots: readTexts(values, KEYS.writableRoots),
    excludeSlashTmp: readSwitch(values, KEYS.excludeSlashTmp),
    excludeTmpdir: readSwitch(values, KEYS.excludeTmpdir),
  };
}

const KEYS = {
  model: "model",
  reasoningEffort: "model_reasoning_effort",
  developerInstructions: "developer_instructions",
  compactPrompt: "compact_prompt",
  sandboxMode: "sandbox_mode",
  approvalPolicy: "approval_policy",
  networkAccess: "sandbox_workspace_write.network_access",
  writableRoots: "sandbox_workspace_write.writable_roots",
  excludeSlashTmp: "sandbox_workspace_write.exclude_slash_tmp",
  excludeTmpdir: "sandbox_workspace_write.exclude_tmpdir_env_var",
} as const;

function readText(values: Values, key: string): string | undefined {
  const value = values[key];
  if (value === undefined || typeof value === "string") return value;
  throw wrong(key, "a string");
}

function readSwitch(values: Values, key: string): boolean | undefined {
  const value = values[key];
  if (value === undefined || typeof value === "boolean") return value;
  throw wrong(key, "true or false");
}

function readTexts(values: Values, key: string): string[] | undefined {
  const value = values[key];
  if (value === undefined) return undefined;
  const list: readonly unknown[] = Array.isArray(value) ? value : [undefined];
  const texts = list.filter((entry) => typeof entry === "string");
  if (texts.length !== list.length) throw wrong(key, "a list of paths");
  return texts;
}

function readChoice<Choice extends string>(
  values: Values,
  key: string,
  choices: readonly Choice[],
): Choice | undefined {
  const value = values[key];
  if (value === undefined) return undefined;
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw wrong(key, `one of: ${choices.join(", ")}`);
  return found;
}

function wrong(key: string, expected: string): BridgeError {
  return new BridgeError("INVALID_ARGUMENT", `config: "${key}" must be ${expected}.`);
}
