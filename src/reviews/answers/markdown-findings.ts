// Findings that are written as a list of Markdown, such as the text of Codex's own reviews: `- [P1] Title — /path/a.ts:1-2`, then indented lines.
import { toPlainKey } from "./loose-fields.ts";
import { LooseObject } from "./loose-json.ts";
import { readSeverity, splitTag } from "./read-weight.ts";

/** Where a list entry or heading begins. */
const ITEM = /^(?:[-*+•]|\d{1,3}[.)]|#{1,6})\s+(.*)$/;
/** A path with lines in a text. */
const PLACE =
  /((?:[\w.@~+-]{1,100}[/\\]|\/){0,30}[\w.@+-]{1,200}\.\w{1,10}):L?(\d{1,9})(?::\d{1,9})?(?:\s?[-–]\s?L?(\d{1,9}))?/;
/** `- **File:** a.ts`. */
const FIELD = /^\s*(?:[-*+•]\s+)?(?:\*\*|__)?([A-Za-z][A-Za-z ]{0,20})(?:\*\*|__)?\s?:(?:\*\*|__)?\s*(.*)$/;
const FIELD_NAMES = new Set([
  ...["severity", "priority", "file", "path", "location", "line", "lines", "confidence", "evidence", "quote", "code"],
  ...["description", "details", "explanation", "impact", "suggestion", "recommendation", "fix", "side"],
]);

/** More entries are more than a person reads. */
const MOST_ENTRIES = 2_000;

/** Finds them; each as an object, as JSON would give it. */
export function findMarkdownFindings(text: string): LooseObject[] {
  const blocks: { readonly head: string; readonly lines: string[] }[] = [];
  let fence: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
    const head = fence === undefined ? readHead(line) : undefined;
    if (mark !== undefined) fence = fence === undefined ? mark : line.trim() === fence ? undefined : fence;
    if (blocks.length > MOST_ENTRIES) break;
    if (head === undefined) blocks.at(-1)?.lines.push(line);
    else blocks.push({ head, lines: [] });
  }
  return blocks.map(({ head, lines }) => toObject(head, lines)).filter((object) => object !== undefined);
}

// The words of a line that begins a finding: of an entry or a heading without indentation, or of a line with a severity in brackets.
function readHead(line: string): string | undefined {
  if (line.length > 2_000) return undefined;
  const field = FIELD.exec(line)?.[1];
  if (field !== undefined && FIELD_NAMES.has(toPlainKey(field))) return undefined;
  const item = ITEM.exec(line)?.[1];
  if (item !== undefined) return item;
  return /^\*{0,2}\[P[0-3]\]/.test(line) ? line : undefined;
}

// undefined for an entry that has neither a severity nor a place: it is prose.
function toObject(head: string, lines: readonly string[]): LooseObject | undefined {
  const object = new LooseObject();
  const { severity, title } = splitTag(head);
  const place = PLACE.exec(head);
  const { body, quote } = readBody(lines, object);
  const has = (name: string): boolean => object.entries.some(([key]) => toPlainKey(key) === name);
  const later = place ?? (has("file") || has("path") || has("location") ? null : PLACE.exec(body));
  const hasSeverity = severity !== undefined || object.entries.some(([key, value]) => isSeverity(key, value));
  if (!hasSeverity && place === null && !(has("file") || has("path") || has("location"))) return undefined;
  object.entries.push(["title", place === null ? title : removePlace(title, place[0])], ["body", body]);
  if (severity !== undefined && !has("severity")) object.entries.push(["severity", severity]);
  if (later !== null) object.entries.push(["file", later[1] ?? ""], ["line", `${later[2]}-${later[3] ?? later[2]}`]);
  if (quote !== "" && !has("evidence") && !has("quote") && !has("code")) object.entries.push(["evidence", quote]);
  return object;
}

const isSeverity = (key: string, value: unknown): boolean =>
  /^(?:severity|priority)$/.test(toPlainKey(key)) && typeof value === "string" && readSeverity(value) !== undefined;

// A title ends with its place, in Codex's form after a dash.
function removePlace(title: string, place: string): string {
  const without = title.replace(place, "").replace(/[([]\s*`*\s*[)\]]|``|\s+(?:in|at)\s*$/g, "");
  return (
    without
      .replace(/\s*[—–-]\s*(?:\S{0,20}\/)?\s*$/, "")
      .replace(/^\W*[:—–-]\s*/, "")
      .trim() || title
  );
}

function readBody(lines: readonly string[], object: LooseObject): { readonly body: string; readonly quote: string } {
  const body: string[] = [];
  const quote: string[] = [];
  let isIn = false;
  let isQuoted = false;
  for (const line of lines) {
    const isFence = /^\s*(?:`{3,}|~{3,})/.test(line);
    if (isFence) {
      // The first piece of code is the quoted one; a later one may be the mended code.
      if (isIn) isQuoted = true;
      isIn = !isIn;
    } else if (isIn) {
      (isQuoted ? body : quote).push(line);
    } else if (!readField(line, object)) {
      body.push(line.replace(/^\s{2,4}/, ""));
    }
  }
  const cited =
    quote.length > 0 ? quote : body.filter((line) => /^\s*> /.test(line)).map((line) => line.replace(/^\s*> /, ""));
  return { body: body.join("\n").trim(), quote: cited.join("\n") };
}

function readField(line: string, object: LooseObject): boolean {
  if (line.length > 2_000) return false;
  const [, name = "", value = ""] = FIELD.exec(line) ?? [];
  if (value.trim() === "" || !FIELD_NAMES.has(toPlainKey(name))) return false;
  object.entries.push([name, value.trim()]);
  return true;
}
