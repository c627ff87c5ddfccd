/**
 * The lines of a text, none wider than `width` columns: folded at spaces, and a longer word within. Blank lines go. A character that may take
 * two columns counts as two, so that a line never goes on where a screen has cut it.
 */
export function foldText(text: string, width: number): string[] {
  return text.split(/\r?\n/).flatMap((line) => foldLine(line, width));
}

function foldLine(line: string, width: number): string[] {
  const lines: string[] = [];
  let rest = line.trimEnd();
  for (let fits = countFitting(rest, width); fits < rest.length; fits = countFitting(rest, width)) {
    const space = rest.lastIndexOf(" ", fits);
    // A line may begin with blanks, which are no place to fold.
    const at = space === -1 || rest.slice(0, space).trim() === "" ? fits : space;
    lines.push(rest.slice(0, at).trimEnd());
    rest = rest.slice(at).trimStart();
  }
  return rest === "" ? lines : [...lines, rest];
}

/** From here on, characters may be as wide as two (East Asian ones, pictures). */
const FIRST_WIDE = 0x1100;

// How many characters of a text fit; at least one, and never half of a surrogate pair.
function countFitting(text: string, width: number): number {
  let columns = 0;
  for (let at = 0; at < text.length; at += 1) {
    columns += text.charCodeAt(at) < FIRST_WIDE ? 1 : 2;
    if (columns > width) return Math.max(1, isPairAt(text, at - 1) ? at - 1 : at);
  }
  return text.length;
}

function isPairAt(text: string, at: number): boolean {
  return (text.codePointAt(at) ?? 0) > 0xff_ff;
}

/** A line of at most `width` columns, and a mark where it was cut. */
export function cutLine(line: string, width: number): string {
  const fits = countFitting(line, width);
  return fits === line.length ? line : `${line.slice(0, fits).trimEnd()}…`;
}

/** The end of a line that takes at most `width` columns. */
export function cutStart(line: string, width: number): string {
  let columns = 0;
  const shown: string[] = [];
  for (const character of [...line].reverse()) {
    columns += character.length * (character.charCodeAt(0) < FIRST_WIDE ? 1 : 2);
    if (columns > width) break;
    shown.push(character);
  }
  return shown.reverse().join("");
}
