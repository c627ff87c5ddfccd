// A block of ours in a text that belongs to somebody else: everything outside its two marks stays as it is.
import { FileRefusal } from "../../files/whole-file.ts";

/** The lines that enclose a block. */
export interface BlockMarks {
  readonly begin: string;
  readonly end: string;
}

/** For Markdown: comments, which nobody sees in the rendered text. */
export const MARKDOWN_MARKS: BlockMarks = {
  begin: "<!-- codex-bridge: begin; `codex-bridge init` writes what is between these marks -->",
  end: "<!-- codex-bridge: end -->",
};
/** For files whose comments begin with `#`. */
export const HASH_MARKS: BlockMarks = {
  begin: "# codex-bridge: begin; `codex-bridge init` writes what is between these marks",
  end: "# codex-bridge: end",
};

interface Place {
  readonly start: number;
  /** After the end mark, without its line end. */
  readonly stop: number;
}

/** The text of the block without its marks, with line ends as `\n`; undefined if there is none. Throws FileRefusal as `setBlock` does. */
export function readBlock(text: string, marks: BlockMarks): string | undefined {
  const place = findBlock(text, marks);
  if (place === undefined) return undefined;
  const inner = text.slice(place.start + marks.begin.length, place.stop - marks.end.length);
  return inner.replaceAll("\r\n", "\n").replace(/^\n/, "").replace(/\n$/, "");
}

/**
 * Puts `body` into the block, or adds one at the end, after a blank line. Line ends are those of the text. `body: undefined` removes the block
 * and the blank line before it. Throws FileRefusal if a mark stands alone or twice: what is between cannot be told from the user's own then.
 */
export function setBlock(text: string, marks: BlockMarks, body: string | undefined): string {
  const place = findBlock(text, marks);
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  if (body === undefined) return place === undefined ? text : removeAt(text, place);
  const block = [marks.begin, ...body.split("\n"), marks.end].join(newline);
  if (place !== undefined) return `${text.slice(0, place.start)}${block}${text.slice(place.stop)}`;
  if (text === "") return `${block}${newline}`;
  return `${text}${text.endsWith("\n") ? "" : newline}${newline}${block}${newline}`;
}

function findBlock(text: string, marks: BlockMarks): Place | undefined {
  const { begin, end } = marks;
  const fences = marks === MARKDOWN_MARKS ? findFences(text) : [];
  const isOurs = (at: number): boolean => !fences.some(({ start, stop }) => start < at && at < stop);
  const [starts, ends] = [findLines(text, begin).filter(isOurs), findLines(text, end).filter(isOurs)];
  const [start] = starts;
  const [stop] = ends;
  if (start === undefined && stop === undefined) return undefined;
  if (starts.length !== 1 || ends.length !== 1 || start === undefined || stop === undefined || stop < start) {
    throw new FileRefusal("has a mark of codex-bridge alone or twice; remove its marks, then run init again");
  }
  return { start, stop: stop + end.length };
}

/** Where the line stands by itself. */
function findLines(text: string, line: string): number[] {
  const found: number[] = [];
  for (let at = text.indexOf(line); at >= 0; at = text.indexOf(line, at + 1)) {
    const isStart = at === 0 || text[at - 1] === "\n";
    if (isStart && /^(\r?\n|$)/.test(text.slice(at + line.length, at + line.length + 2))) found.push(at);
  }
  return found;
}

// The fenced code of a Markdown text, such as an example that shows our marks. A fence that nobody closed is none: our block may stand below it.
function findFences(text: string): Place[] {
  const found: Place[] = [];
  let open: { readonly start: number; readonly fence: string } | undefined;
  for (const { index, 0: line, 1: fence = "", 2: rest = "" } of text.matchAll(/^ {0,3}(`{3,}|~{3,})([^\r\n]*)/gm)) {
    if (open === undefined) {
      if (!(fence.startsWith("`") && rest.includes("`"))) open = { start: index, fence };
    } else if (fence.startsWith(open.fence) && rest.trim() === "") {
      found.push({ start: open.start, stop: index + line.length });
      open = undefined;
    }
  }
  return found;
}

function removeAt(text: string, { start, stop }: Place): string {
  const before = text.slice(0, start).replace(/(\r?\n)\r?\n$/, "$1");
  return before + text.slice(stop).replace(/^\r?\n/, "");
}
