// The beginning and the end of what a program prints, within a limit.

/** An output, kept at both ends. */
export interface OutputEnds {
  push(chunk: Buffer): void;
  /** What is kept, with a line `[…]` in the place of the rest. */
  toText(): string;
}

/** Keeps that many bytes of it. */
export function createOutputEnds({ first, last }: { readonly first: number; readonly last: number }): OutputEnds {
  let start: Buffer = Buffer.alloc(0);
  let end: Buffer = Buffer.alloc(0);
  let isWhole = true;
  return {
    push: (chunk) => {
      const room = first - start.length;
      if (room > 0) start = Buffer.concat([start, chunk.subarray(0, room)]);
      const rest = Buffer.concat([end, chunk.subarray(Math.max(0, room))]);
      if (rest.length > last) isWhole = false;
      end = rest.subarray(-last);
    },
    toText: () => {
      const between = isWhole ? [] : [Buffer.from("\n[…]\n")];
      return Buffer.concat([start, ...between, end]).toString("utf8");
    },
  };
}
