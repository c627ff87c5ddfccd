// The Codex config keys that a caller may set. The list is closed, because some keys start programs outside the sandbox
// (docs/codex-cli.md#config-keys-that-leave-the-sandbox).
import { BridgeError } from "../../../domain/errors.ts";
import type { JsonValue } from "../../../domain/json.ts";

/** Keys that anyone may set. A trailing `.*` allows the keys below. */
export const ALLOWED_CONFIG_KEYS = [
  "model",
  "model_reasoning_effort",
  "model_reasoning_summary",
  "model_verbosity",
  "model_context_window",
  "model_max_output_tokens",
  "model_auto_compact_token_limit",
  "model_supports_reasoning_summaries",
  "plan_mode_reasoning_effort",
  "hide_agent_reasoning",
  "show_raw_agent_reasoning",
  "service_tier",
  "web_search",
  "tools.*",
  "tool_output_token_limit",
  "project_doc_max_bytes",
  "project_doc_fallback_filenames",
  "features.fast_mode",
  "features.goals",
  "features.multi_agent",
  "features.personality",
  "features.shell_snapshot",
  "features.unified_exec",
  "features.view_image_tool",
  "features.web_search_request",
] as const;

/** A caller's `config`, split up. */
export interface SplitConfig {
  /** Overrides to pass to Codex: dotted key to value. */
  readonly overrides: Readonly<Record<string, JsonValue>>;
  /** Settings that stand for an argument of the tool: dotted key to value. They follow the same rules as the argument. */
  readonly asArguments: Readonly<Record<string, JsonValue>>;
}

/** Keys that are read as the arguments they stand for. */
const ARGUMENT_KEYS =
  /^(model|model_reasoning_effort|sandbox_mode|approval_policy|developer_instructions|compact_prompt|sandbox_workspace_write(\..+)?)$/;

/**
 * Flattens a caller's `config` (nested or dotted) and checks every key. Throws CONFIG_DENIED for a key that is not allowed
 * and INVALID_ARGUMENT for one that is given twice or is not a key.
 */
export function splitConfig(
  config: Readonly<Record<string, JsonValue>>,
  allowedByUser: readonly string[],
): SplitConfig {
  const overrides: Record<string, JsonValue> = {};
  const asArguments: Record<string, JsonValue> = {};
  const seen = new Set<string>();
  for (const [key, value] of flatten(config, "")) {
    if (seen.has(key)) throw new BridgeError("INVALID_ARGUMENT", `config: "${key}" is given twice.`);
    seen.add(key);
    if (ARGUMENT_KEYS.test(key)) asArguments[key] = value;
    else if (isAllowed(key, allowedByUser)) overrides[key] = value;
    else throw denied(key);
  }
  return { overrides, asArguments };
}

function denied(key: string): BridgeError {
  return new BridgeError("CONFIG_DENIED", `config: the key "${key}" may not be set by a caller.`, { details: { key } });
}

function* flatten(value: Readonly<Record<string, JsonValue>>, prefix: string): Generator<[string, JsonValue]> {
  for (const [name, entry] of Object.entries(value)) {
    const key = `${prefix}${name}`;
    if (entry === null) continue;
    if (!/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/.test(key)) throw denied(key);
    if (typeof entry === "object" && !Array.isArray(entry) && Object.keys(entry).length > 0) {
      yield* flatten(Object.fromEntries(Object.entries(entry)), `${key}.`);
    } else {
      yield [key, entry];
    }
  }
}

function isAllowed(key: string, allowedByUser: readonly string[]): boolean {
  const listed = ALLOWED_CONFIG_KEYS.some((known) =>
    known.endsWith(".*") ? key.startsWith(known.slice(0, -1)) : key === known,
  );
  return listed || allowedByUser.some((known) => key === known || key.startsWith(`${known}.`));
}
