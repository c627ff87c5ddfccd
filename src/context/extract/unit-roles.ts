// How well a unit serves as each part of a summary: its words, its place in the text, and what the outline says of it.
import type { Role } from "./role-words.ts";
import type { Signal } from "./signals.ts";

/** What is known of a unit before it is scored. */
export interface Traits {
  readonly signals: ReadonlySet<Signal>;
  readonly role: Role | undefined;
  /** 0 at the beginning of the text, 1 at its end. */
  readonly place: number;
  /** How much of it the text speaks of elsewhere, 0 to 1. */
  readonly centrality: number;
  /** Characters. */
  readonly length: number;
  readonly isAnswer: boolean;
  readonly isAgreed: boolean;
  /** Words shared with the task. */
  readonly shared: number;
  readonly words: number;
}

/** Scores a unit for each part of a summary; 0 or less for not at all. */
export function toRoles({
  signals,
  role,
  place,
  centrality,
  length,
  isAnswer,
  isAgreed,
  shared,
  words,
}: Traits): Record<Role, number> {
  const has = (signal: Signal, weight: number): number => (signals.has(signal) ? weight : 0);
  const led = (wanted: Role, weight: number): number => (role === wanted ? weight : 0);
  const noise =
    has("question", -4) +
    has("smallTalk", -2) +
    has("detail", -1.5) +
    has("tentative", -1.5) +
    (words < 4 ? -3 : 0) +
    (words < 6 ? -1 : 0);
  const early = Math.min(1, Math.max(0, 1 - (place - 0.08) / 0.25));
  const late = Math.max(0, (place - 0.75) / 0.25);
  const figures = Math.max(has("quantity", 0.6), has("identifier", 0.5), has("place", 0.5));
  return {
    task:
      noise +
      3.5 * early +
      has("task", 2) +
      has("imperative", 1.2) +
      2 * centrality +
      Math.min(shared, 3) * 0.7 +
      led("task", 1) +
      has("personal", -0.5) +
      has("replaced", -1) +
      has("past", -1) +
      has("error", 0.5) +
      figures * 0.5 +
      (words > 8 ? 0.6 : 0),
    goal:
      noise +
      has("goal", 2) +
      has("target", 1.2) +
      has("constraint", 0.7) +
      has("quantity", 1.2) +
      3 * Math.max(0, 1 - place / 0.45) +
      led("goal", 3) +
      centrality +
      has("personal", -1) +
      has("error", -0.4),
    state:
      noise +
      has("state", 2.2) +
      3 * late +
      led("state", 3) +
      has("error", 0.3) +
      has("constraint", 0.3) +
      centrality +
      figures * 0.4 +
      has("personal", -1) +
      led("next", -2),
    decision:
      noise +
      (isAgreed || signals.has("decision") || signals.has("constraint") || role === "decision" ? 0 : -2) +
      has("decision", 1.5) +
      has("constraint", 1.8) +
      figures * 0.6 +
      has("place", -0.6) +
      led("decision", 2.5) -
      length / 300 +
      has("personal", -1.5) +
      has("replaced", -1) +
      has("error", -0.5) +
      has("evidence", -0.8) +
      has("cause", -1) +
      has("past", -1) +
      (isAgreed ? 1 : 0) +
      (isAnswer ? 0.5 : 0) +
      centrality +
      led("next", -2) +
      led("state", -1),
    next:
      noise +
      has("imperative", 1.8) +
      has("next", 1) +
      led("next", place > 0.5 ? 3.5 : 1) +
      2 * late +
      figures * 0.5 +
      has("personal", -0.5),
  };
}
