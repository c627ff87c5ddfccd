// What a caller asks of Codex besides the common arguments: checked, and taken apart into those and Codex's own part of a frame.
import { mergeArgument } from "../../../domain/merge-argument.ts";
import type { CallerConfig, CheckedConfig } from "../../agent-backend.ts";
import { toOwn } from "../codex-frame.ts";
import { readConfigArguments } from "./config-arguments.ts";
import { splitConfig } from "./config-keys.ts";

/** Checks it. Throws CONFIG_DENIED, and INVALID_ARGUMENT for a wrong value. */
export function checkCallerConfig(asked: CallerConfig, allowedByUser: readonly string[]): CheckedConfig {
  const { baseInstructions, profile } = asked;
  const { overrides, asArguments } = splitConfig(asked.config ?? {}, allowedByUser);
  const { compactPrompt: fromConfig, ...args } = readConfigArguments(asArguments);
  const compactPrompt = mergeArgument("compact-prompt", asked.compactPrompt, fromConfig);
  return { ...args, own: toOwn({ baseInstructions, compactPrompt, profile, config: overrides }) };
}
