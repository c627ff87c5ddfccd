// Reads a task before any rule looks at it: its clauses, what is negated, and which verb leads.
import { toForms, toPlainText, toWords } from "./words.ts";

/** The word lists of a rules file. Each may be empty. */
export interface ReadingWords {
  /** Words that take back what follows them in their clause: `don't`, `without`, `skip`. */
  readonly negations: readonly string[];
  /** Groups of verbs that can lead a clause, by the group's name. */
  readonly leads: Readonly<Record<string, readonly string[]>>;
  /** Groups that give way to a verb of another group, like the question in "Why does it fail? Fix it." */
  readonly weakLeads: readonly string[];
  /** Words that may stand before a leading verb: `please`, `can you`. */
  readonly fillers: readonly string[];
}

/** A task after reading. */
export interface Reading {
  /** The words that are meant, in order. An empty text stands between clauses. */
  readonly words: readonly string[];
  /** The first verb that leads a clause, and its group. */
  readonly lead: { readonly group: string; readonly verb: string } | undefined;
}

/** Reads tasks with one set of word lists. Made once for each rules file. */
export type TaskReader = (task: string) => Reading;

/** Longest text that is read: the beginning says what a task is about, the rest is material. */
const MAX_TASK_CHARACTERS = 100_000;
const JOINING_WORDS = new Set(["and", "but", "then", "so"]);
/** A clause behind one of these is said in passing: its verb does not lead. */
const SUBORDINATING_WORDS = new Set(["before", "after", "because", "while", "since", "until", "once"]);

interface Clause {
  readonly words: readonly string[];
  readonly canLead: boolean;
}

/** Makes a reader. */
export function createTaskReader(words: ReadingWords): TaskReader {
  const negations = words.negations.map((phrase) => [phrase, ""] as const);
  // Inflections of short words are other words: "noted" is not a form of "not".
  const findNegation = createPhraseFinder(negations, (word) => (word.length < 4 ? [word] : toForms(word)));
  const fillers = new Set(words.fillers.flatMap(toWords));
  const findVerb = createPhraseFinder(
    Object.entries(words.leads).flatMap(([group, verbs]) => verbs.map((verb) => [verb, group] as const)),
    toForms,
  );
  // A phrase may begin with a filler: "have codex" in "can you have codex review it".
  const findLead = (clause: readonly string[], last: number): Reading["lead"] => {
    for (let at = 0; at <= last; at += 1) {
      const found = findVerb(clause, at);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return (task) => {
    const meant = splitClauses(toPlainText(task.slice(0, MAX_TASK_CHARACTERS))).map(({ words: clause, canLead }) => {
      const at = clause.findIndex((_word, index) => findNegation(clause, index) !== undefined);
      return { words: at === -1 ? clause : clause.slice(0, at), canLead };
    });
    const leads = meant.flatMap((clause) => {
      const at = clause.words.findIndex((word) => !fillers.has(word));
      return (clause.canLead && at !== -1 ? findLead(clause.words, at) : undefined) ?? [];
    });
    const lead = leads.find(({ group }) => !words.weakLeads.includes(group)) ?? leads[0];
    return { words: meant.flatMap((clause) => ["", ...clause.words]), lead };
  };
}

/** Finds the longest phrase at a position, inflected or not, and its group. */
function createPhraseFinder(
  phrases: readonly (readonly [phrase: string, group: string])[],
  toWordForms: (word: string) => readonly string[],
): (clause: readonly string[], at: number) => Reading["lead"] {
  const byFirst = new Map<string, { group: string; rest: readonly (readonly string[])[] }[]>();
  for (const [phrase, group] of phrases) {
    const [first = [], ...rest] = toWords(phrase).map(toWordForms);
    for (const form of first) byFirst.set(form, [...(byFirst.get(form) ?? []), { group, rest }]);
  }
  for (const candidates of byFirst.values()) candidates.sort((a, b) => b.rest.length - a.rest.length);
  return (clause, at) => {
    const candidates = byFirst.get(clause[at] ?? "") ?? [];
    const found = candidates.find(({ rest }) =>
      rest.every((forms, offset) => forms.includes(clause[at + 1 + offset] ?? "")),
    );
    if (found === undefined) return undefined;
    return { group: found.group, verb: clause.slice(at, at + 1 + found.rest.length).join(" ") };
  };
}

// A clause ends at punctuation and before a conjunction. A dot or dash inside a word does not end it.
function splitClauses(task: string): Clause[] {
  const pieces = task.split(/[;:!?,()\n；：！？，、。（）؟،؛]|\.(?=\s|$)|\s[-–—]\s/u);
  return pieces.flatMap((piece) => {
    const clauses: { words: string[]; canLead: boolean }[] = [{ words: [], canLead: true }];
    for (const word of toWords(piece)) {
      const isSubordinate = SUBORDINATING_WORDS.has(word);
      if (isSubordinate || JOINING_WORDS.has(word)) clauses.push({ words: [], canLead: !isSubordinate });
      else clauses.at(-1)?.words.push(word);
    }
    return clauses.filter((clause) => clause.words.length > 0);
  });
}
