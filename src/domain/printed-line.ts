// A line for a person's terminal. Styles are kept apart from the texts, since a text may come from somebody else and is made harmless.

/** The styles that lines use, by their names in Node. */
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

/** A text in a style; plain if stdout shows no styles. */
export function paint(style: Style, text: string): Painted {
  return { style, text };
}
