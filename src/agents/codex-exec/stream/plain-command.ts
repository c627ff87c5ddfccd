// A command as the model wrote it: Codex tells it as the words of the shell that runs it, quoted for a shell once more.

/** The script of `bash -lc '…'` without the shell around it and without that quoting; a command of another form as it is. */
export function toPlainCommand(command: string): string {
  const match = /^(?:\S*\/)?(?:ba|z|da|k)?sh -l?c (.*)$/su.exec(command);
  return match === null ? command : (unquoteWord(match[1] ?? "") ?? match[1] ?? command);
}

// The one word that the text is for a POSIX shell; undefined where it is several, or ends inside a quotation.
function unquoteWord(text: string): string | undefined {
  const parts = text.match(PARTS) ?? [];
  if (parts.join("").length !== text.length) return undefined;
  return parts
    .map((part) => {
      if (part.startsWith("'")) return part.slice(1, -1);
      if (part.startsWith('"'))
        return part.slice(1, -1).replace(/\\([\\"$`\n])/g, (_, after) => (after === "\n" ? "" : after));
      return part.replace(/\\(.)/gsu, "$1");
    })
    .join("");
}

/** Parts of a word: in single quotes, in double quotes, or neither. */
const PARTS = /'[^']*'|"(?:[^"\\]|\\.)*"|(?:[^\s'"\\]|\\.)+/gsu;
