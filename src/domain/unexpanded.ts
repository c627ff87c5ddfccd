// References to variables that nobody expanded. A client hands on `${NAME}` literally where it knows no such variable, and no client
// expands `$NAME`: a limit or a path of such a text would mean something that nobody wanted.

/** Anywhere in a text: no path and no key holds this by intent. */
const BRACED = /\$\{[^}]*\}?/;
/** As a shell has it, at the beginning of the text or of an entry of a list. */
const LEADING = /(?:^|[:,])\s*(\$(?:\(|[A-Za-z_]\w*))/;
/** As a folder of its own within a path. Capitals only, since a folder may begin with the sign. */
const FOLDER = /\/(\$[A-Z_][A-Z0-9_]*)(?=[/:]|$)/;
/** A whole text that is a variable's name with the sign; keys of providers do not look so. */
const WHOLE = /^\$[A-Z_][A-Z0-9_]*$/;

/** The first reference in a setting's value, as it is written there; undefined where there is none. */
export function findReference(value: string): string | undefined {
  return BRACED.exec(value)?.[0] ?? LEADING.exec(value)?.[1] ?? FOLDER.exec(value)?.[1];
}

/** Whether a key or a token is a reference, or holds one. Codex would send it as it is. */
export function isUnexpandedKey(value: string): boolean {
  return BRACED.test(value) || WHOLE.test(value.trim());
}
