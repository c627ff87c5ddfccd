// A turn and the one that asked for its file, as one answer.
import type { TurnAnswer } from "../../requests.ts";
import { joinAnswers } from "../answers/join-answers.ts";
import { quoteMessage } from "../hear-more.ts";

/** How the second turn is told of. */
export interface AskedWords {
  /** The file, as the agent was told it. */
  readonly name: string;
  /** Whether the file is there now. */
  readonly isThere: boolean;
  /** Whether something else was said to the agent in the second turn: further input, or messages for its thread. */
  readonly wasToldMore: boolean;
  /** Whether the first message must stay as it is: the call expects something of it. */
  readonly mustFit: boolean;
}

/**
 * What both did. The message is the first one. What the agent says in the second turn is of use if the file is missing, which a warning quotes, or if
 * something else was said to it: then its words follow the first message, or are quoted where that one must fit. A commit of the second turn has the
 * file alone.
 */
export function joinAsked(first: TurnAnswer, second: TurnAnswer, words: AskedWords): TurnAnswer {
  const both = joinAnswers(
    { ...first, warnings: first.warnings.map((text) => nameWork(text, second)) },
    { ...second, warnings: second.warnings.flatMap((text) => nameFile(text, first, words.name)) },
  );
  const { content, isJson, isUncommitted, held } = first;
  const two = first.commit !== undefined && second.commit !== undefined;
  const told = two ? [`The work itself is commit ${first.commit.id}; commit ${second.commit.id} has the file.`] : [];
  const isSaid = content !== "" && second.content !== "" && (words.wasToldMore || !words.isThere);
  const isAdded = isSaid && words.wasToldMore && !words.mustFit;
  const added = `${content}\n\n[Asked for the file ${JSON.stringify(words.name)} after that, with what had come in for it:]\n\n${second.content}`;
  const quoted = isSaid && !isAdded ? [quote(second.content, words.name)] : [];
  return {
    ...both,
    ...{ content: content === "" ? second.content : isAdded ? added : content, isJson, isUncommitted, held },
    commit: second.commit ?? first.commit,
    warnings: [...both.warnings, ...told, ...quoted],
  };
}

function quote(content: string, name: string): string {
  return `Asked for the file ${JSON.stringify(name)}, the agent said, in its own words: ${quoteMessage(content)}`;
}

const NOT_COMMITTED = "Nothing was committed: ";
const NO_CHANGE = /^Nothing was committed: the turn changed no file\b/;

// With a commit of the other turn, "nothing" would be wrong.
function nameWork(warning: string, { commit }: TurnAnswer): string {
  if (commit === undefined || !warning.startsWith(NOT_COMMITTED)) return warning;
  return `Nothing of the work itself was committed, only the file: ${warning.slice(NOT_COMMITTED.length)}`;
}

// A file that was not written needs no word on its commit.
function nameFile(warning: string, first: TurnAnswer, name: string): string[] {
  if (!warning.startsWith(NOT_COMMITTED) || first.warnings.includes(warning)) return [warning];
  if (NO_CHANGE.test(warning)) return [];
  return [`The file ${JSON.stringify(name)} was not committed: ${warning.slice(NOT_COMMITTED.length)}`];
}
