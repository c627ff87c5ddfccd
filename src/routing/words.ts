// Splits texts into words and knows the forms of a keyword. Only whole words match: `run` does not match "prune".

// In scripts without spaces each character counts as a word, so that a keyword is found as a phrase inside a sentence.
const SPACELESS = String.raw`[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Khmer}\p{Script=Lao}\p{Script=Myanmar}]`;
const SPACED = String.raw`[[\p{L}\p{M}\p{N}]--${SPACELESS}]+`;
/** Part of a name at its end (`C++`, `C#`), but not in front of another word (`a+b`, `issue#5`). */
const SIGNS = String.raw`(?:[+#]{1,2}(?![\p{L}\p{N}+#]))?`;
const WORD = new RegExp(`${SPACELESS}|${SPACED}(?:'${SPACED})*${SIGNS}`, "gv");

const UNSEEN = /[\p{Default_Ignorable_Code_Point}\p{Cf}]|(?!\s)\p{Cc}/gu;

/**
 * The text that words are read from: compatibility forms are unified, and invisible characters (zero-width spaces and joiners, soft
 * hyphens, marks of direction) are removed, since they would hide a word.
 */
export function toPlainText(text: string): string {
  if (/^[\n\r\t -~]*$/.test(text)) return text;
  return text.normalize("NFKC").replace(UNSEEN, "").normalize("NFKC");
}

/** The words of a text, case-folded: letters, marks and digits of any script. An apostrophe inside a word stays (`don't`). */
export function toWords(text: string): string[] {
  return toPlainText(text).replaceAll("’", "'").toLowerCase().match(WORD) ?? [];
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
