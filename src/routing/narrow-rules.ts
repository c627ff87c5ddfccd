// Rules for one text: without the phrases that cannot be in it. A program that decides once and ends is ready much sooner with these.
import { takeRequest } from "./request-text.ts";
import type { RuleConditions, RulesFile } from "./rules-schema.ts";
import { toWords } from "./words.ts";

/** Rules that decide about `text` exactly as `rules` do. They are for this text only, and no file could hold them: lists may be empty. */
export function narrowRules(rules: RulesFile, text: string): RulesFile {
  const { text: request, names } = takeRequest(text);
  const heads = new Set(["", "?", ...toWords(`${request} ${names.join(" ")}`).flatMap(toHeads)]);
  const narrow = (phrases: readonly string[]) => phrases.filter((phrase) => heads.has(toHead(phrase)));
  const { routing_config: config } = rules;
  const leads = Object.entries(config.leads ?? {}).map(([group, phrases]) => [group, narrow(phrases)] as const);
  return {
    ...rules,
    routing_config: {
      ...config,
      ...(config.negations === undefined ? {} : { negations: narrow(config.negations) }),
      ...(config.leads === undefined ? {} : { leads: Object.fromEntries(leads) }),
      routing_rules: config.routing_rules.map((rule) => ({
        ...rule,
        conditions: narrowConditions(rule.conditions, narrow),
        ...(rule.evidence === undefined ? {} : { evidence: narrowConditions(rule.evidence, narrow) }),
      })),
    },
  };
}

function narrowConditions(
  conditions: RuleConditions,
  narrow: (phrases: readonly string[]) => string[],
): RuleConditions {
  const { keywords, exclude_keywords: excluded, object } = conditions;
  return {
    ...conditions,
    ...(keywords === undefined ? {} : { keywords: narrow(keywords) }),
    ...(excluded === undefined ? {} : { exclude_keywords: narrow(excluded) }),
    ...(object === undefined ? {} : { object: narrow(object) }),
  };
}

/** A word that begins with a phrase's first two letters may be a form of its first word. */
function toHeads(word: string): string[] {
  return [word.slice(0, 1), word.slice(0, 2)];
}

// Where each sign is a word (behind U+2E80), the first word has one sign. Only plain beginnings are cut; any other phrase is kept.
function toHead(phrase: string): string {
  const plain = /^[ -~]*$/.test(phrase) ? phrase : phrase.replace("…", "").normalize("NFKC").trimStart();
  const start = plain.startsWith("...") ? plain.slice(3).trimStart() : plain;
  const head = start.slice(0, 2).toLowerCase();
  if (/^[⺀-힣]/u.test(head)) return head.slice(0, 1);
  return /^[a-zß-öø-ÿа-яё]{2}$/.test(head) ? head : "";
}
