// What a question says about the entry itself, beside its subject: its kind, its author, which of several versions.
import { MEMORY_KINDS, type MemoryKind } from "../memory-store.ts";
import type { QueryPlan } from "./search-plan.ts";
import { type TextWord, toTextWords } from "./text-words.ts";

/** Words by which people name a kind of entry, as stems. */
const KIND_STEMS: Readonly<Record<MemoryKind, readonly string[]>> = {
  plan: ["plan", "design", "propos"],
  review: ["review", "reviewe", "feedback", "verdict", "critiqu", "concern", "object", "rezens", "revision"],
  implementation: ["implement", "implementi"],
  validation: ["valid", "verif", "validierung", "validacion"],
  pattern: ["pattern", "recip"],
  note: ["note"],
  checkpoint: ["checkpoint", "restor", "resum"],
};

const LATEST = new Set([
  "latest",
  "newest",
  "current",
  "newer",
  "recent",
  "final",
  "revis",
  "supersed",
  "replac",
  "updat",
  "last",
  "neuest",
  "aktuell",
  "ultima",
  "ultimo",
  "actual",
  "最新",
]);
const FIRST = new Set(["first", "origin", "initi", "oldest", "earliest", "erst", "primera", "最初"]);
const ORDINALS = new Map([
  ["second", 2],
  ["third", 3],
  ["fourth", 4],
]);
const VERSION = /\b(?:version|versione?|v|rev|revision|round|runde)\s*\.?\s*(\d{1,2})\b/iu;
const AGENTS = ["claude", "codex", "human"];

/** The hints of a question. */
export function readHints(text: string): Pick<QueryPlan, "agent" | "kinds" | "version"> {
  const words = toTextWords(text);
  const stems = new Set(words.map(({ stem }) => stem));
  const kinds = MEMORY_KINDS.filter((kind) => KIND_STEMS[kind].some((stem) => stems.has(stem)));
  return { kinds, agent: AGENTS.find((agent) => stems.has(agent)), version: readVersion(text, words) };
}

function readVersion(text: string, words: readonly TextWord[]): QueryPlan["version"] {
  const number = VERSION.exec(text)?.[1];
  if (number !== undefined) return Number(number);
  const before = words.findIndex(({ stem }) => stem === "version" || stem === "design" || stem === "plan");
  const ordinal = before > 0 ? ORDINALS.get(words[before - 1]?.folded ?? "") : undefined;
  if (ordinal !== undefined) return ordinal;
  if (words.some(({ stem, folded }) => LATEST.has(stem) || LATEST.has(folded))) return "latest";
  return words.some(({ stem }) => FIRST.has(stem)) ? "first" : undefined;
}
