// Words of a task and the forms of a keyword. Whole words only: `run` is not in `prune`, nor `execute` in `executive`.

/** Words of a text, case-folded: letters, marks and digits in any script; an apostrophe inside a word stays (`don't`). */
export function toWords(text: string): string[] {
  return (
    text
      .normalize("NFKC")
      .replaceAll("’", "'")
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+(?:'[\p{L}\p{M}\p{N}]+)*/gu) ?? []
  );
}

/** A keyword and its English inflections (`optimize`: optimizes, optimized, optimizing); not its derivations (`optimizer`). */
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
