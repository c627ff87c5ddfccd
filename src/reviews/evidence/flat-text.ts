// A text as one line, for finding what a model quotes of it: any white space is one space, line breaks included, and blank lines go.

/** A text in which quotes are found. */
export interface FlatText {
  readonly flat: string;
  /** Where each line that is not blank begins in `flat`. */
  readonly starts: readonly number[];
  /** Its number, from 1. */
  readonly numbers: readonly number[];
}

/** Lines of a text, both included, from 1. */
export interface Lines {
  readonly start: number;
  readonly end: number;
}

/**
 * What nobody sees, so that nobody quotes it: control characters, marks of direction and of zero width, a byte order mark. And the replacement
 * character, which a prompt has in place of what it cannot hold.
 */
const INVISIBLE =
  /[\p{Cf}\p{Default_Ignorable_Code_Point}\ufffd\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f]/gu;
const SPACES = /[\s\u0085]+/g;

/** The lines of a text without what does not count. */
export function toFlatLines(text: string): string[] {
  const plain = text.replace(INVISIBLE, "").normalize("NFC");
  // Lines as git and the prompt count them: a carriage return alone ends none.
  return plain.split("\n").map((line) => line.replace(SPACES, " ").trim());
}

/** Makes a text ready. */
export function flatten(text: string): FlatText {
  const pieces: string[] = [];
  const starts: number[] = [];
  const numbers: number[] = [];
  let length = 0;
  for (const [index, line] of toFlatLines(text).entries()) {
    if (line === "") continue;
    starts.push(length);
    numbers.push(index + 1);
    pieces.push(line);
    length += line.length + 1;
  }
  return { flat: pieces.join(" "), starts, numbers };
}

/** The lines of a piece of `flat`. */
export function toLines({ starts, numbers }: FlatText, from: number, to: number): Lines {
  return {
    start: numbers[findLast(starts, from)] ?? 1,
    end: numbers[findLast(starts, Math.max(from, to - 1))] ?? 1,
  };
}

/** Where a line begins in `flat`; that of the next one if it is blank. */
export function toOffset({ starts, numbers, flat }: FlatText, line: number): number {
  const at = findLast(numbers, line);
  return numbers[at] === line ? (starts[at] ?? 0) : (starts[at + 1] ?? flat.length);
}

// Index of the last value that is not greater than `wanted`; -1 if all are.
function findLast(values: readonly number[], wanted: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? 0) <= wanted) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
