// What a command is: its help, its options, and what it runs.

/** Options and words of the command line. */
export interface CommandWords {
  readonly values: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;
  readonly positionals: readonly string[];
}

/** An option of a command. */
export interface CommandOption {
  readonly type: "boolean" | "string";
  readonly short?: string;
  /** True if the option may be given several times. */
  readonly multiple?: boolean;
  readonly help: string;
}

/** A command. */
export interface Command {
  readonly name: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  /** Text after the name in the usage line. */
  readonly usage: string;
  /** Further sentences for the command's own help. */
  readonly details: readonly string[];
  readonly options: Readonly<Record<string, CommandOption>>;
  readonly hasWords: boolean;
  /** Whether it is left out of the help, since only the program itself runs it. */
  readonly isInternal?: boolean;
  /** Resolves with the exit code. */
  readonly run: (words: CommandWords, version: string) => Promise<number>;
}

/** A command whose row leaves out what is empty. */
export function toCommand(row: Pick<Command, "name" | "summary" | "run"> & Partial<Command>): Command {
  return { usage: "", details: [], options: {}, hasWords: false, ...row };
}

/** Whether an option was given. */
export function isSet(values: CommandWords["values"], name: string): boolean {
  return values[name] === true;
}

/** The values of an option that may be given several times; undefined if it was not given. */
export function toTexts(value: CommandWords["values"][string]): readonly string[] | undefined {
  return Array.isArray(value) ? value.map(String) : undefined;
}

/** The value of an option; undefined if it was not given. */
export function toText(value: CommandWords["values"][string]): string | undefined {
  return typeof value === "string" ? value : undefined;
}
