// Whether a plan stands alone: whoever reviews it sees the files and the plan, and nothing of the conversation in which it was made.
import { BridgeError } from "../../domain/errors.ts";

/** A plan that is shorter says nothing that could be reviewed. */
const LEAST_CHARACTERS = 120;
const MOST_SHOWN = 3;
const SENTENCE_CHARACTERS = 160;
/** Words that lead out of the text, into a conversation that the reader has not seen. */
const OUTSIDE = [
  /\bas (?:we |I )?(?:discussed|agreed|said|mentioned|described|outlined)\b(?! (?:below|in (?:section|`)))/i,
  /\b(?:see|from|in|per) (?:our|this|the|my) (?:conversation|chat|discussion|previous message|last message|earlier message)\b/i,
  /\b(?:you|the user|I|we) (?:just |already )?(?:told|mentioned|said|asked|pasted|showed) (?:me|you|us|earlier|above|before)\b/i,
  /\bthe (?:file|code|snippet|error|log|output) (?:you|I|we) (?:sent|pasted|shared|showed)\b/i,
  /\b(?:wie (?:besprochen|vereinbart|oben gesagt)|como (?:hablamos|acordamos)|comme (?:convenu|discuté))\b/i,
];

/** Throws INVALID_ARGUMENT with the sentences that lead out of it. */
export function checkPlan(text: string): void {
  if (text.trim().length < LEAST_CHARACTERS) {
    throw refuse(`The plan has ${text.trim().length} characters, which is too little to be reviewed.`);
  }
  const sentences = text.split(/(?<=[.!?])\s+|\n+/).filter((sentence) => OUTSIDE.some((form) => form.test(sentence)));
  if (sentences.length === 0) return;
  const shown = sentences
    .slice(0, MOST_SHOWN)
    .map((sentence) => JSON.stringify(sentence.trim().slice(0, SENTENCE_CHARACTERS)));
  throw refuse(`The plan does not stand alone. It leads to what its reader has not seen: ${shown.join(", ")}.`);
}

function refuse(message: string): BridgeError {
  return new BridgeError("INVALID_ARGUMENT", message, {
    nextStep:
      "Write into the plan what the reader needs: the goal, requirements word for word, files by their paths, decisions with their reasons, steps, how it is tested.",
  });
}
