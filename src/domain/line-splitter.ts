// Splits a byte stream into lines. Chunks are kept in a list, so that a long line is joined once and UTF-8 is decoded as a whole.

/** Callbacks of a splitter. */
export interface LineReader {
  readonly onLine: (line: string) => void;
  /** A line over the limit was skipped, after `bytes` bytes. `head` is its first 500 bytes, those outside ASCII unreadable. */
  readonly onLongLine: (bytes: number, head: string) => void;
}

/** Takes a stream in pieces. */
export interface LineSplitter {
  push(chunk: Buffer): void;
  /** Ends the stream. Gives the text after the last newline, or "". */
  end(): string;
}

const NEWLINE = 0x0a;
const HEAD_BYTES = 500;

/** Makes a splitter; lines longer than `maxLineBytes` are skipped and reported. */
export function createLineSplitter(reader: LineReader, maxLineBytes: number): LineSplitter {
  let pieces: Buffer[] = [];
  let bytes = 0;
  /** Of a line that is over the limit. */
  let head = "";

  function add(piece: Buffer): void {
    bytes += piece.length;
    // Beyond the limit only the size is counted.
    if (bytes <= maxLineBytes) {
      pieces.push(piece);
    } else {
      if (head === "") head = toHead([...pieces, piece]);
      pieces = [];
    }
  }

  function take(): string {
    const line = bytes > maxLineBytes ? "" : toText(pieces);
    pieces = [];
    bytes = 0;
    head = "";
    return line;
  }

  return {
    push: (chunk) => {
      let from = 0;
      for (let at = chunk.indexOf(NEWLINE, from); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
        add(chunk.subarray(from, at));
        from = at + 1;
        if (bytes > maxLineBytes) {
          reader.onLongLine(bytes, head);
          take();
        } else {
          reader.onLine(take());
        }
      }
      if (from < chunk.length) add(chunk.subarray(from));
    },
    end: take,
  };
}

// A text of its own: a part of a buffer would keep the whole buffer in memory.
function toHead(pieces: readonly Buffer[]): string {
  let head = "";
  for (const piece of pieces) {
    if (head.length >= HEAD_BYTES) break;
    head += piece.toString("latin1", 0, HEAD_BYTES - head.length);
  }
  return head;
}

function toText(pieces: readonly Buffer[]): string {
  const [only] = pieces;
  const whole = pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
  const end = whole.at(-1) === 0x0d ? whole.length - 1 : whole.length;
  return whole.toString("utf8", 0, end);
}
