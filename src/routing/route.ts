// The router: takes a task and the rules, gives a decision with its reasons. Pure: the same input gives the same decision.
import type { SandboxMode } from "../domain/sandbox.ts";
import { AGENTS, type Agent, type ContextStrategy, type TaskFacts } from "../domain/task.ts";
import {
  CONTENT_CONDITIONS,
  type Condition,
  type ConditionInput,
  createConditions,
  type Verdict,
} from "./conditions.ts";
import { createPhraseIndex } from "./phrase-index.ts";
import { createTaskReader } from "./reading.ts";
import type { RequestText } from "./request-text.ts";
import type { RoutingRule, RulesFile } from "./rules-schema.ts";
import { toToldName } from "./told-name.ts";
import { findObject } from "./verb-object.ts";

/** The result of one rule for a task. */
export interface RuleResult {
  readonly ruleId: string;
  readonly priority: number;
  readonly agent: Agent;
  readonly applies: boolean;
  /** How much evidence there is for it. */
  readonly weight: number;
  readonly verdicts: readonly Verdict[];
}

/** Which agent should do a task, and why. */
export interface RoutingDecision {
  readonly agent: Agent;
  readonly contextStrategy: ContextStrategy;
  /** The rule that decided; undefined if the default did. */
  readonly ruleId: string | undefined;
  readonly fallbackAgent: Agent | undefined;
  /** Limit on silence, in ms; undefined means the bridge's own. */
  readonly silenceMs: number | undefined;
  /** Time limit for the whole task, in ms; undefined means the bridge's own. */
  readonly deadlineMs: number | undefined;
  /** Used for the run if the call names none. */
  readonly model: string | undefined;
  readonly reasoningEffort: string | undefined;
  readonly profile: string | undefined;
  readonly sandbox: SandboxMode | undefined;
  /** Parts of the rule that do not take effect as written. */
  readonly warnings: readonly string[];
  /** The deciding rule's conditions in words, or why the default decided. */
  readonly reasons: readonly string[];
  /** Every rule: the deciding one, then the runners-up, then those that do not apply. */
  readonly rules: readonly RuleResult[];
  /** The leading verb and its group. */
  readonly lead: { readonly group: string; readonly verb: string } | undefined;
}

/** Decides about tasks by one rules file. `request` is the task's, where it was taken already. */
export type Router = (facts: TaskFacts, request?: RequestText) => RoutingDecision;

interface ReadyRule {
  readonly rule: RoutingRule;
  readonly conditions: readonly Condition[];
  readonly evidence: readonly Condition[];
}

/** Smallest limit on silence. A smaller one fails ordinary work: exec prints nothing while the model thinks. */
const LEAST_SILENCE_MS = 120_000;

/** Makes a router from a rules file. */
export function createRouter({ routing_config: config }: RulesFile): Router {
  const read = createTaskReader(config);
  const indexes = { keywords: createPhraseIndex(), objects: createPhraseIndex() };
  const rules = config.routing_rules.map((rule) => ({
    rule,
    conditions: createConditions(rule.conditions, indexes),
    evidence: createConditions(rule.evidence ?? {}, indexes),
  }));
  return (facts, request) => {
    const reading = read(facts.task, request);
    const input = {
      facts,
      reading,
      phrases: indexes.keywords.find(reading.words, reading.names),
      object: reading.lead === undefined ? undefined : findObject(reading.lead, indexes.objects),
    };
    // Sorting is stable, so equal rules keep the order of the file.
    const results = rules
      .map((ready) => ({ ready, result: judge(ready, input) }))
      .sort((a, b) => compare(a.result, b.result));
    const winner = results.find(({ result }) => result.applies);
    return {
      ...toAction(winner?.ready.rule, config, reading.refused),
      reasons: [
        ...reading.refused.map((agent) => `the task refuses ${agent}`),
        ...(winner === undefined ? ["no rule applies: the default decides"] : toReasons(winner.result)),
      ],
      rules: results.map(({ result }) => result),
      lead: reading.lead === undefined ? undefined : { group: reading.lead.group, verb: reading.lead.verb },
    };
  };
}

function judge(ready: ReadyRule, input: ConditionInput): RuleResult {
  const verdicts = ready.conditions.map((condition) => condition(input));
  const support = ready.evidence.map((condition) => condition(input)).filter(({ result }) => result === "holds");
  const holding = verdicts.filter(({ result }) => result === "holds");
  const speaksOfContent = verdicts.some(({ condition }) => CONTENT_CONDITIONS.includes(condition));
  const isBorneOut = holding.some(({ condition }) => !speaksOfContent || CONTENT_CONDITIONS.includes(condition));
  const isRefused = input.reading.refused.includes(ready.rule.action.target_agent);
  return {
    ruleId: ready.rule.rule_id,
    priority: ready.rule.priority,
    agent: ready.rule.action.target_agent,
    applies: isBorneOut && !isRefused && verdicts.every(({ result }) => result !== "fails"),
    weight: [...holding, ...support].reduce((sum, { weight }) => sum + weight, 0),
    verdicts: [...verdicts, ...support],
  };
}

function compare(a: RuleResult, b: RuleResult): number {
  return Number(b.applies) - Number(a.applies) || b.priority - a.priority || b.weight - a.weight;
}

function toAction(
  rule: RoutingRule | undefined,
  config: RulesFile["routing_config"],
  refused: readonly Agent[],
): Omit<RoutingDecision, "reasons" | "rules" | "lead"> {
  const { action } = rule ?? {};
  const isTooShort = action?.timeout !== undefined && action.timeout < LEAST_SILENCE_MS;
  return {
    agent: action?.target_agent ?? toDefault(config.default_agent, refused),
    contextStrategy: action?.context_strategy ?? config.default_context_strategy ?? "filtered",
    ruleId: rule?.rule_id,
    fallbackAgent: action?.fallback_agent,
    silenceMs: action?.timeout === undefined ? undefined : Math.max(action.timeout, LEAST_SILENCE_MS),
    deadlineMs: action?.deadline,
    model: action?.model,
    reasoningEffort: action?.reasoning_effort,
    profile: action?.profile,
    sandbox: action?.sandbox,
    warnings: isTooShort
      ? [
          `Rule ${toToldName(rule?.rule_id ?? "")}: timeout ${action.timeout} limits silence and counts as ${LEAST_SILENCE_MS}.`,
        ]
      : [],
  };
}

function toDefault(agent: Agent, refused: readonly Agent[]): Agent {
  return refused.includes(agent) ? (AGENTS.find((other) => !refused.includes(other)) ?? agent) : agent;
}

function toReasons({ verdicts }: RuleResult): string[] {
  return verdicts
    .filter(({ result }) => result === "holds")
    .map(({ condition, evidence }) => `${condition}: ${evidence}`);
}
