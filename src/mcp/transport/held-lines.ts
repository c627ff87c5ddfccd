// What a client asks while it leaves its answers unread: kept as text, since an answer may be hundreds of times as long as its request.
// Cancels, answers to our own questions and EOF pass by what is held, so that a client that reads nothing can still end what it began.
import { setImmediate } from "node:timers/promises";

/** What holding works with. */
export interface HeldLinesOptions {
  /** Whether so much waits to be written that nothing more should be answered. */
  readonly isFull: () => boolean;
  /** Takes a line that was held. */
  readonly onLine: (line: string) => void;
  /** As much as may be is held: nothing more is to be read until `onRoom`. */
  readonly onFull: () => void;
  readonly onRoom: () => void;
}

/** Lines that wait until the client has read. */
export interface HeldLines {
  /** Whether the next line has to wait: none overtakes those that wait already. */
  isNeeded(): boolean;
  hold(line: string, id: string | number | null): void;
  /** Forgets requests that were cancelled before they began. */
  drop(id: unknown): void;
  /** Gives out what waits for as long as there is room; to be called when something was written. */
  release(): void;
  /** Forgets everything. */
  clear(): void;
}

/** Most characters that are held before the client's pipe has to wait; then EOF is not seen, though the end of a client is, by EPIPE. */
const MAX_HELD = 33_554_432;
/** What a line costs besides its characters. */
const LINE_OVERHEAD = 256;

/** A longer id is indexed by its two ends. */
const LONG_ID = 256;

interface HeldLine {
  readonly line: string;
  readonly id: string | number | null;
}

/** Holds lines for one connection. */
export function createHeldLines({ isFull, onLine, onFull, onRoom }: HeldLinesOptions): HeldLines {
  const lines = new Set<HeldLine>();
  const byId = new Map<unknown, Set<HeldLine>>();
  let held = 0;
  let isReleasing = false;

  function remove(entry: HeldLine): void {
    lines.delete(entry);
    byId.get(toBucket(entry.id))?.delete(entry);
    if (byId.get(toBucket(entry.id))?.size === 0) byId.delete(toBucket(entry.id));
    held -= entry.line.length + LINE_OVERHEAD;
    if (held <= MAX_HELD) onRoom();
  }

  async function releaseAll(): Promise<void> {
    isReleasing = true;
    for (const entry of lines) {
      if (isFull()) break;
      remove(entry);
      onLine(entry.line);
      // The answer may leave no room for the next one.
      await setImmediate();
    }
    isReleasing = false;
  }

  return {
    isNeeded: () => lines.size > 0 || isFull(),
    hold: (line, id) => {
      const entry = { line, id };
      lines.add(entry);
      const bucket = byId.get(toBucket(id)) ?? new Set();
      byId.set(toBucket(id), bucket.add(entry));
      held += line.length + LINE_OVERHEAD;
      if (held > MAX_HELD) onFull();
    },
    drop: (id) => {
      const bucket = byId.get(toBucket(id)) ?? [];
      for (const entry of bucket) if (entry.id !== null && entry.id === id) remove(entry);
    },
    release: () => {
      if (!isReleasing) void releaseAll();
    },
    clear: () => {
      lines.clear();
      byId.clear();
      held = 0;
    },
  };
}

// V8 hashes a very long text by its length alone: of those, what tells them apart is kept.
function toBucket(id: unknown): unknown {
  return typeof id === "string" && id.length > LONG_ID ? `${id.slice(0, LONG_ID)}${id.slice(-LONG_ID)}` : id;
}
