/** The lines of a text, none longer than `width` characters: folded at spaces, and a longer word within. Blank lines go. */
export function foldText(text: string, width: number): string[] {
  return text.split(/\r?\n/).flatMap((line) => foldLine(line, width));
}

function foldLine(line: string, width: number): string[] {
  const lines: string[] = [];
  let rest = line.trimEnd();
  while (rest.length > width) {
    const space = rest.lastIndexOf(" ", width);
    // A line may begin with blanks, which are no place to fold.
    const at = space === -1 || rest.slice(0, space).trim() === "" ? width : space;
    lines.push(rest.slice(0, at).trimEnd());
    rest = rest.slice(at).trimStart();
  }
  return rest === "" ? lines : [...lines, rest];
}
