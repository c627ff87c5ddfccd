// Splits texts into words and knows the forms of a keyword. Only whole words match: `run` does not match "prune".

// In scripts without spaces each character counts as a word, so that a keyword is found as a phrase inside a sentence.
const SPACELESS = String.raw`[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Khmer}\p{Script=Lao}\p{Script=Myanmar}]`;
const SPACED = String.raw`[[\p{L}\p{M}\p{N}]--${SPACELESS}]+`;
/** Part of a name at its end (`C++`, `C#`), but not in front of another word (`a+b`, `issue#5`). */
const SIGNS = String.raw`(?:[+#]{1,2}(?![\p{L}\p{N}+#]))?`;
/** A number in front of its unit is a word of its own: "800ms". */
const FIGURE = "[0-9]+(?=(?:[nmµμ]?s|secs?|mins?|[kmgt]i?b|fps|[kmg]?hz|[rq]ps|x)(?![a-z0-9À-žμ]))";
const WORD_SOURCE = `${FIGURE}|${SPACELESS}|${SPACED}(?:'${SPACED})*${SIGNS}`;
// Made when the first text needs it: most need none of the patterns with properties, and the prompt hook pays for each.
const getWord = once(() => new RegExp(WORD_SOURCE, "gv"));

/**
 * Letters of European languages, each one sign whichever way it is normalized and lowered, and `NAME`. Their patterns are ready ten times
 * sooner than those with properties.
 */
const PLAIN_LETTERS = "À-ÖØ-öø-įıĴ-ľŁ-ňŊ-žЀ-ҁҊ-ԯ\ua66e";
const PLAIN = new RegExp(`^[\\n\\r\\t -~¡«»¿–—‘’“”„${PLAIN_LETTERS}]*$`);
const PLAIN_SPACED = `[a-z0-9${PLAIN_LETTERS}]+`;
const PLAIN_WORD = new RegExp(
  `${FIGURE}|${PLAIN_SPACED}(?:'${PLAIN_SPACED})*(?:[+#]{1,2}(?![a-z0-9${PLAIN_LETTERS}+#]))?`,
  "g",
);

const getUnseen = once(() => /[\p{Default_Ignorable_Code_Point}\p{Cf}]|(?!\s)\p{Cc}/gu);

/**
 * The text that words are read from: compatibility forms are unified, and invisible characters (zero-width spaces and joiners, soft
 * hyphens, marks of direction) are removed, since they would hide a word.
 */
export function toPlainText(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.normalize("NFKC").replace(getUnseen(), "").normalize("NFKC");
}

/** The words of a text, case-folded: letters, marks and digits of any script. An apostrophe inside a word stays (`don't`). */
export function toWords(text: string): string[] {
  const plain = toPlainText(text).replaceAll("’", "'").toLowerCase();
  return plain.match(PLAIN.test(plain) ? PLAIN_WORD : getWord()) ?? [];
}

/** Stands for a name in a text that is read for its request. A letter of no living language, so that it is a word, but nobody's. */
export const NAME = "\ua66e";

/** Stands for any words between two others, in the phrases of a rules file. */
export const GAP = "…";

/** At the end of a phrase: its clause ends there. */
export const CLAUSE_END_PART = ",";

const PLAIN_PART = new RegExp(`${GAP}|\\?|,$|(?:${PLAIN_WORD.source})(?:'?\\*)?`, "g");
const getPhrasePart = once(() => new RegExp(`${GAP}|\\?|,$|(?:${WORD_SOURCE})(?:'?\\*)?`, "gv"));

/**
 * The words of a phrase of a rules file. `repar*` stays so and means every word that begins with it, `…` means some words or none, `?` the
 * end of a question, and `,` the end of a clause.
 */
export function toPhraseParts(phrase: string): string[] {
  const parts = phrase.split(/…|\.\.\./).map(toPlainText);
  const plain = parts.join(GAP).trim().replaceAll("’", "'").toLowerCase();
  return plain.match(parts.every((part) => PLAIN.test(part)) ? PLAIN_PART : getPhrasePart()) ?? [];
}

/** The words of a keyword, without the signs that only a phrase of a clause can have. */
export function toKeywordParts(keyword: string): string[] {
  return toPhraseParts(keyword).filter((part) => part !== GAP && part !== "?" && part !== CLAUSE_END_PART);
}

/** The forms in which a verb leads a clause: `run`, `running`. "runs" and "ran" tell of something. */
export function toLeadForms(verb: string): string[] {
  return toForms(verb).filter((form) => form === verb.toLowerCase() || form.endsWith("ing"));
}

/** A keyword and its English inflections (`optimize`: optimizes, optimized, optimizing), but not its derivations (`optimizer`). */
export function toForms(keyword: string): string[] {
  const word = keyword.toLowerCase();
  if (!/^[a-z]{3,}$/.test(word)) return [word];
  const stem = word.endsWith("e") ? word.slice(0, -1) : word;
  const soft = /[^aeiou]y$/.test(word) ? `${word.slice(0, -1)}i` : undefined;
  const doubled = /[^aeiou][aeiou][bdgklmnprt]$/.test(word) ? `${word}${word.at(-1)}` : undefined;
  return [
    word,
    `${word}s`,
    ...(/(s|x|z|ch|sh)$/.test(word) ? [`${word}es`] : []),
    `${stem}ed`,
    `${stem}ing`,
    ...(soft === undefined ? [] : [`${soft}es`, `${soft}ed`]),
    ...(doubled === undefined ? [] : [`${doubled}ed`, `${doubled}ing`]),
  ];
}

function once(make: () => RegExp): () => RegExp {
  let made: RegExp | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
