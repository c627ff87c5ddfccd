// Restores a command as the model wrote it. Codex reports it as the words of the shell that runs it, quoted once more.

/** The script of `bash -lc '…'` without the shell around it and the quoting. A command of another form stays as it is. */
export function toPlainCommand(command: string): string {
  const match = /^(?:\S*\/)?(?:ba|z|da|k)?sh -l?c (.*)$/su.exec(command);
  return match === null ? command : (unquoteWord(match[1] ?? "") ?? match[1] ?? command);
}

// The text as the single word that a POSIX shell reads; undefined if it is several words, or ends inside a quotation.
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
