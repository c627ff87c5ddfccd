// The schema of the rules file. Every object is strict, so that a misspelt key is reported.
// Editors show the descriptions: `delegation-rules.schema.json` is generated from this schema.
import * as z from "zod";
import { ERROR_TYPES } from "../domain/error-codes.ts";
import { SANDBOX_MODES } from "../domain/sandbox.ts";
import { AGENTS, CONTEXT_STRATEGIES, PRESERVATION_STRATEGIES } from "../domain/task.ts";
import { parseSize } from "./size.ts";
import { toWords } from "./words.ts";

const Word = z
  .string()
  .trim()
  .max(200)
  .refine((text) => toWords(text).length > 0, "holds no word to look for");
const Words = z.array(Word).min(1).max(2_000);
const Milliseconds = z.int().min(1).max(86_400_000);
/** As the tools take it: it must not look like an option of the command line. */
const Name = z.string().regex(/^[A-Za-z0-9][\w.:/@-]{0,199}$/, "must be a name");

const ContextSize = z
  .union([
    z.number().min(0),
    z.string().refine((text) => parseSize(text) !== undefined, 'expected ">50000", "<=1000" or "1000-5000"'),
  ])
  .describe('Tokens of the context: ">50000", ">=", "<", "<=", a range "1000-5000", or a bare number, a lower bound.');

const Conditions = z.strictObject({
  keywords: Words.optional().describe("Words and phrases, any of which the task holds, with inflections."),
  exclude_keywords: Words.optional().describe("Words and phrases, none of which the task may hold."),
  lead: z
    .union([z.string(), z.array(z.string()).min(1)])
    .optional()
    .describe("Groups of `leads`, one of which the task's leading verb must be of."),
  task_type: z
    .union([z.string(), z.array(z.string()).min(1)])
    .optional()
    .describe("The caller's taskType, or several of them."),
  complexity_score: z.number().min(0).max(1).optional().describe("Least complexity, 0 to 1."),
  context_size: ContextSize.optional(),
  requires_file_system: z.boolean().optional().describe("Whether the task needs files or commands."),
});

const Action = z.strictObject({
  target_agent: z.enum(AGENTS).describe("Who does the task."),
  fallback_agent: z.enum(AGENTS).optional().describe("Who `fallback_agent` means in an escalation path."),
  context_strategy: z
    .enum(CONTEXT_STRATEGIES)
    .optional()
    .describe(
      "How much of the caller's context goes along. About 4000 tokens always go whole, but with `isolated` none does.",
    ),
  timeout: Milliseconds.optional().describe("Longest silence in ms; less than 120000 counts as 120000."),
  deadline: Milliseconds.optional().describe("Longest time for the whole task in ms."),
  model: Name.optional().describe("Model for the run; the call's own counts more."),
  reasoning_effort: Name.optional().describe("Reasoning effort for the run, e.g. low, medium, high."),
  profile: z
    .string()
    .regex(/^[A-Za-z0-9_][A-Za-z0-9_-]{0,99}$/, "must be a name of letters, digits, _ and -")
    .optional()
    .describe("Profile of your Codex config for the run."),
  sandbox: z
    .enum(SANDBOX_MODES)
    .optional()
    .describe("Sandbox for the run; BRIDGE_MAX_SANDBOX lowers it, with a warning."),
});

const Rule = z.strictObject({
  rule_id: z.string().min(1).describe("Name of the rule, used once."),
  description: z.string().optional(),
  priority: z.number().describe("The highest that applies decides."),
  conditions: Conditions.refine(
    (conditions) => Object.keys(conditions).length > 0,
    "a rule needs at least one condition",
  )
    .meta({ minProperties: 1 })
    .describe(
      "None may fail, and one that speaks of the task's content must hold. What the caller did not say is unknown.",
    ),
  evidence: Conditions.optional().describe("Conditions that speak for the rule where they hold, and never against it."),
  action: Action,
  escalation_policy: z.string().optional().describe("policy_id of its policy; default: the file's first."),
});

const Step = z.strictObject({
  step: z.int().min(1),
  agent: z
    .enum(["fallback_agent", ...AGENTS, "human_intervention"])
    .describe("claude_code: the task is handed back; human_intervention: the user is asked."),
  strategy: z.enum(["retry", "decompose_task", "alert"]),
  context_modification: z.enum(["compress", "filter", "summarize", "none"]).optional(),
  max_attempts: z.int().min(1).max(10).optional().describe("Attempts of this step; default 1."),
});

const ErrorType = z.enum(Object.keys(ERROR_TYPES).filter(isErrorType));

const EscalationPolicy = z.strictObject({
  policy_id: z.string().min(1),
  trigger_conditions: z.strictObject({
    failure_threshold: z.int().min(1).max(20).describe("Failures in a row after which the path begins."),
    time_threshold: Milliseconds.describe("Longest pause in ms between two attempts that still belong together."),
    error_types: z.array(ErrorType).optional().describe("What counts; default: every failure of the agent's turn."),
  }),
  escalation_path: z.array(Step).min(1, "a policy needs at least one step"),
});

const ContextWindow = z.strictObject({
  max_tokens: z.int().min(1_000).describe("`compressed` cuts a context to a quarter of this."),
  compression_threshold: z
    .number()
    .min(0)
    .max(1)
    .describe("Share of max_tokens above which a context is compressed whatever the strategy."),
  preservation_strategy: z
    .enum(PRESERVATION_STRATEGIES)
    .describe("What a cut keeps besides constraints: what relates to the task first, both ends, or the end."),
});

/** Schema of `delegation-rules.json`. */
export const RulesFileSchema = z.strictObject({
  $schema: z.string().optional(),
  routing_config: z.strictObject({
    version: z.string(),
    default_agent: z.enum(AGENTS).describe("Who does a task that no rule applies to."),
    default_context_strategy: z.enum(CONTEXT_STRATEGIES).optional(),
    context_window: ContextWindow,
    negations: Words.optional().describe("Words that take back what follows them in their clause."),
    fillers: Words.optional().describe("Words that may stand before a leading verb."),
    leads: z.record(z.string(), Words).optional().describe("Groups of verbs that can lead a clause."),
    weak_leads: z.array(z.string()).optional().describe("Groups of `leads` that yield to a verb of another group."),
    routing_rules: z.array(Rule).max(10_000),
    escalation_policies: z.array(EscalationPolicy),
  }),
});

function isErrorType(name: string): name is keyof typeof ERROR_TYPES {
  return Object.hasOwn(ERROR_TYPES, name);
}

/** A parsed rules file. */
export type RulesFile = z.infer<typeof RulesFileSchema>;
/** One rule of the file. */
export type RoutingRule = RulesFile["routing_config"]["routing_rules"][number];
/** Conditions of a rule. */
export type RuleConditions = RoutingRule["conditions"];
