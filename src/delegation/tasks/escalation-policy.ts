// Resolves a policy of the rules file for one rule: agents by name, error types as codes.
import { ERROR_TRAITS, ERROR_TYPES } from "../../domain/error-codes.ts";
import type { Agent } from "../../domain/task.ts";
import type { EscalationPolicy, StepAgent } from "../../escalation/policy.ts";
import type { RulesFile } from "../../routing/rules-schema.ts";
import { toToldName } from "../../routing/told-name.ts";

/** The policy of a rule: the one it names, or the file's first; undefined if the file has none. */
export function resolvePolicy(
  rules: RulesFile,
  rule: { readonly ruleId: string | undefined; readonly agent: Agent; readonly fallbackAgent: Agent | undefined },
): EscalationPolicy | undefined {
  const { escalation_policies: policies, routing_rules: all } = rules.routing_config;
  const named = all.find((candidate) => candidate.rule_id === rule.ruleId)?.escalation_policy;
  const policy = policies.find((candidate) => candidate.policy_id === named) ?? policies[0];
  if (policy === undefined) return undefined;
  const {
    failure_threshold: failureThreshold,
    time_threshold: timeThresholdMs,
    error_types: types,
  } = policy.trigger_conditions;
  return {
    policyId: toToldName(policy.policy_id),
    failureThreshold,
    timeThresholdMs,
    countedCodes: new Set<string>(types === undefined ? listAgentCodes() : types.flatMap((type) => ERROR_TYPES[type])),
    steps: policy.escalation_path
      .map((step) => ({
        step: step.step,
        agent: toAgent(step.agent, rule),
        strategy: step.strategy,
        contextModification: step.context_modification ?? ("none" as const),
        maxAttempts: step.max_attempts ?? 1,
      }))
      .sort((a, b) => a.step - b.step),
  };
}

function toAgent(
  agent: Agent | "fallback_agent" | "human_intervention",
  rule: { agent: Agent; fallbackAgent: Agent | undefined },
): StepAgent {
  if (agent === "human_intervention") return "human";
  return agent === "fallback_agent" ? (rule.fallbackAgent ?? rule.agent) : agent;
}

function listAgentCodes(): string[] {
  return Object.entries(ERROR_TRAITS).flatMap(([code, { countsAsFailure }]) => (countsAsFailure ? [code] : []));
}
