// Splits texts into words and knows the forms of a keyword. Only whole words match: `run` does not match "prune".

// In scripts without spaces each character counts as a word, so that a keyword is found as a phrase inside a sentence.
const SPACELESS = String.raw`[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Khmer}\p{Script=Lao}\p{Script=Myanmar}]`;
const SPACED = String.raw`[[\p{L}\p{M}\p{N}]--${SPACELESS}]+`;
/** Part of a name at its end (`C++`, `C#`), but not in front of another word (`a+b`, `issue#5`). */
const SIGNS = String.raw`(?:[+#]{1,2}(?![\p{L}\p{N}+#]))?`;
const WORD = new RegExp(`${SPACELESS}|${SPACED}(?:'${SPACED})*${SIGNS}`, "gv");

/** The same for ASCII, which most texts are: it is ready ten times sooner. */
const ASCII_WORD = /[a-z0-9]+(?:'[a-z0-9]+)*(?:[+#]{1,2}(?![a-z0-9+#]))?/g;
const ASCII = /^[\n\r\t -~]*$/;

const UNSEEN = /[\p{Default_Ignorable_Code_Point}\p{Cf}]|(?!\s)\p{Cc}/gu;

/**
 * The text that words are read from: compatibility forms are unified, and invisible characters (zero-width spaces and joiners, soft
 * hyphens, marks of direction) are removed, since they would hide a word.
 */
export function toPlainText(text: string): string {
  if (ASCII.test(text)) return text;
  return text.normalize("NFKC").replace(UNSEEN, "").normalize("NFKC");
}

/** The words of a text, case-folded: letters, marks and digits of any script. An apostrophe inside a word stays (`don't`). */
export function toWords(text: string): string[] {
  if (ASCII.test(text)) return text.toLowerCase().match(ASCII_WORD) ?? [];
  return toPlainText(text).replaceAll("’", "'").toLowerCase().match(WORD) ?? [];
}

/** Stands for a name in a text that is read for its request. A letter of no living language, so that it is a word, but nobody's. */
export const NAME = "\ua66e";

/** Stands for any words between two others, in the phrases of a rules file. */
export const GAP = "…";

/** At the end of a phrase: its clause ends there. */
export const CLAUSE_END_PART = ",";

const ASCII_PART = new RegExp(`\\?|,$|(?:${ASCII_WORD.source})\\*?`, "g");
const PHRASE_PART = new RegExp(`${GAP}|\\?|,$|(?:${WORD.source})\\*?`, "gv");

/**
 * The words of a phrase of a rules file. `repar*` stays so and means every word that begins with it, `…` means some words or none, `?` the
 * end of a question, and `,` the end of a clause.
 */
export function toPhraseParts(phrase: string): string[] {
  if (ASCII.test(phrase) && !phrase.includes("...")) return phrase.trim().toLowerCase().match(ASCII_PART) ?? [];
  const plain = phrase
    .split(/…|\.\.\./)
    .map(toPlainText)
    .join(GAP);
  return plain.trim().replaceAll("’", "'").toLowerCase().match(PHRASE_PART) ?? [];
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
