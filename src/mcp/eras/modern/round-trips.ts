// The questions of one call in the new era: they travel as the answer to its request, and come back with the next request of the call.
import type { Logger } from "../../../domain/logger.ts";

/** A question as it travels. */
export interface InputRequest {
  readonly method: "elicitation/create" | "roots/list";
  readonly params: Readonly<Record<string, unknown>>;
}

/** How long a question waits: at most so many ms, and until the signal withdraws it. */
export interface QuestionLimits {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** The questions that are open, and their answers. */
export interface RoundTrips {
  /** Puts a question. Resolves with the answer as it came; with undefined if there is none in time, or if the signal withdraws the question. Never rejects. */
  ask(request: InputRequest, limits?: QuestionLimits): Promise<unknown>;
  /** The open questions by key, for the next answer; undefined where there are none, or where the client takes no more. */
  next(): Readonly<Record<string, InputRequest>> | undefined;
  /** Takes the answers to a round; a question without one stays open. */
  take(responses: Readonly<Record<string, unknown>>): void;
  /** Ms until the last open question is over; 0 where no question has a limit. */
  remainingMs(): number;
  /** Leaves all questions unanswered, also later ones. */
  close(): void;
}

interface Question {
  readonly request: InputRequest;
  /** Of performance.now(). */
  readonly deadline: number;
  readonly settle: (response: unknown) => void;
}

/** After so many the clients give up the whole call (docs/mcp.md#questions-in-the-new-era). */
const MOST_ROUNDS = 10;

/** Makes them for one call; `onQuestion` is called when one was put. */
export function createRoundTrips(onQuestion: () => void, logger: Logger): RoundTrips {
  const questions = new Map<string, Question>();
  let keys = 0;
  let rounds = 0;
  let isClosed = false;

  function settleAll(): void {
    for (const { settle } of [...questions.values()]) settle(undefined);
  }

  return {
    ask: (request, { timeoutMs, signal }: QuestionLimits = {}) =>
      new Promise((resolve) => {
        if (isClosed || signal?.aborted === true) {
          resolve(undefined);
          return;
        }
        keys += 1;
        const key = `q${keys}`;
        const settle = (response: unknown): void => {
          clearTimeout(late);
          signal?.removeEventListener("abort", withdraw);
          questions.delete(key);
          resolve(response);
        };
        const withdraw = (): void => settle(undefined);
        signal?.addEventListener("abort", withdraw, { once: true });
        const late = timeoutMs === undefined ? undefined : setTimeout(() => settle(undefined), timeoutMs);
        late?.unref();
        questions.set(key, { request, deadline: performance.now() + (timeoutMs ?? 0), settle });
        onQuestion();
      }),
    next: () => {
      if (questions.size === 0) return undefined;
      if (rounds === MOST_ROUNDS) {
        logger.warn({ rounds }, "a call asks too often: its question is left unanswered");
        settleAll();
        return undefined;
      }
      rounds += 1;
      return Object.fromEntries([...questions].map(([key, { request }]) => [key, request]));
    },
    take: (responses) => {
      for (const [key, { settle }] of [...questions]) if (Object.hasOwn(responses, key)) settle(responses[key]);
    },
    remainingMs: () => {
      const deadlines = [...questions.values()].map(({ deadline }) => deadline);
      return Math.max(0, Math.max(0, ...deadlines) - performance.now());
    },
    close: () => {
      isClosed = true;
      settleAll();
    },
  };
}
