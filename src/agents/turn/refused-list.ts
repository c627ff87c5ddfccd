// The commands that an agent was refused in a turn. A model that keeps trying is refused thousands of times.
import { cutText } from "../../domain/cut-text.ts";
import type { Redact } from "../../domain/redact.ts";
import type { TurnEvent } from "../../domain/turn-events.ts";

/** Commands that are named, and characters of each. A turn has a few dozen at most. */
const MOST_NAMED = 200;
const COMMAND_CHARACTERS = 10_000;

/** They are all counted, and the first 200 are named. */
export interface RefusedList {
  readonly count: number;
  /** As the model wrote them but for secrets, the first one first. */
  readonly named: readonly string[];
  /** Adds a command. Gives what is to be told of it: nothing, once no more are named. */
  add(command: string): TurnEvent[];
}

/** Makes an empty list. */
export function createRefusedList(redact: Redact): RefusedList {
  const named: string[] = [];
  let count = 0;
  return {
    get count() {
      return count;
    },
    named,
    add: (command) => {
      count += 1;
      if (named.length >= MOST_NAMED) return [];
      // Before the cut, since half of a secret is not recognised as one.
      named.push(cutText(redact(command.slice(0, 10 * COMMAND_CHARACTERS)), COMMAND_CHARACTERS));
      return [{ kind: "refused", commands: [...named] }];
    },
  };
}
