// A line for a person's terminal. Styles are no part of its texts: what is written there may be another's, and is made harmless.

/** Styles that lines use, by their names in Node. */
export type Style = "green" | "gray" | "yellow" | "red" | "cyan" | "bold";

/** A part of a line in a style. */
export interface Painted {
  readonly style: Style;
  readonly text: string;
}

/** A line, or its parts. */
export type PrintedLine = string | readonly (string | Painted)[];

/** Prints a line. */
export type Print = (line: PrintedLine) => void;

/** A text in a style, where stdout shows styles. */
export function paint(style: Style, text: string): Painted {
  return { style, text };
}
