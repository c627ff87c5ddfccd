// Keeps the end of a command's output. A command may write for hours.

/** The end of an output. */
export interface OutputTail {
  add(line: string): void;
  /** What was kept, and whether something before it was not. */
  read(): { readonly text: string; readonly isCut: boolean };
}

/** Makes one that keeps at least the last `least` characters, and at most twice as many. */
export function createOutputTail(least: number): OutputTail {
  let lines: string[] = [];
  let length = 0;
  let isCut = false;

  function shorten(): void {
    const text = lines.join("\n").slice(-least).toWellFormed();
    lines = [text];
    length = text.length;
    isCut = true;
  }

  return {
    add: (line) => {
      lines.push(line);
      length += line.length + 1;
      if (length > 2 * least) shorten();
    },
    read: () => ({ text: lines.join("\n"), isCut }),
  };
}
