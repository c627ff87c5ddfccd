// How much each unit of a text is worth to somebody who takes the work over.
import { countShapes, isRepeated } from "./line-shapes.ts";
import { type OutlinedUnit, type PlacedText, type Role, readOutline } from "./outline.ts";
import { findSignals, hasSignal, type Signal } from "./signals.ts";
import { toRoles } from "./unit-roles.ts";

/** A unit with its worth. */
export interface ScoredUnit {
  readonly text: string;
  /** Without speaker, time and marks of a list: the end of `text`. */
  readonly body: string;
  /** Its place among the units, from 0. */
  readonly at: number;
  /** The higher, the sooner it is kept. */
  readonly worth: number;
  /** How well it serves as each part of a summary; 0 or less for not at all. */
  readonly roles: Readonly<Record<Role, number>>;
}

const WEIGHTS: Readonly<Record<Signal, number>> = {
  task: 0.5,
  goal: 1,
  target: 0.5,
  constraint: 2,
  decision: 1.5,
  state: 0.8,
  next: 0.8,
  error: 1.2,
  cause: 1.2,
  place: 2,
  identifier: 1.6,
  quantity: 1.8,
  evidence: 1.5,
  imperative: 1,
  smallTalk: -1.5,
  question: -3,
  tentative: -1.5,
  replaced: -1,
  personal: -1,
  past: 0,
  detail: -1.5,
};

/** What weighs against a unit counts little where it names something. */
const SOFT: ReadonlySet<Signal> = new Set(["smallTalk", "personal", "detail"]);
const FIRM: readonly Signal[] = ["place", "identifier", "quantity", "constraint"];

/** For a unit that a heading, a lead-in or a question gives a role. */
const LED = 2.5;
/** For each word that the unit shares with the task. */
const WANTED = 0.5;
/** Units of fewer words are mostly an answer to what stands before. */
const FEW_WORDS = 4;
/** What is said again word for word. */
const REPEATED = -2.5;
const NO_ROLES: Readonly<Record<Role, number>> = { task: 0, goal: 0, state: 0, decision: 0, next: 0 };

/** Scores the units of a text. `task` is what the text is wanted for, in other words. */
export function scoreUnits(units: readonly PlacedText[], task: string): ScoredUnit[] {
  const outline = readOutline(units);
  const output = findOutput(units, outline);
  const words = outline.map(({ body }, at) => (output[at] === 0 ? new Set(wordsOf(body)) : NO_WORDS));
  const score = createScore(words, task);
  const said = output.filter((count) => count === 0).length;
  let seen = 0;
  const texts = new Set<string>();
  return units.map(({ text }, at) => {
    const outlined = outline[at] ?? EMPTY;
    const count = output[at] ?? 0;
    const { body } = outlined;
    if (count > 0) return { text, body, at, worth: -2 - Math.log2(count), roles: NO_ROLES };
    seen += 1;
    if (outlined.isHeading || texts.has(body))
      return { text, body, at, worth: outlined.isHeading ? 0 : REPEATED, roles: NO_ROLES };
    texts.add(body);
    return { text, body, at, ...score(text, outlined, words[at] ?? NO_WORDS, seen / said) };
  });
}

// `place` counts by what is said: output in between does not count, however long it is.
function createScore(words: readonly ReadonlySet<string>[], task: string) {
  const { rarity, centrality } = createWordScores(words);
  const wanted = new Set(wordsOf(task).filter((word) => word.length > 3));
  return (text: string, { body, role, isAnswer, isAgreed }: OutlinedUnit, own: ReadonlySet<string>, place: number) => {
    const shared = [...own].filter((word) => wanted.has(word)).length;
    const signals = findSignals(body);
    const isFirm = FIRM.some((signal) => signals.has(signal));
    let worth = rarity(own) + toPlace(place) + shared * WANTED;
    for (const signal of signals) worth += isFirm && SOFT.has(signal) ? WEIGHTS[signal] / 3 : WEIGHTS[signal];
    if (role !== undefined && role !== "task") worth += LED;
    if (text.startsWith("```")) worth += text.length > 6 ? 1 : -9;
    if (own.size < FEW_WORDS) worth -= 2;
    const sizes = { length: body.length, words: own.size, shared };
    const roles = toRoles({ signals, role, place, centrality: centrality(own), isAnswer, isAgreed, ...sizes });
    return { worth, roles };
  };
}

const NO_WORDS: ReadonlySet<string> = new Set();
/** A shape that says so in fewer of its lines than this is not one of errors. */
const FEW_ERRORS = 0.25;

// For a line of output, how many lines have its shape; 0 for all else. What stands out of its output is not output: the failed test among
// those that passed, and the place right below an error.
function findOutput(units: readonly PlacedText[], outline: readonly OutlinedUnit[]): number[] {
  // Without the time of what somebody says: in a channel each line has one, and that makes it no output.
  const shapes = countShapes(
    units.map(({ text }, at) => (outline[at]?.isSpoken === true ? `a: ${outline[at].body}` : text)),
  );
  const isError = units.map((_, at) => hasSignal(outline[at]?.body ?? "", "error"));
  const errors = new Map<string, number>();
  for (const [at, { shape }] of shapes.entries()) if (isError[at]) errors.set(shape, (errors.get(shape) ?? 0) + 1);
  return shapes.map(({ shape, count }, at) => {
    if (!isRepeated(count)) return 0;
    const isOdd = isError[at] && (errors.get(shape) ?? 0) < count * FEW_ERRORS;
    const isBelow =
      isError[at - 1] && !isRepeated(shapes[at - 1]?.count ?? 1) && hasSignal(outline[at]?.body ?? "", "place");
    return isOdd || isBelow ? 0 : count;
  });
}

const EMPTY: OutlinedUnit = {
  body: "",
  role: undefined,
  isHeading: false,
  isSpoken: false,
  isAnswer: false,
  isAgreed: false,
};

// What a text is about stands at its beginning, where it ended up at its end.
function toPlace(place: number): number {
  if (place < 0.04) return 1.5;
  return place > 0.92 ? 1.5 : 0;
}

/** Of a unit's words: `rarity`, how much of it is said nowhere else, 0 to 2; `centrality`, how much of it the text speaks of elsewhere, 0 to 1. */
function createWordScores(words: readonly ReadonlySet<string>[]) {
  const counts = new Map<string, number>();
  for (const own of words) for (const word of own) counts.set(word, (counts.get(word) ?? 0) + 1);
  const most = Math.log(words.length + 1);
  return {
    rarity: (own: ReadonlySet<string>): number => {
      if (own.size === 0) return 0;
      let sum = 0;
      for (const word of own) sum += Math.log((words.length + 1) / (counts.get(word) ?? 1)) / most;
      return (2 * sum) / own.size;
    },
    centrality: (own: ReadonlySet<string>): number => {
      let sum = 0;
      for (const word of own) if (word.length > 4) sum += Math.min(3, (counts.get(word) ?? 1) - 1);
      return Math.min(1, sum / 12);
    },
  };
}

// Scripts without blanks are taken apart by pairs of characters.
function wordsOf(text: string): string[] {
  const runs = text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];
  return runs.flatMap((run) =>
    /[\u3040-\u9fff]/.test(run)
      ? Array.from({ length: Math.ceil(run.length / 2) }, (_, at) => run.slice(at * 2, at * 2 + 2))
      : [run],
  );
}

/** The places of the units, the most worth for its length first. A short unit is cheap, but also says less. */
export function rankUnits(units: readonly ScoredUnit[]): number[] {
  // Once for each unit: a sort asks for it again and again.
  const density = Float64Array.from(units, ({ worth, text }) =>
    worth > 0 ? worth / (text.length + 60) ** 0.5 : worth,
  );
  const order = Uint32Array.from(units.keys()).sort((a, b) => (density[b] ?? 0) - (density[a] ?? 0) || a - b);
  return Array.from(order, (place) => units[place]?.at ?? 0);
}
