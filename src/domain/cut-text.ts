// Text that is bounded before it is shown.

/** The beginning of a text, at most `most` characters and a mark. It ends with a whole word unless that is a very long one: the beginning of a secret is not known for one. */
export function cutText(text: string, most: number): string {
  if (text.length <= most) return text;
  const head = text.slice(0, most);
  const lastWord = head.search(/\S*$/);
  return `${head
    .slice(0, lastWord > most / 2 ? lastWord : most)
    .trimEnd()
    .toWellFormed()}…`;
}
