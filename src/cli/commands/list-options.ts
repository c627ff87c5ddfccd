// What the commands share that list things of a directory, or show one by its id.
import { type CommandOption, type CommandWords, isSet } from "../command.ts";
import { printLine } from "../output.ts";
import { OWN_PATH } from "../own-paths.ts";

/** `--all`, with its help, and `--json`. */
export const listOptions = (all: string) =>
  ({
    all: { type: "boolean", help: all },
    json: { type: "boolean", help: "print JSON" },
  }) as const satisfies Record<string, CommandOption>;

/** `--last`. */
export const LAST = { type: "boolean", help: "print the newest" } as const satisfies CommandOption;

/** What such a command is run with. */
export const toListed = (values: CommandWords["values"]) => ({
  ownPath: OWN_PATH,
  isAll: isSet(values, "all"),
  isJson: isSet(values, "json"),
  print: printLine,
});

/** The id that was given; undefined for none. Throws for several. */
export function toOneId([id, ...others]: readonly string[]): string | undefined {
  if (others.length > 0) throw new Error("it takes one id");
  return id;
}
