/**
 * The beginning of a text: at most `most` characters, then a mark. It ends with a whole word unless the word is very long, because
 * half of a secret would not be recognised as one.
 */
export function cutText(text: string, most: number): string {
  if (text.length <= most) return text;
  const head = text.slice(0, most);
  const end = findLastWord(head, most / 2) ?? most;
  return `${head.slice(0, end).trimEnd().toWellFormed()}…`;
}

// Where the last word begins, if that is beyond `least`. From the end: a search by a pattern takes a second for 20,000 characters.
function findLastWord(text: string, least: number): number | undefined {
  for (let at = text.length; at > least; at -= 1) if (/\s/.test(text.charAt(at - 1))) return at;
  return undefined;
}
