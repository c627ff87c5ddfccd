// The schema of the rules file. Every object is strict, so that a misspelt key is reported.
// Editors show the descriptions: `delegation-rules.schema.json` is generated from this schema.
import * as z from "zod";
import { ERROR_TYPES } from "../domain/error-codes.ts";
import { SANDBOX_MODES } from "../domain/sandbox.ts";
import { AGENTS, CONTEXT_STRATEGIES, PRESERVATION_STRATEGIES } from "../domain/task.ts";
import { parseSize } from "./size.ts";
import { GAP, toPhraseParts } from "./words.ts";

// Nearly every phrase is seen to hold a word at once: no reading drops one of these. To take each apart is the larger part of a check.
const PLAIN_LETTER = /[A-Za-z0-9À-ÖØ-öø-ɏа-яА-Я\u0904-\u0939\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3]/;
const Word = z
  .string()
  .trim()
  .max(200)
  .refine(
    (text) => PLAIN_LETTER.test(text) || toPhraseParts(text).some((part) => part !== GAP),
    "holds no word to look for",
  );
const Words = z.array(Word).min(1).max(2_000);
/** A phrase that may have gaps; `…` alone fits every clause. */
const Phrase = z
  .string()
  .trim()
  .max(200)
  .refine((text) => PLAIN_LETTER.test(text) || toPhraseParts(text).length > 0, "holds no word to look for");
const Phrases = z.array(Phrase).min(1).max(2_000);
const Milliseconds = z.int().min(1).max(86_400_000);
/** As the tools take it: it must not look like an option of the command line. */
const Name = z.string().regex(/^[A-Za-z0-9][\w.:/@-]{0,199}$/, "must be a name");

const ContextSize = z
  .union([
    z.number().min(0),
    z.string().refine((text) => parseSize(text) !== undefined, 'expected ">50000", "<=1000" or "1000-5000"'),
  ])
  .describe(
    'Tokens of the context: ">50000", ">=", "<", "<=", a range "1000-5000", or a number alone, which is a lower bound.',
  );

const Conditions = z.strictObject({
  keywords: Words.optional().describe(
    "Words and phrases. The task must contain at least one of them; inflections count. `repar*` is every word that begins so. Quotes, code, pasted logs and names do not count, except for a keyword that is written as a name (`package.json`) or as the end of one (`*.py`).",
  ),
  exclude_keywords: Words.optional().describe("Words and phrases that the task must not contain."),
  lead: z
    .union([z.string(), z.array(z.string()).min(1)])
    .optional()
    .describe("Groups of `leads`. The verb that leads the task must belong to one of them."),
  object: Words.optional().describe(
    'Words for what the leading verb acts on. Of the words that all rules have here, the one nearest to the verb counts: `script` in "write a script for the docs".',
  ),
  direct_object: Words.optional().describe(
    'Like `object`, but the word must not stand behind a preposition or "that": in "write a guide for the parser" it is the guide.',
  ),
  task_type: z
    .union([z.string(), z.array(z.string()).min(1)])
    .optional()
    .describe("Value, or several values, of the caller's taskType."),
  complexity_score: z.number().min(0).max(1).optional().describe("Smallest complexity, 0 to 1."),
  context_size: ContextSize.optional(),
  requires_file_system: z.boolean().optional().describe("Whether the task needs files or commands."),
});

const Action = z.strictObject({
  target_agent: z.enum(AGENTS).describe("Agent that does the task."),
  fallback_agent: z.enum(AGENTS).optional().describe("Agent that `fallback_agent` means in an escalation path."),
  context_strategy: z
    .enum(CONTEXT_STRATEGIES)
    .optional()
    .describe(
      "How much of the caller's context is passed on. About 4000 tokens always are, except with `isolated`, which passes on nothing.",
    ),
  timeout: Milliseconds.optional().describe(
    "How long the agent may be silent, in ms. Less than 120000 counts as 120000.",
  ),
  deadline: Milliseconds.optional().describe("Time limit for the whole task, in ms."),
  model: Name.optional().describe("Model for the run. The call's own model wins."),
  reasoning_effort: Name.optional().describe("Reasoning effort for the run, e.g. low, medium, high."),
  profile: z
    .string()
    .regex(/^[A-Za-z0-9_][A-Za-z0-9_-]{0,99}$/, "must be a name of letters, digits, _ and -")
    .optional()
    .describe("Profile of your Codex config for the run."),
  sandbox: z
    .enum(SANDBOX_MODES)
    .optional()
    .describe("Sandbox for the run. BRIDGE_MAX_SANDBOX can lower it, with a warning."),
});

const Rule = z.strictObject({
  rule_id: z.string().min(1).describe("Name of the rule. It must be unique."),
  description: z.string().optional(),
  priority: z.number().describe("Of the rules that apply, the one with the highest priority decides."),
  conditions: Conditions.refine(
    (conditions) => Object.keys(conditions).length > 0,
    "a rule needs at least one condition",
  )
    .meta({ minProperties: 1 })
    .describe(
      "No condition may fail, and at least one about the task's content must hold. A condition is unknown if the caller did not say.",
    ),
  evidence: Conditions.optional().describe("Conditions that count for the rule if they hold, and never against it."),
  action: Action,
  escalation_policy: z.string().optional().describe("policy_id of the rule's policy. Default: the first in the file."),
});

const Step = z.strictObject({
  step: z.int().min(1),
  agent: z
    .enum(["fallback_agent", ...AGENTS, "human_intervention"])
    .describe("claude_code hands the task back; human_intervention asks the user."),
  strategy: z.enum(["retry", "decompose_task", "alert"]),
  context_modification: z.enum(["compress", "filter", "summarize", "none"]).optional(),
  max_attempts: z.int().min(1).max(10).optional().describe("Number of attempts in this step. Default: 1."),
});

const ErrorType = z.enum(Object.keys(ERROR_TYPES).filter(isErrorType));

const EscalationPolicy = z.strictObject({
  policy_id: z.string().min(1),
  trigger_conditions: z.strictObject({
    failure_threshold: z.int().min(1).max(20).describe("Number of failures in a row that begin the path."),
    time_threshold: Milliseconds.describe("Longest pause between two attempts that belong together, in ms."),
    error_types: z
      .array(ErrorType)
      .optional()
      .describe("Errors that count. Default: every failure of the agent's turn."),
  }),
  escalation_path: z.array(Step).min(1, "a policy needs at least one step"),
});

const ContextWindow = z.strictObject({
  max_tokens: z.int().min(1_000).describe("`compressed` cuts a context to a quarter of this."),
  compression_threshold: z
    .number()
    .min(0)
    .max(1)
    .describe("Share of max_tokens above which a context is compressed, whatever the strategy."),
  preservation_strategy: z
    .enum(PRESERVATION_STRATEGIES)
    .describe("What a cut keeps besides constraints: what relates to the task, both ends, or the end."),
  summarizer: z
    .enum(["extract", "codex"])
    .optional()
    .describe(
      "Who shortens a long context of `compressed` and of a step with `summarize`: the bridge itself (`extract`, the default), or a model, in a turn of Codex before the task's own.",
    ),
  summarizer_model: z.string().min(1).optional().describe("Model of `summarizer: codex`. Default: the user's."),
});

/** Schema of `delegation-rules.json`. */
export const RulesFileSchema = z.strictObject({
  $schema: z.string().optional(),
  routing_config: z.strictObject({
    version: z.string(),
    default_agent: z.enum(AGENTS).describe("Agent for a task to which no rule applies."),
    default_context_strategy: z.enum(CONTEXT_STRATEGIES).optional(),
    context_window: ContextWindow,
    negations: Words.optional().describe(
      "Words that negate the rest of their clause. `… noch nicht` negates the whole clause in which it stands.",
    ),
    fillers: Words.optional().describe("Words that may stand before a leading verb."),
    joins: Words.optional().describe('Words that begin a new clause. Default: "and", "but", "then", "so".'),
    asides: Words.optional().describe(
      'Words that begin a clause said in passing, whose verb does not lead. Default: "before", "after", "because", "while", "since", "until", "once".',
    ),
    predicates: Words.optional().describe(
      'Words that make the word before them a noun: "build" does not lead in "build is red".',
    ),
    references: Words.optional().describe(
      'Words that stand for what was said before: "it", "that". What the last paragraph asks to be done with "that" decides over verbs in the text before.',
    ),
    leads: z
      .record(z.string(), Phrases)
      .optional()
      .describe(
        "Groups of verbs that can lead a clause. `…` stands for words between (`hand … to codex`); at the beginning it lets the rest stand anywhere in the clause, alone it leads every clause. `?` is the end of a question.",
      ),
    weak_leads: z
      .array(z.string())
      .optional()
      .describe("Groups of `leads` that give way to a verb of another group, the strongest first."),
    agent_names: z
      .strictObject({ codex_cli: Words.optional(), claude_code: Words.optional() })
      .optional()
      .describe('What you call the agents. No rule sends a task to an agent that it refuses ("without codex").'),
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
