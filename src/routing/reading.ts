// Reads a task before any rule looks at it: its request, its clauses, what is negated, which verb leads, which agent it names.
import { AGENTS, type Agent } from "../domain/task.ts";
import { type Clause, createClauseSplitter, ENGLISH_CLAUSE_WORDS } from "./clauses.ts";
import { isNoun, takeObject } from "./nouns.ts";
import { createPhraseFinder, type FoundPhrase, type PhraseFinder } from "./phrase-finder.ts";
import { type RequestText, takeRequest } from "./request-text.ts";
import { toForms, toLeadForms, toPhraseParts, toWords } from "./words.ts";

/** The word lists of a rules file. Each may be empty or missing. */
export interface ReadingWords {
  /** Words that take back what follows them in their clause: `don't`, `without`, `skip`. */
  readonly negations?: readonly string[] | undefined;
  /** Groups of verbs that can lead a clause, by the group's name. */
  readonly leads?: Readonly<Record<string, readonly string[]>> | undefined;
  /** Groups that give way to a verb of another group, like the question in "Why does it fail? Fix it.", the strongest first. */
  readonly weak_leads?: readonly string[] | undefined;
  /** Words that may stand before a leading verb: `please`, `can you`. */
  readonly fillers?: readonly string[] | undefined;
  /** Words that begin a clause of its own. */
  readonly joins?: readonly string[] | undefined;
  /** Words that begin a clause said in passing. */
  readonly asides?: readonly string[] | undefined;
  /** Words that make the word before them a noun: "build" leads in "build it", but not in "build is red". */
  readonly predicates?: readonly string[] | undefined;
  /** Words that stand for what was said before: `it`, `that`. */
  readonly references?: readonly string[] | undefined;
  /** What people call the agents. An agent in a clause that is taken back is refused. */
  readonly agent_names?: { readonly [Key in Agent]?: readonly string[] | undefined } | undefined;
}

/** A task after reading. */
export interface Reading {
  /** The words that are meant, in order. An empty text stands between clauses. */
  readonly words: readonly string[];
  /** The words of file names, identifiers and the like. */
  readonly names: readonly string[];
  /** The first verb that leads a clause, and its group. */
  readonly lead: Lead | undefined;
  /** Agents that the task does not want: "without codex". */
  readonly refused: readonly Agent[];
}

/** Reads tasks with one set of word lists. Made once for each rules file. `request` is the task's, where it was taken already. */
export type TaskReader = (task: string, request?: RequestText) => Reading;

/** What leads a task. */
export interface Lead {
  readonly group: string;
  readonly verb: string;
  /** What stands behind the verb in its clause, or before it if its phrase may stand anywhere ("…を直して"). */
  readonly rest: readonly string[];
  /** Whether the nearest word of `rest` is its last. */
  readonly isBehind: boolean;
}

/** Makes a reader. */
export function createTaskReader(words: ReadingWords): TaskReader {
  const split = createClauseSplitter({
    joins: words.joins ?? ENGLISH_CLAUSE_WORDS.joins,
    asides: words.asides ?? ENGLISH_CLAUSE_WORDS.asides,
  });
  const takeBack = createNegation(words.negations ?? []);
  const references = new Set((words.references ?? []).flatMap(toWords));
  const findLeads = createLeadFinder(words, references);
  const findAgents = createAgentFinder(words.agent_names ?? {});
  return (task, request = takeRequest(task)) => {
    const clauses = split(request.text).map((clause) => ({ clause, ...takeBack(clause.words) }));
    const { lead, from } = findLeads(clauses.map(({ clause, meant }) => ({ ...clause, words: meant })));
    // "Don't describe the leak, remove it": the leak is meant after all.
    const before = lead !== undefined && references.has(lead.rest[0] ?? "") ? lead.place - 1 : -1;
    return {
      words: clauses.flatMap(({ clause, meant, taken }, at) => {
        if (clause.paragraph < from) return [];
        return ["", ...meant, ...(at === before ? takeObject(taken) : [])];
      }),
      names: request.names.flatMap((name) => ["", ...toWords(name)]),
      lead,
      refused: findAgents(
        clauses.flatMap(({ meant, taken }) => (taken.length > 0 ? [...meant.slice(0, 1), ...taken] : [])),
      ),
    };
  };
}

interface SplitClause {
  readonly meant: readonly string[];
  readonly taken: readonly string[];
}

// A negation takes back what follows it. One that begins with `…` ("… noch nicht") takes back its whole clause.
function createNegation(phrases: readonly string[]): (words: readonly string[]) => SplitClause {
  // Inflections of short words are other words: "noted" is not a form of "not".
  const finder = createPhraseFinder(
    phrases.map((phrase) => [phrase, ""] as const),
    (word) => (word.length < 4 ? [word] : toForms(word)),
  );
  return (words) => {
    if (finder.anywhere(words) !== undefined) return { meant: [], taken: words };
    const at = words.findIndex((_word, index) => finder.at(words, index) !== undefined);
    return at === -1 ? { meant: words, taken: [] } : { meant: words.slice(0, at), taken: words.slice(at) };
  };
}

function createAgentFinder(names: NonNullable<ReadingWords["agent_names"]>): (words: readonly string[]) => Agent[] {
  const known = AGENTS.map((agent) => ({ agent, words: new Set((names[agent] ?? []).flatMap(toWords)) }));
  return (words) => known.filter((entry) => words.some((word) => entry.words.has(word))).map(({ agent }) => agent);
}

function createLeadFinder(
  { leads = {}, weak_leads: weak = [], ...words }: ReadingWords,
  references: ReadonlySet<string>,
) {
  const fillers = new Set((words.fillers ?? []).flatMap(toWords));
  const predicates = new Set((words.predicates ?? []).flatMap(toWords));
  const finder = createPhraseFinder(
    Object.entries(leads).flatMap(([group, verbs]) => verbs.map((verb) => [verb, group] as const)),
    toLeadForms,
    { weak, names: Object.values(words.agent_names ?? {}).flatMap((names) => (names ?? []).flatMap(toPhraseParts)) },
  );
  return (clauses: readonly Clause[]): FoundLead => {
    const found: PlacedLead[] = [];
    let question = -1;
    for (const [place, { words: clause, canLead, sentence, asks, paragraph }] of clauses.entries()) {
      const first = clause.findIndex((word) => !fillers.has(word));
      // In a question one clause leads; a later one only as a request ("what is wrong, can you fix it?").
      if (!canLead || (question === sentence && first === 0)) continue;
      const lead = first === -1 ? undefined : findLead(finder, { clause, last: first, predicates });
      if (lead === undefined) continue;
      if (asks && lead.weight > 0) question = sentence;
      found.push({ ...toLead(lead, clause), paragraph, place });
    }
    const strong = found.filter(({ group }) => !weak.includes(group));
    const about = findLeadAboutAll(found, strong, references);
    if (about !== undefined) return { lead: about, from: about.paragraph };
    const [lead] = [...strong, ...weak.flatMap((group) => found.find((next) => next.group === group) ?? [])];
    return { lead, from: 0 };
  };
}

interface PlacedLead extends Lead {
  readonly paragraph: number;
  /** Index of its clause. */
  readonly place: number;
}

interface FoundLead {
  readonly lead: PlacedLead | undefined;
  /** The first paragraph of the request. */
  readonly from: number;
}

// The first verb decides. But if a prompt begins with something else, and its last paragraph asks for something to be done with "that", then
// what stands before is what it is about: a mail, a list, a log.
function findLeadAboutAll(
  found: readonly PlacedLead[],
  strong: readonly PlacedLead[],
  references: ReadonlySet<string>,
): PlacedLead | undefined {
  const last = strong.findLast(({ rest }) => references.has(rest[0] ?? ""));
  const isInLast = last !== undefined && last.paragraph > 0 && last.paragraph === found.at(-1)?.paragraph;
  return isInLast && found[0] !== strong[0] ? last : undefined;
}

function toLead({ group, phrase, from, to }: FoundPhrase, clause: readonly string[]): Lead {
  const isBehind = to === clause.length && from > 0;
  return { group, verb: phrase, rest: isBehind ? clause.slice(0, from) : clause.slice(to), isBehind };
}

interface LeadPlace {
  readonly clause: readonly string[];
  /** Place of the first word that is no filler. */
  readonly last: number;
  readonly predicates: ReadonlySet<string>;
}

// A phrase may begin with a filler: "have codex" in "can you have codex review it".
function findLead(finder: PhraseFinder, { clause, last, predicates }: LeadPlace): FoundPhrase | undefined {
  const floating = finder.anywhere(clause);
  for (let at = 0; at <= last; at += 1) {
    const found = finder.at(clause, at);
    if (found !== undefined && !isNoun(found, clause, predicates))
      return found.weight < (floating?.weight ?? 0) ? floating : found;
  }
  return floating;
}
