// Takes units until a size is reached. What a mark for left out text costs is counted exactly, so the limit is used up and never passed.
import type { Unit } from "../context-units.ts";
import { estimateTokens } from "../tokens.ts";

/** The most that a text may be. */
export interface SizeLimit {
  /** UTF-16 units. */
  readonly characters: number;
  /** As `estimateTokens` counts them. */
  readonly tokens: number;
}

const GAP = "\n[…]\n";
const GAP_TOKENS = estimateTokens(GAP);

/** Units of one text that fit into a limit. */
export class Filling {
  readonly #text: string;
  readonly #units: readonly Unit[];
  readonly #limit: SizeLimit;
  readonly #taken = new Set<number>();
  #characters: number;
  #tokens: number;

  readonly #isInLines: boolean;
  readonly #counts: Uint32Array;

  /**
   * `mark` stands once, in place of the first mark; with `isInLines` it is the only one, and each unit is a line. `counts` holds the tokens
   * of units that were counted before, 0 for others.
   */
  constructor(
    text: string,
    units: readonly Unit[],
    limit: SizeLimit,
    { mark = "[…]", isInLines = false, counts = new Uint32Array(units.length) } = {},
  ) {
    this.#counts = counts;
    this.#isInLines = isInLines;
    this.#text = text;
    this.#units = units;
    this.#limit = limit;
    this.#characters = mark.length + 2;
    this.#tokens = estimateTokens(mark) + 1;
  }

  /** The units taken so far. */
  get taken(): ReadonlySet<number> {
    return this.#taken;
  }

  /** Takes those of the units that still fit, in this order. */
  takeAll(order: readonly number[]): void {
    for (const at of order) this.#take(at);
  }

  #take(at: number): void {
    const unit = this.#units[at];
    if (unit === undefined || this.#taken.has(at)) return;
    const length = unit.end - unit.start;
    const tokens = this.#countTokens(at, unit);
    if (this.#isInLines) {
      this.#add(at, length + 1, tokens + 1);
      return;
    }
    const before = this.#between(at - 1, at);
    const after = this.#between(at, at + 1);
    const gaps = 1 - (before === undefined ? 0 : 1) - (after === undefined ? 0 : 1);
    const characters = length + (before ?? 0) + (after ?? 0) + gaps * GAP.length;
    this.#add(at, characters, tokens + 1 + gaps * GAP_TOKENS);
  }

  #countTokens(at: number, { start, end }: Unit): number {
    let count = this.#counts[at] ?? 0;
    if (count === 0) count = estimateTokens(this.#text.slice(start, end));
    this.#counts[at] = count;
    return count;
  }

  #add(at: number, characters: number, tokens: number): void {
    if (this.#characters + characters > this.#limit.characters || this.#tokens + tokens > this.#limit.tokens) return;
    this.#taken.add(at);
    this.#characters += characters;
    this.#tokens += tokens;
  }

  // Characters between two neighbours if the other one is taken, or is the edge of the text; undefined where a mark stands.
  #between(first: number, second: number): number | undefined {
    const [one, other] = [this.#units[first], this.#units[second]];
    if (one === undefined || other === undefined) return 0;
    const isJoined = this.#taken.has(first) || this.#taken.has(second);
    return isJoined ? other.start - one.end : undefined;
  }
}
