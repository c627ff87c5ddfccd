// When the outbox of a machine is emptied, and what is to be said of it.
import { BridgeError } from "../../domain/errors.ts";
import { listNames } from "../../domain/list-names.ts";
import type { MemoryEntry } from "../memory-store.ts";
import { isAway } from "../postgres/postgres-error.ts";
import { NoEngineError } from "../sqlite/engine.ts";
import { type Sending, sendUnsent } from "./send-unsent.ts";

/** Empties an outbox. */
export interface Emptying {
  /**
   * Sends what can be sent, for as long as a call may wait for it: `done`, or `going on`. An outbox that cannot be read or sent is `done` too, and
   * `notes` says so. Throws where the server is away.
   */
  settle(): Promise<"done" | "going on">;
  /** An entry was put into it. */
  add(): void;
  notes(): readonly string[];
  /** Sends nothing more; resolves once nothing is being sent. A later `settle` goes on. */
  end(): Promise<void>;
}

/** Ms that a call waits for older entries to be sent. */
const WAIT_MS = 2_000;
/** An entry that the server has refused may be taken after somebody has mended something there. */
const REFUSED_MS = 600_000;
/** For which an outbox that could not be sent is left alone. */
const PAUSE_MS = 10_000;
const MOST_NAMED = 5;

/** Makes it. `onAway` is told when the server goes away meanwhile. */
export function createEmptying(sending: Sending, onAway: (error: unknown) => void, waitMs = WAIT_MS): Emptying {
  let running: Promise<void> | undefined;
  /** Entries of this process wait; `hasNew`: some of them came after the last look at the outbox. */
  let isWaiting = false;
  let hasNew = false;
  let isStopped = false;
  /** Until when entries are left out, and why. */
  const refused = new Map<string, { readonly until: number; readonly error: unknown }>();
  /** Told once. */
  let second: MemoryEntry[] = [];
  let failure: { readonly error: unknown; readonly until: number } | undefined;

  const round = {
    listPassedOver: () => {
      const now = performance.now();
      for (const [id, { until }] of refused) if (until <= now) refused.delete(id);
      return [...refused.keys()];
    },
    refuse: (id: string, error: unknown) => {
      refused.set(id, { error, until: performance.now() + REFUSED_MS });
    },
    comeSecond: (entry: MemoryEntry) => {
      second.push(entry);
    },
    isStopped: () => isStopped,
  };

  async function send(): Promise<void> {
    try {
      do {
        hasNew = false;
        await sendUnsent(sending, round);
      } while (hasNew && !isStopped);
      failure = undefined;
      isWaiting = false;
    } catch (error) {
      if (isAway(error)) throw error;
      // A machine without SQLite has no outbox, and its memory works while the server is there.
      if (error instanceof BridgeError && error.cause instanceof NoEngineError) return;
      failure = { error, until: performance.now() + PAUSE_MS };
    }
  }

  const describeState = (): string[] => [
    ...(isWaiting ? [WAITS] : []),
    ...(failure === undefined ? [] : [`The outbox of this machine cannot be emptied: ${toMessage(failure.error)}`]),
    ...describeRefused(refused),
  ];

  return {
    settle: async () => {
      if (failure !== undefined && performance.now() < failure.until) return "done";
      if (running === undefined) {
        isStopped = false;
        running = send().finally(() => {
          running = undefined;
        });
        running.catch(onAway);
      }
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<"going on">((resolve) => {
        timer = setTimeout(() => resolve("going on"), waitMs);
      });
      try {
        return await Promise.race([running.then((): "done" => "done"), late]);
      } finally {
        clearTimeout(timer);
      }
    },
    add: () => {
      isWaiting = true;
      hasNew = true;
    },
    notes: () => {
      const told = second.map(describeSecond);
      second = [];
      return [...told, ...describeState()];
    },
    end: async () => {
      isStopped = true;
      await running?.catch(() => undefined);
    },
  };
}

const WAITS =
  "What is stored waits in the outbox of this machine, and is sent when the server answers; its version may change then.";

function describeSecond({ id, kind, sessionId }: MemoryEntry): string {
  const session = JSON.stringify(sessionId?.slice(0, 200));
  return `The ${kind} ${id} came second: the session ${session} went on elsewhere while the server was away. It is kept as a note; look where the session stands before its next step.`;
}

function describeRefused(refused: ReadonlyMap<string, { readonly error: unknown }>): string[] {
  const [first] = refused.values();
  if (first === undefined) return [];
  const names = listNames([...refused.keys()], MOST_NAMED);
  return [
    `The team memory does not take ${names}: ${toMessage(first.error)} It is kept on this machine, and steps that follow it wait with it.`,
  ];
}

function toMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
