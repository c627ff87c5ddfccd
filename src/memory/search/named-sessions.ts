// Sessions that a question names. Whoever names one means its entries.
import type { Vocabulary } from "./search-plan.ts";

/** The sessions of a question. */
export interface NamedSessions {
  /** Stored ones. */
  readonly sessions: readonly string[];
  /** Whole ids that are named, where none of them is stored. */
  readonly missing: readonly string[];
  /** The phrasings without the ids of stored ones. */
  readonly rest: readonly string[];
}

/** An id as `run_collaboration` makes it, with or without its last words. */
const SESSION_ID = /\bSESSION-\d{8}-[A-Z0-9]{8}(?:-[a-z0-9-]*[a-z0-9])?/giu;
/** Words that may be a caller's own id, or the code within one: with a sign or a digit in them. */
const MAYBE_ID = /[\p{L}\p{N}](?:[\p{L}\p{N}_.:/-]*[\p{L}\p{N}])?/gu;

/** Finds the sessions that phrasings name. */
export function findNamedSessions(queries: readonly string[], vocabulary: Vocabulary): NamedSessions {
  const sessions = new Set<string>();
  const named = new Set<string>();
  const rest = queries.map((query) => {
    const whole = [...query.matchAll(SESSION_ID)].map(([id]) => id);
    for (const id of whole) named.add(id);
    const maybe =
      whole.length > 0
        ? whole
        : [...query.matchAll(MAYBE_ID)].map(([word]) => word).filter((word) => /[-_.:/\d]/u.test(word));
    return maybe.reduce((left, name) => {
      const found = vocabulary.findSessions(name);
      for (const session of found) sessions.add(session);
      return found.length > 0 ? left.replaceAll(name, " ") : left;
    }, query);
  });
  return { sessions: [...sessions], missing: sessions.size === 0 ? [...named] : [], rest };
}
