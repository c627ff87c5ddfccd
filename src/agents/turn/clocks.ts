// The clocks of a turn: a deadline for the whole turn, a limit on silence, and the time a finished CLI gets to exit.

/** Limits and callbacks of the clocks. */
export interface TurnClockOptions {
  readonly deadlineMs: number;
  readonly silenceMs: number;
  readonly onDeadline: () => void;
  readonly onSilence: () => void;
  /** Ms without an event after which the silence is reported, repeatedly as long as it lasts. */
  readonly quietMs: number;
  readonly onQuiet: (forMs: number) => void;
}

/** Running clocks. */
export interface TurnClocks {
  /** Reports an event, which restarts the silence. While an item is open (a long command), silence means nothing. */
  sawEvent(hasOpenItem: boolean): void;
  /** The turn is done. Only the exit of the CLI is still awaited. */
  expectExit(graceMs: number, onLate: () => void): void;
  /** A person is asked: until the returned function is called, no time passes. Several such waits may overlap. */
  pause(): () => void;
  stop(): void;
}

/** Starts the clocks. */
export function createTurnClocks(options: TurnClockOptions): TurnClocks {
  return new Clocks(options);
}

class Clocks implements TurnClocks {
  readonly #options: TurnClockOptions;
  #deadline: NodeJS.Timeout | undefined;
  #silence: NodeJS.Timeout | undefined;
  #quiet: NodeJS.Timeout | undefined;
  #exit: NodeJS.Timeout | undefined;
  /** What is left of the deadline at `#since`, of performance.now(). */
  #leftMs: number;
  #since = 0;
  #hasOpenItem = false;
  #pauses = 0;
  #isOver = false;

  constructor(options: TurnClockOptions) {
    this.#options = options;
    this.#leftMs = options.deadlineMs;
    this.#run();
  }

  sawEvent(hasOpenItem: boolean): void {
    this.#hasOpenItem = hasOpenItem;
    if (!this.#isOver && this.#pauses === 0) this.#listen();
  }

  pause(): () => void {
    this.#pauses += 1;
    if (this.#pauses === 1 && !this.#isOver) this.#halt();
    let isPaused = true;
    return () => {
      if (!isPaused) return;
      isPaused = false;
      this.#pauses -= 1;
      if (this.#pauses === 0 && !this.#isOver) this.#run();
    };
  }

  expectExit(graceMs: number, onLate: () => void): void {
    if (this.#exit !== undefined) return;
    this.stop();
    this.#exit = setTimeout(onLate, graceMs);
  }

  stop(): void {
    if (!this.#isOver && this.#pauses === 0) this.#halt();
    this.#isOver = true;
    clearTimeout(this.#exit);
  }

  #run(): void {
    this.#since = performance.now();
    this.#deadline = setTimeout(this.#options.onDeadline, this.#leftMs);
    this.#listen();
  }

  #listen(): void {
    const { onQuiet, quietMs, onSilence, silenceMs } = this.#options;
    clearInterval(this.#quiet);
    let times = 0;
    this.#quiet = setInterval(() => {
      times += 1;
      onQuiet(times * quietMs);
    }, quietMs);
    clearTimeout(this.#silence);
    this.#silence = this.#hasOpenItem ? undefined : setTimeout(onSilence, silenceMs);
  }

  #halt(): void {
    this.#leftMs = Math.max(0, this.#leftMs - (performance.now() - this.#since));
    clearTimeout(this.#deadline);
    clearTimeout(this.#silence);
    clearInterval(this.#quiet);
  }
}
