// Words of a command that a person is to copy into a shell.

/** The words with what a shell would read otherwise in single quotes: a name in somebody's file may hold `;`. */
export function toShellWords(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./~-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ");
}
