// The words of a text's units: how rare they are in it, how much the text speaks of them, and which the task has too.
// They are kept as numbers. A set of strings for each unit made garbage whose collection grew faster than the text.

/** What the words of a unit say of it. */
export interface WordTraits {
  /** Different words. */
  readonly words: number;
  /** How much of it is said nowhere else, 0 to 2. */
  readonly rarity: number;
  /** How much of it the text speaks of elsewhere, 0 to 1. */
  readonly centrality: number;
  /** Words that the task has too. */
  readonly shared: number;
}

/** So many different words are told apart; a text in a script without blanks has millions of pairs of characters. */
const MOST_WORDS = 200_000;
/** Stands for each further word: it counts as said once. */
const FURTHER = 0;

/** The words of all units, which are added in their order. */
export class UnitWords {
  readonly #wanted: ReadonlySet<string>;
  readonly #numbers = new Map<string, number>();
  // By number of the word: in how many units it is, the last of them, and what else counts.
  readonly #counts: number[] = [1];
  readonly #lastUnits: number[] = [-1];
  readonly #isTelling: boolean[] = [false];
  readonly #isWanted: boolean[] = [false];
  // Of all units, one after the other.
  readonly #words: number[] = [];
  readonly #starts: number[] = [0];

  constructor(task: string) {
    const wanted = new Set<string>();
    eachWord(task, (word) => word.length > 3 && wanted.add(word));
    this.#wanted = wanted;
  }

  /** Adds the next unit. "" for one whose words do not count. */
  add(text: string): void {
    const unit = this.#starts.length - 1;
    eachWord(text, (word) => {
      const number = this.#toNumber(word);
      if (number !== FURTHER) {
        if (this.#lastUnits[number] === unit) return;
        this.#lastUnits[number] = unit;
        this.#counts[number] = (this.#counts[number] ?? 0) + 1;
      }
      this.#words.push(number);
    });
    this.#starts.push(this.#words.length);
  }

  /** Looks at the words of one unit, once all have been added. */
  measure(at: number): WordTraits {
    const units = this.#starts.length;
    const [start, end] = [this.#starts[at] ?? 0, this.#starts[at + 1] ?? 0];
    const most = Math.log(units);
    let [rarity, centrality, shared] = [0, 0, 0];
    for (let place = start; place < end; place += 1) {
      const number = this.#words[place] ?? FURTHER;
      const count = this.#counts[number] ?? 1;
      rarity += Math.log(units / count) / most;
      if (this.#isTelling[number]) centrality += Math.min(3, count - 1);
      if (this.#isWanted[number]) shared += 1;
    }
    const words = end - start;
    return {
      words,
      rarity: words === 0 ? 0 : (2 * rarity) / words,
      centrality: Math.min(1, centrality / 12),
      shared,
    };
  }

  #toNumber(word: string): number {
    const known = this.#numbers.get(word);
    if (known !== undefined) return known;
    const number = this.#counts.length;
    if (number > MOST_WORDS) return FURTHER;
    this.#numbers.set(word, number);
    this.#counts.push(0);
    this.#lastUnits.push(-1);
    this.#isTelling.push(word.length > 4);
    this.#isWanted.push(this.#wanted.has(word));
    return number;
  }
}

// Scripts without blanks are taken apart by pairs of characters.
function eachWord(text: string, use: (word: string) => void): void {
  for (const run of text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? []) {
    if (!/[\u3040-\u9fff]/.test(run)) use(run);
    else for (let at = 0; at < run.length; at += 2) use(run.slice(at, at + 2));
  }
}
