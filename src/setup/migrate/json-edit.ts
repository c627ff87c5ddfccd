// Changes single values of a JSON text and nothing else: formatting, order, comments and line ends stay.
import { isDeepStrictEqual } from "node:util";
import { findNodeAtLocation, type Node, parseTree, stripComments } from "jsonc-parser";
import { type Json, JsonEditError, type JsonPath, parseJson, setAt } from "./json-value.ts";

/** A value to set; `undefined` as `after` removes it, as `before` says that it was not there. */
export interface JsonChange {
  readonly path: JsonPath;
  readonly before?: Json | undefined;
  readonly after?: Json | undefined;
}

/** The text with the changes made. Throws JsonEditError where the outcome would differ in anything else. */
export function changeJson(text: string, changes: readonly JsonChange[]): string {
  try {
    return changeAll(text, changes);
  } catch (error) {
    // The parser recurses, and so does the comparison.
    throw error instanceof JsonEditError ? error : new JsonEditError("cannot be edited safely");
  }
}

function changeAll(text: string, changes: readonly JsonChange[]): string {
  const { text: replaced, rest } = replaceInText(text, changes);
  const changed = rest.reduce((result, { path, after }) => setInText(result, path, after), replaced);
  const expected = changes.reduce<Json | undefined>(
    (value, { path, after }) => setAt(value, path, after),
    parseJson(text),
  );
  if (!isDeepStrictEqual(parseJson(changed), expected))
    throw new JsonEditError("has a key that stands twice, or one called __proto__");
  return changed;
}

// Values that are there and stay there, all at once: a file may be large, and hold many.
function replaceInText(text: string, changes: readonly JsonChange[]): { text: string; rest: readonly JsonChange[] } {
  const root = parseTree(text, [], { allowTrailingComma: true });
  const rest: JsonChange[] = [];
  // What comes to a list, or goes, moves the places behind it.
  let isMoved = false;
  const edits = new Map<number, { end: number; print: string }>();
  for (const change of changes) {
    const { path, after } = change;
    const node = root === undefined ? undefined : findNodeAtLocation(root, [...path]);
    isMoved ||= typeof path.at(-1) === "number" && (node === undefined || after === undefined);
    if (isMoved || node === undefined || after === undefined || edits.has(node.offset)) rest.push(change);
    else edits.set(node.offset, { end: node.offset + node.length, print: printInPlace(after, text, node) });
  }
  let at = 0;
  let changed = "";
  for (const [offset, { end, print }] of [...edits].sort(([a], [b]) => a - b)) {
    changed += text.slice(at, offset) + print;
    at = end;
  }
  return { text: changed + text.slice(at), rest };
}

// The value's own place in the text, and no other.
function setInText(text: string, path: JsonPath, value: Json | undefined): string {
  const root = parseTree(text, [], { allowTrailingComma: true });
  const node = root === undefined ? undefined : findNodeAtLocation(root, [...path]);
  if (node === undefined) return value === undefined ? text : addToText(text, root, path, value);
  if (value === undefined) return cut(text, node.parent?.type === "property" ? node.parent : node);
  const { offset, length } = node;
  return text.slice(0, offset) + printInPlace(value, text, node) + text.slice(offset + length);
}

function printInPlace(value: Json, text: string, node: Node): string {
  const before = text.slice(node.offset, node.offset + node.length);
  if (stripComments(before) === before) return printLike(value, text, node);
  const key: unknown = node.parent?.children?.[0]?.value;
  throw new JsonEditError(`has comments inside ${String(key)}, which would go`);
}

// A property, or an entry of a list, in the manner of the one before it.
function addToText(text: string, root: Node | undefined, path: JsonPath, value: Json): string {
  const parent = root === undefined ? undefined : findNodeAtLocation(root, path.slice(0, -1));
  const isList = parent?.type === "array" && path.at(-1) === (parent.children?.length ?? 0);
  if (parent === undefined || (parent.type !== "object" && !isList))
    throw new JsonEditError(`has no ${path.slice(0, -1).join(".")}`);
  const last = parent.children?.at(-1);
  const colon = text.includes('": ') ? ": " : ":";
  const property = isList ? JSON.stringify(value) : `${JSON.stringify(path.at(-1))}${colon}${JSON.stringify(value)}`;
  const at = last === undefined ? parent.offset + 1 : last.offset + last.length;
  const space = endSpace(text.slice(0, last?.offset ?? 0));
  const lead = last === undefined ? "" : `,${space === "" && colon === ": " ? " " : space}`;
  return text.slice(0, at) + lead + property + text.slice(at);
}

// With the comma that stands before it, or behind it where it is the first; comments around it stay.
function cut(text: string, { offset, length, parent }: Node): string {
  const end = offset + length;
  const siblings = parent?.children ?? [];
  const at = siblings.findIndex((sibling) => sibling.offset === offset);
  const before = siblings[at - 1];
  if (before !== undefined) {
    const comma = findComma(text, before.offset + before.length);
    const between = text.slice(comma + 1, offset);
    return text.slice(0, comma) + (between.trim() === "" ? "" : between) + text.slice(end);
  }
  const comma = findComma(text, end);
  if (comma < 0) return text.slice(0, offset) + text.slice(end);
  return text.slice(0, offset) + text.slice(end, comma) + text.slice(comma + 1).trimStart();
}

/** Place of the comma that comes next, or -1 where none does. */
function findComma(text: string, from: number): number {
  const [lead] = /^\s*,/.exec(stripComments(text.slice(from), " ")) ?? [];
  return lead === undefined ? -1 : from + lead.length - 1;
}

// A list that stood on one line, or a line an entry, stays like that.
function printLike(value: Json, text: string, node: Node): string {
  if (!Array.isArray(value)) return JSON.stringify(value);
  const before = text.slice(node.offset, node.offset + node.length);
  const words = value.map((entry) => JSON.stringify(entry));
  const lead = /^\[(\s*\n\s*)/.exec(before)?.[1];
  const isWide = before.includes(",") ? before.includes(", ") : text.includes('": ');
  if (lead === undefined) return `[${words.join(isWide ? ", " : ",")}]`;
  return `[${lead}${words.join(`,${lead}`)}${endSpace(before.slice(0, -1))}]`;
}

function endSpace(text: string): string {
  return text.slice(text.trimEnd().length);
}
