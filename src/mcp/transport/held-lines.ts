// Holds requests back while the client leaves its answers unread. They are kept as text: an answer may be hundreds of times as long as
// its request. Cancels, answers to our questions and EOF are not held, so that a client that reads nothing can still end its calls.
import { setImmediate } from "node:timers/promises";

/** Options of held lines. */
export interface HeldLinesOptions {
  /** Whether so much waits to be written that nothing more should be answered. */
  readonly isFull: () => boolean;
  /** Takes a line that was held and can go on. */
  readonly onLine: (line: string) => void;
  /** The limit is reached: stop reading until `onRoom`. */
  readonly onFull: () => void;
  readonly onRoom: () => void;
}

/** Lines that wait until the client has read its answers. */
export interface HeldLines {
  /** Whether the next line has to wait too, so that it does not overtake others. */
  isNeeded(): boolean;
  hold(line: string, id: string | number | null): void;
  /** Forgets requests that were cancelled before they began. */
  drop(id: unknown): void;
  /** Passes on held lines while there is room. Call it after something was written. */
  release(): void;
  /** Forgets all lines. */
  clear(): void;
}

/** Limit for held characters. Beyond it the client's pipe has to wait: EOF is then not seen, but the client's end is, as EPIPE. */
const MAX_HELD = 33_554_432;
/** Assumed cost of a line besides its characters. */
const LINE_OVERHEAD = 256;

/** A longer id is indexed by its beginning and end only. */
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
      // The answer to this one may have used up the room.
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

// V8 hashes a very long text by its length alone. For such ids, an excerpt that tells them apart is used as the key.
function toBucket(id: unknown): unknown {
  return typeof id === "string" && id.length > LONG_ID ? `${id.slice(0, LONG_ID)}${id.slice(-LONG_ID)}` : id;
}
