// The rules file: the brief's shape, and what we add to it. Every object is strict, so that a misspelt key is named.
import * as z from "zod";
import { AGENTS, CONTEXT_STRATEGIES } from "../domain/task.ts";

const Words = z.array(z.string().trim().min(1)).max(2_000);
const Milliseconds = z.int().min(1).max(86_400_000);

/** A bound on tokens: `>50000`, `>=`, `<`, `<=`, a range `1000-5000`, or a bare number, which is a lower bound. */
const ContextSize = z.union([
  z.number().min(0),
  z.string().regex(/^\s*(?:(?:[<>]=?)\s*\d+|\d+\s*-\s*\d+|\d+)\s*$/, 'expected ">50000", "<=1000" or "1000-5000"'),
]);

const Conditions = z.strictObject({
  keywords: Words.optional().describe("Words and phrases, any of which the task holds, with inflections."),
  exclude_keywords: Words.optional().describe("Words and phrases, none of which the task may hold."),
  lead: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .describe("Groups of `leads`, one of which the task's leading verb must be of."),
  task_type: z.union([z.string(), z.array(z.string())]).optional(),
  complexity_score: z.number().min(0).max(1).optional().describe("Least complexity."),
  context_size: ContextSize.optional().describe("Bound on the context's tokens."),
  requires_file_system: z.boolean().optional(),
});

const Rule = z.strictObject({
  rule_id: z.string().min(1),
  description: z.string().optional(),
  priority: z.number(),
  conditions: Conditions.refine(
    (conditions) => Object.keys(conditions).length > 0,
    "a rule needs at least one condition",
  ),
  evidence: Conditions.optional().describe("Conditions that speak for the rule where they hold, and never against it."),
  action: z.strictObject({
    target_agent: z.enum(AGENTS),
    fallback_agent: z.enum(AGENTS).optional(),
    context_strategy: z.enum(CONTEXT_STRATEGIES).optional(),
    timeout: Milliseconds.optional().describe("Longest silence in ms; at least 120000 counts."),
    deadline: Milliseconds.optional().describe("Longest time for the whole task in ms."),
  }),
  escalation_policy: z.string().optional(),
});

const EscalationPolicy = z.strictObject({
  policy_id: z.string().min(1),
  trigger_conditions: z.strictObject({
    failure_threshold: z.int().min(1),
    time_threshold: Milliseconds,
    error_types: z.array(z.string()).optional(),
  }),
  escalation_path: z
    .array(
      z.strictObject({
        step: z.int().min(1),
        agent: z.enum(["fallback_agent", ...AGENTS, "human_intervention"]),
        strategy: z.string(),
        context_modification: z.enum(["compress", "filter", "summarize", "none"]).optional(),
        max_attempts: z.int().min(1).max(10).optional(),
      }),
    )
    .min(1, "a policy needs at least one step"),
});

/** Schema of `delegation-rules.json`. */
export const RulesFileSchema = z.strictObject({
  $schema: z.string().optional(),
  routing_config: z.strictObject({
    version: z.string(),
    default_agent: z.enum(AGENTS),
    default_context_strategy: z.enum(CONTEXT_STRATEGIES).optional(),
    context_window: z.strictObject({
      max_tokens: z.int().min(1_000),
      compression_threshold: z.number().min(0).max(1),
      preservation_strategy: z.string(),
    }),
    negations: Words.optional().describe("Words that take back what follows them in their clause."),
    fillers: Words.optional().describe("Words that may stand before a leading verb."),
    leads: z.record(z.string(), Words).optional().describe("Groups of verbs that can lead a clause."),
    weak_leads: z.array(z.string()).optional().describe("Groups of `leads` that yield to a verb of another group."),
    routing_rules: z.array(Rule).max(10_000),
    escalation_policies: z.array(EscalationPolicy),
  }),
});

/** A parsed rules file. */
export type RulesFile = z.infer<typeof RulesFileSchema>;
/** One of its rules. */
export type RoutingRule = RulesFile["routing_config"]["routing_rules"][number];
/** Conditions of a rule. */
export type RuleConditions = RoutingRule["conditions"];
