/** A command for a person to copy into a shell. Words that a shell would interpret are put in single quotes: a file name may contain `;`. */
export function toShellWords(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./~-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ");
}
