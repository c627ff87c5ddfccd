// Counts the tokens of a turn by its thread's running totals (docs/codex-cli.md#app-server-events).
import type { TokenUsage } from "../../../domain/thread.ts";
import { addTokens, NO_TOKENS, subtractTokens } from "../../../domain/token-usage.ts";

/** The tokens of one turn. */
export class TokenCount {
  #before: TokenUsage | undefined;
  #total: TokenUsage | undefined;
  /** Tokens before the thread's total began anew. */
  #earlier = NO_TOKENS;
  #hasRestarted = false;

  /** `before` is the thread's total before the turn: `NO_TOKENS` for a new thread, undefined if it is not known. */
  constructor(before: TokenUsage | undefined) {
    this.#before = before;
  }

  /** Takes a total that is not the turn's. It counts until the turn's first. */
  takeBefore(total: TokenUsage | undefined): void {
    if (this.#total === undefined) this.#before = total ?? this.#before;
  }

  /** Takes a total that was told within the turn. */
  take(total: TokenUsage): void {
    const last = this.#total ?? this.#before;
    // When the context overflows, Codex begins to count the thread's tokens at 0 again (docs/codex-cli.md#app-server-compaction).
    if (last !== undefined && total.inputTokens < last.inputTokens) {
      this.#earlier = this.used ?? NO_TOKENS;
      this.#before &&= NO_TOKENS;
      this.#hasRestarted = true;
    }
    this.#total = total;
  }

  /** The turn's own tokens; undefined if they are not known, since a wrong figure is worse than none. */
  get used(): TokenUsage | undefined {
    if (this.#before === undefined || this.#total === undefined) return undefined;
    return addTokens(this.#earlier, subtractTokens(this.#total, this.#before));
  }

  /** The thread's total as it was told last, to be compared with one from before the turn; undefined if the two cannot be compared. */
  get total(): TokenUsage | undefined {
    return this.#hasRestarted ? undefined : this.#total;
  }
}
