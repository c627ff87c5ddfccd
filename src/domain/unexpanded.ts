// Finds references to variables that were not expanded. A client passes `${NAME}` on literally if it does not know the variable, and no
// client expands `$NAME`. As a limit or a path such a text would mean something that nobody wanted.

/** Anywhere in a text: no path and no key contains this on purpose. */
const BRACED = /\$\{[^}]*\}?/;
/** As in a shell, at the beginning of the text or of a list entry. */
const LEADING = /(?:^|[:,])\s*(\$(?:\(|[A-Za-z_]\w*))/;
/** As a whole folder name within a path. Capitals only, since a real folder name may begin with the sign. */
const FOLDER = /\/(\$[A-Z_][A-Z0-9_]*)(?=[/:]|$)/;
/** A whole text that is `$` and a name; no provider's key looks like that. */
const WHOLE = /^\$[A-Z_][A-Z0-9_]*$/;

/** The first reference in a setting's value, as it is written; undefined if there is none. */
export function findReference(value: string): string | undefined {
  return BRACED.exec(value)?.[0] ?? LEADING.exec(value)?.[1] ?? FOLDER.exec(value)?.[1];
}

/** Whether a key or token is a reference, or contains one. Codex would send it as it is. */
export function isUnexpandedKey(value: string): boolean {
  return BRACED.test(value) || WHOLE.test(value.trim());
}
