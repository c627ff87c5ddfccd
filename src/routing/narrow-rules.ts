// Rules for one text: without the phrases that cannot be in it. A program that decides once and ends is ready much sooner with these.
import type { RequestText } from "./request-text.ts";
import type { RuleConditions, RulesFile } from "./rules-schema.ts";
import { toWords } from "./words.ts";

/** Rules that decide about a request exactly as `rules` do. They are for this one only, and no file could hold them: lists may be empty. */
export function narrowRules(rules: RulesFile, { text, names }: RequestText): RulesFile {
  const heads = new Set(["", "?", ...toWords(`${text} ${names.join(" ")}`).flatMap(toHeads)]);
  const narrow = (phrases: readonly string[]) =>
    phrases.filter((phrase) => heads.has(toHead(phrase)) && heads.has(toHead(takeLastWord(phrase))));
  // Of these lists each word counts by itself.
  const narrowWords = (words: readonly string[]) =>
    words.filter((word) => word.includes(" ") || heads.has(toHead(word)));
  const { routing_config: config } = rules;
  const leads = Object.entries(config.leads ?? {}).map(([group, phrases]) => [group, narrow(phrases)] as const);
  return {
    ...rules,
    routing_config: {
      ...config,
      ...mapLists({ negations: config.negations }, narrow),
      ...mapLists(
        {
          fillers: config.fillers,
          joins: config.joins,
          asides: config.asides,
          predicates: config.predicates,
          references: config.references,
        },
        narrowWords,
      ),
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
  const { keywords, exclude_keywords, object, direct_object } = conditions;
  return { ...conditions, ...mapLists({ keywords, exclude_keywords, object, direct_object }, narrow) };
}

function mapLists<Key extends string>(
  lists: Readonly<Record<Key, string[] | undefined>>,
  change: (list: readonly string[]) => string[],
): { [Name in Key]?: string[] } {
  const changed: { [Name in Key]?: string[] } = {};
  for (const key in lists) if (lists[key] !== undefined) changed[key] = change(lists[key]);
  return changed;
}

/** A word that begins with a phrase's first two letters may be a form of its first word. */
function toHeads(word: string): string[] {
  return [word.slice(0, 1), word.slice(0, 2)];
}

// No pattern here: there are thousands of phrases, and a pattern with classes of letters takes longer to make than all else. Most begin with
// two plain letters, and for those this is all the work.
function toHead(phrase: string): string {
  const first = phrase.charCodeAt(0);
  const second = phrase.charCodeAt(1);
  if (isPlainLetter(first)) {
    if (isPlainLetter(second)) return isMark(phrase.charCodeAt(2)) ? "" : phrase.slice(0, 2);
    if (second === SPACE || phrase.length === 1) return phrase.slice(0, 1);
    return isOtherLetter(second) && !isMark(phrase.charCodeAt(2)) ? phrase.slice(0, 2).toLowerCase() : "";
  }
  if (isOtherLetter(first)) return isMark(second) ? "" : phrase.slice(0, 1).toLowerCase();
  if (phrase.startsWith("… ")) return toHead(phrase.slice(2));
  return phrase.startsWith("*.") ? toHead(phrase.slice(2)) : "";
}

const SPACE = 32;

// One that the text lacks is enough to drop a phrase.
function takeLastWord(phrase: string): string {
  return phrase.slice(phrase.lastIndexOf(" ") + 1);
}

function isPlainLetter(code: number): boolean {
  return code >= 97 && code <= 122;
}

/**
 * Accented Latin, Greek, Cyrillic, Arabic, Devanagari, Kana, Han and Hangul letters. A phrase that begins otherwise is kept, and one such
 * phrase is enough to have the patterns for every script made.
 */
function isOtherLetter(code: number): boolean {
  const isAccented = (code >= 0xdf && code <= 0x2af) || (code >= 0x1e00 && code <= 0x1eff);
  const isDevanagari = code >= 0x904 && code <= 0x939;
  return isAccented || isDevanagari || (code >= 0x370 && code <= 0x6ff) || (code >= 0x3041 && code <= 0xd7a3);
}

/** Marks that join the letter before them. */
function isMark(code: number): boolean {
  if (code < 0x300) return false;
  return (
    (code >= 0x300 && code <= 0x36f) ||
    (code >= 0x64b && code <= 0x65f) ||
    code === 0x93c ||
    code === 0x3099 ||
    code === 0x309a
  );
}
