/**
 * The beginning of a text: at most `most` characters, then a mark. It ends with a whole word unless the word is very long, because
 * half of a secret would not be recognised as one.
 */
export function cutText(text: string, most: number): string {
  if (text.length <= most) return text;
  const head = text.slice(0, most);
  const lastWord = head.search(/\S*$/);
  return `${head
    .slice(0, lastWord > most / 2 ? lastWord : most)
    .trimEnd()
    .toWellFormed()}…`;
}
