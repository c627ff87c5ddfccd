// Checks the arguments of a caller that only Codex knows, such as `config`. Keys that stand for a common argument become that argument; the
// rest becomes Codex's own part of the frame.
import { mergeArgument } from "../../../domain/merge-argument.ts";
import type { CallerConfig, CheckedConfig } from "../../agent-backend.ts";
import { toOwn } from "../codex-frame.ts";
import { readConfigArguments } from "./config-arguments.ts";
import { splitConfig } from "./config-keys.ts";

/** Checks and splits the arguments. Throws CONFIG_DENIED for a key that is not allowed, and INVALID_ARGUMENT for a wrong value. */
export function checkCallerConfig(asked: CallerConfig, allowedByUser: readonly string[]): CheckedConfig {
  const { baseInstructions, profile } = asked;
  const { overrides, asArguments } = splitConfig(asked.config ?? {}, allowedByUser);
  const { compactPrompt: fromConfig, ...args } = readConfigArguments(asArguments);
  const compactPrompt = mergeArgument("compact-prompt", asked.compactPrompt, fromConfig);
  return { ...args, own: toOwn({ baseInstructions, compactPrompt, profile, config: overrides }) };
}
