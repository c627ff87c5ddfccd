// Splits a request into clauses. What is negated, asked or said in passing is told apart by clauses.
import { toWords } from "./words.ts";

/** A clause of a request. */
export interface Clause {
  readonly words: readonly string[];
  /** False if it is said in passing ("before you run it"): its verb does not lead. */
  readonly canLead: boolean;
  /** Number of its sentence, and of its paragraph. */
  readonly sentence: number;
  readonly paragraph: number;
  /** Whether its sentence ends with a question mark. Its last clause then has "?" as its last word. */
  readonly asks: boolean;
}

/** Words that clauses begin with. */
export interface ClauseWords {
  /** Words that begin a clause of its own: `and`, `then`. */
  readonly joins: readonly string[];
  /** Words that begin a clause said in passing: `before`, `because`. */
  readonly asides: readonly string[];
}

/** What a file without lists of its own goes by. */
export const ENGLISH_CLAUSE_WORDS: ClauseWords = {
  joins: ["and", "but", "then", "so"],
  asides: ["before", "after", "because", "while", "since", "until", "once"],
};

// A clause ends at punctuation and before a conjunction. A dot or dash inside a word does not end it.
const CLAUSE_END = /([;:!?,()\n；：！？，、。（）؟،؛।]|\.(?=\s|$)|\s[-–—]\s)/u;
const SENTENCE_ENDS = new Set([".", "!", "?", "\n", ";", "；", "！", "？", "。", "؟", "؛", "।"]);
const QUESTION_MARKS = new Set(["?", "？", "؟"]);

interface Piece {
  readonly text: string;
  readonly end: string;
  readonly sentence: number;
  readonly paragraph: number;
}

/** Makes a function that splits a request. */
export function createClauseSplitter({ joins, asides }: ClauseWords): (request: string) => Clause[] {
  const joining = new Set(joins.flatMap(toWords));
  const subordinating = new Set(asides.flatMap(toWords));
  return (request) => {
    const pieces = toPieces(request);
    const questions = new Set(pieces.filter(({ end }) => QUESTION_MARKS.has(end)).map(({ sentence }) => sentence));
    return pieces.flatMap(({ text, end, ...place }) => {
      const asks = questions.has(place.sentence);
      const clauses = [{ words: [""].slice(1), canLead: true, asks, ...place }];
      for (const word of toWords(text)) {
        const isSubordinate = subordinating.has(word);
        if (isSubordinate || joining.has(word)) clauses.push({ words: [], canLead: !isSubordinate, asks, ...place });
        else clauses.at(-1)?.words.push(word);
      }
      const spoken = clauses.filter((clause) => clause.words.length > 0);
      if (QUESTION_MARKS.has(end)) spoken.at(-1)?.words.push("?");
      return spoken;
    });
  };
}

function toPieces(request: string): Piece[] {
  const parts = request.split(CLAUSE_END);
  const pieces: Piece[] = [];
  let sentence = 0;
  let paragraph = 0;
  for (let at = 0; at < parts.length; at += 2) {
    const [text = "", end = ""] = [parts[at], parts[at + 1]];
    pieces.push({ text, end, sentence, paragraph });
    if (end === "\n" && (parts[at + 2] ?? "").trim() === "" && parts[at + 3] === "\n") paragraph += 1;
    if (SENTENCE_ENDS.has(end)) sentence += 1;
  }
  return pieces;
}
