// Reports the progress of one call: at most two notifications a second, a heartbeat if nothing happens, nothing after the answer.
// Claude Code shows the newest message only, and gives up on a call that is silent for half an hour (docs/claude-code.md#progress).
import { cutText } from "../domain/cut-text.ts";
import { toOneLine } from "./one-line.ts";

/** Parameters of a progress notification, without its token. */
export interface Progress {
  readonly [key: string]: unknown;
  /** Strictly increasing, from 1. */
  readonly progress: number;
  readonly message: string;
}

/** Options of a reporter. */
export interface ProgressOptions {
  /** Resolves once the notification is written; until then only the newest message is kept. Never rejects. */
  readonly send: (progress: Progress) => Promise<void>;
  /** Smallest interval between notifications, in ms. */
  readonly minIntervalMs?: number;
  /** Ms after which the newest message is repeated, with its age. */
  readonly heartbeatMs?: number;
}

/** Reports what happens in a call. */
export interface ProgressReporter {
  /** Reports a message. Of several in one interval, the newest is sent. */
  report(message: string): void;
  /** Ends the reports. Can be called again. */
  stop(): void;
}

const MIN_INTERVAL_MS = 550;
const HEARTBEAT_MS = 8_000;
const MESSAGE_CHARACTERS = 200;

/** Makes a reporter. */
export function createProgressReporter(options: ProgressOptions): ProgressReporter {
  const { send, minIntervalMs = MIN_INTERVAL_MS, heartbeatMs = HEARTBEAT_MS } = options;
  let count = 0;
  let message = "";
  let since = performance.now();
  let sentAt = Number.NEGATIVE_INFINITY;
  let isPending = false;
  let isStopped = false;
  let isSending = false;
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    schedule(heartbeatMs);
    if (isSending) return;
    const seconds = Math.round((performance.now() - since) / 1_000);
    const text = isPending || seconds < 1 ? message : addAge(message, seconds);
    isPending = false;
    count += 1;
    sentAt = performance.now();
    isSending = true;
    void send({ progress: count, message: text }).then(() => {
      isSending = false;
      if (isPending && !isStopped) flush();
    });
  }

  function schedule(delayMs: number): void {
    clearTimeout(timer);
    timer = setTimeout(flush, delayMs);
    timer.unref();
  }

  return {
    report: (next) => {
      if (isStopped) return;
      message = toMessage(next);
      since = performance.now();
      const wait = sentAt + minIntervalMs - performance.now();
      if (wait <= 0) {
        isPending = true;
        flush();
      } else if (!isPending) {
        isPending = true;
        schedule(wait);
      }
    },
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

// A message that has a time of its own gets no second one. A running command goes on meanwhile; of anything else, such as an agent's words,
// the time is not ours to change.
function addAge(message: string, seconds: number): string {
  const running = /^Running for (\d+) s\b/.exec(message);
  if (running !== null) return message.replace(running[0], `Running for ${Number(running[1]) + seconds} s`);
  return /\bfor \d+ s\b/.test(message) ? message : `${message} (${seconds} s)`;
}

function toMessage(text: string): string {
  return cutText(toOneLine(text, 2 * MESSAGE_CHARACTERS), MESSAGE_CHARACTERS).toWellFormed();
}
