// How much each unit of a text is worth to somebody who takes the work over.
import { countShapes, isRepeated } from "./line-shapes.ts";
import { findSignals, type Signal } from "./signals.ts";

/** A unit with its worth. */
export interface ScoredUnit {
  readonly text: string;
  /** Its place among the units, from 0. */
  readonly at: number;
  /** The higher, the sooner it is kept. */
  readonly worth: number;
}

const WEIGHTS: Readonly<Record<Signal, number>> = {
  task: 1.5,
  goal: 2,
  constraint: 2.5,
  decision: 2.5,
  state: 1.2,
  next: 1.5,
  error: 1.5,
  cause: 1.2,
  place: 2,
  identifier: 1.6,
  quantity: 1.8,
  smallTalk: -1.5,
  question: -3,
  tentative: -1.2,
  detail: -1.5,
};

/** For each word that the unit shares with the task. */
const WANTED = 0.5;
/** Units of fewer words are mostly an answer to what stands before. */
const FEW_WORDS = 3;

/** Scores the units of a text. `task` is what the text is wanted for, in other words. */
export function scoreUnits(texts: readonly string[], task: string): ScoredUnit[] {
  const shapes = countShapes(texts);
  const words = texts.map((text) => new Set(wordsOf(text)));
  const rarity = createRarity(words);
  const wanted = new Set(wordsOf(task).filter((word) => word.length > 3));
  return texts.map((text, at) => {
    const own = words[at] ?? new Set();
    const count = shapes[at] ?? 1;
    const signals = findSignals(text);
    let worth = rarity(own) + toPlace(at / texts.length);
    for (const signal of signals) worth += WEIGHTS[signal];
    for (const word of own) if (wanted.has(word)) worth += WANTED;
    if (isRepeated(count)) worth = worth / 4 - 2 - Math.log2(count);
    if (own.size < FEW_WORDS) worth -= 2;
    return { text, at, worth };
  });
}

// What a text is about stands at its beginning, where it ended up at its end.
function toPlace(share: number): number {
  if (share < 0.03) return 2;
  return share > 0.93 ? 2 : 0;
}

/** How much of what a unit says is said nowhere else: the mean of its words' inverse frequencies, 0 to about 2. */
function createRarity(words: readonly ReadonlySet<string>[]): (own: ReadonlySet<string>) => number {
  const counts = new Map<string, number>();
  for (const own of words) for (const word of own) counts.set(word, (counts.get(word) ?? 0) + 1);
  const most = Math.log(words.length + 1);
  return (own) => {
    if (own.size === 0) return 0;
    let sum = 0;
    for (const word of own) sum += Math.log((words.length + 1) / (counts.get(word) ?? 1)) / most;
    return (2 * sum) / own.size;
  };
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];
}

/** The places of the units, the most worth for its length first. A short unit is cheap, but also says less. */
export function rankUnits(units: readonly ScoredUnit[]): number[] {
  const density = ({ worth, text }: ScoredUnit) => (worth > 0 ? worth / (text.length + 60) ** 0.5 : worth);
  return units.toSorted((a, b) => density(b) - density(a) || a.at - b.at).map(({ at }) => at);
}
