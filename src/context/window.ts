// How much context fits: the rules file says it, and the user's settings over it.
import type { RulesFile } from "../routing/rules-schema.ts";
import type { ContextRules } from "./context.ts";

/** Size of a context, and how it is cut. */
export type WindowRules = RulesFile["routing_config"]["context_window"];

/** The user's own settings, which win over the rules file. */
export interface WindowSettings {
  readonly maxTokens?: number | undefined;
  readonly strategy?: WindowRules["preservation_strategy"] | undefined;
}

/** The rules with the settings over them. */
export function overrideWindow(rules: RulesFile, { maxTokens, strategy }: WindowSettings): RulesFile {
  if (maxTokens === undefined && strategy === undefined) return rules;
  const { context_window: window } = rules.routing_config;
  const own = {
    ...window,
    max_tokens: maxTokens ?? window.max_tokens,
    preservation_strategy: strategy ?? window.preservation_strategy,
  };
  return { ...rules, routing_config: { ...rules.routing_config, context_window: own } };
}

const DEFAULT: ContextRules = {
  context_window: { max_tokens: 128_000, compression_threshold: 0.85, preservation_strategy: "hierarchical" },
};

/** The rules for a call that they do not route. Broken rules are no reason to refuse it: then the window is the default one. Never throws. */
export function readWindow(readRules: () => { readonly rules: RulesFile }): ContextRules {
  try {
    return readRules().rules.routing_config;
  } catch {
    return DEFAULT;
  }
}
