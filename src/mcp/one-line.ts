/** A text as one line: blanks, newlines and control characters become single spaces. Only the first `most` characters are looked at. */
export function toOneLine(text: string, most: number): string {
  return text
    .slice(0, most)
    .replace(/[\s\p{Cc}\p{Cf}]+/gu, " ")
    .trim();
}
