// The conditions of a rule. Each one holds, fails, or is unknown because the caller did not say, and says what it saw.
import type { TaskFacts } from "../domain/task.ts";
import type { PhraseIndex } from "./phrase-index.ts";
import type { Reading } from "./reading.ts";
import type { RuleConditions } from "./rules-schema.ts";
import { parseSize } from "./size.ts";
import { toQuotation, toToldName, toToldPhrase } from "./told-name.ts";
import type { VerbObject } from "./verb-object.ts";

/** The result of one condition. */
export interface Verdict {
  readonly condition: keyof RuleConditions;
  readonly result: "holds" | "fails" | "unknown";
  /** What it saw, in words. */
  readonly evidence: string;
  /** How much evidence there is for it. */
  readonly weight: number;
}

/** A task as conditions see it. */
export interface ConditionInput {
  readonly facts: TaskFacts;
  readonly reading: Reading;
  /** Matches from the index of all keywords. */
  readonly phrases: ReturnType<PhraseIndex["find"]>;
  /** What the leading verb acts on, from the index of all objects. */
  readonly object: VerbObject | undefined;
}

/** The indexes that conditions put their words into. */
export interface ConditionIndexes {
  readonly keywords: PhraseIndex;
  readonly objects: PhraseIndex;
}

/** One condition, ready to be checked many times. */
export type Condition = (input: ConditionInput) => Verdict;

/** Conditions about the content of the task. The others are about its size and circumstances. */
export const CONTENT_CONDITIONS: readonly (keyof RuleConditions)[] = [
  "keywords",
  "lead",
  "object",
  "direct_object",
  "task_type",
];

type Maker<Key extends keyof RuleConditions> = (
  value: NonNullable<RuleConditions[Key]>,
  indexes: ConditionIndexes,
) => Condition;

// One maker for each key of the schema. A key without one does not compile.
const MAKERS: { readonly [Key in keyof Required<RuleConditions>]: Maker<Key> } = {
  keywords: createKeywords,
  exclude_keywords: createExclusion,
  lead: (groups) => createLead(toList(groups)),
  object: (words, { objects }) => createObject("object", objects.add(words)),
  direct_object: (words, { objects }) => createObject("direct_object", objects.add(words)),
  task_type: (types) => createType(toList(types)),
  complexity_score: createComplexity,
  context_size: createSize,
  requires_file_system: createFiles,
};

/** Makes the conditions of a rule, in the order of the schema, and adds their words to `indexes`. */
export function createConditions(conditions: RuleConditions, indexes: ConditionIndexes): Condition[] {
  const make = <Key extends keyof RuleConditions>(key: Key): Condition[] => {
    const value = conditions[key];
    return value === undefined || value === null ? [] : [MAKERS[key](value, indexes)];
  };
  return listKeys(MAKERS).flatMap((key) => make(key));
}

function listKeys<Key extends string>(record: Readonly<Record<Key, unknown>>): Key[] {
  return Object.keys(record).filter((key): key is Key => Object.hasOwn(record, key));
}

const MOST_TOLD = 8;
const tell = (found: readonly string[]): string => found.slice(0, MOST_TOLD).map(toToldPhrase).join(", ");

function createKeywords(keywords: readonly string[], { keywords: index }: ConditionIndexes): Condition {
  const list = index.add(keywords);
  return ({ phrases }) => {
    const found = [...(phrases.get(list) ?? [])];
    if (found.length === 0) return { condition: "keywords", result: "fails", evidence: "none of its words", weight: 0 };
    return { condition: "keywords", result: "holds", evidence: tell(found), weight: found.length };
  };
}

function createExclusion(keywords: readonly string[], { keywords: index }: ConditionIndexes): Condition {
  const list = index.add(keywords);
  return ({ phrases }) => {
    const found = [...(phrases.get(list) ?? [])];
    const result = found.length === 0 ? "holds" : "fails";
    return {
      condition: "exclude_keywords",
      result,
      evidence: tell(found) || "none of its excluded words",
      weight: 0,
    };
  };
}

function createLead(groups: readonly string[]): Condition {
  return ({ reading: { lead } }) => {
    if (lead === undefined)
      return { condition: "lead", result: "unknown", evidence: "no leading verb of a known group", weight: 0 };
    const result = groups.includes(lead.group) ? "holds" : "fails";
    return {
      condition: "lead",
      result,
      evidence: `the leading verb is ${toQuotation(lead.verb)} (group ${toToldName(lead.group)})`,
      weight: 1,
    };
  };
}

function createObject(condition: "object" | "direct_object", list: number): Condition {
  return ({ object }) => {
    if (object === undefined) return { condition, result: "fails", evidence: "no known object", weight: 0 };
    const isMeant = object.lists.has(list) && (condition === "object" || object.isDirect);
    const evidence = `the verb acts on ${toQuotation(object.keyword)}`;
    return { condition, result: isMeant ? "holds" : "fails", evidence, weight: 1 };
  };
}

function createType(types: readonly string[]): Condition {
  const wanted = types.map((type) => type.toLowerCase());
  return ({ facts }) => {
    if (facts.taskType === undefined) return unknown("task_type");
    const result = wanted.includes(facts.taskType.toLowerCase()) ? "holds" : "fails";
    return { condition: "task_type", result, evidence: facts.taskType, weight: 1 };
  };
}

function createComplexity(least: number): Condition {
  return ({ facts }) => {
    if (facts.complexity === undefined) return unknown("complexity_score");
    const result = facts.complexity >= least ? "holds" : "fails";
    return {
      condition: "complexity_score",
      result,
      evidence: `${facts.complexity}, at least ${least} wanted`,
      weight: 1,
    };
  };
}

function createSize(bound: string | number): Condition {
  const fits = parseSize(bound) ?? (() => false);
  return ({ facts }) => {
    if (facts.contextTokens === undefined) return unknown("context_size");
    const result = fits(facts.contextTokens) ? "holds" : "fails";
    return { condition: "context_size", result, evidence: `${facts.contextTokens} tokens, ${bound} wanted`, weight: 1 };
  };
}

function createFiles(wanted: boolean): Condition {
  return ({ facts }) => {
    if (facts.requiresFileSystem === undefined) return unknown("requires_file_system");
    const result = facts.requiresFileSystem === wanted ? "holds" : "fails";
    return { condition: "requires_file_system", result, evidence: String(facts.requiresFileSystem), weight: 1 };
  };
}

function unknown(condition: Verdict["condition"]): Verdict {
  return { condition, result: "unknown", evidence: "the caller did not say", weight: 0 };
}

function toList(value: string | readonly string[]): readonly string[] {
  return typeof value === "string" ? [value] : value;
}
