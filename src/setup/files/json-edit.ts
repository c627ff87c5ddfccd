// Changes single values of a JSON text. Formatting, order, comments and line ends stay.
import { isDeepStrictEqual } from "node:util";
import { findNodeAtLocation, type Node, parseTree, stripComments } from "jsonc-parser";
import { isRecord } from "../../domain/guards.ts";
import type { JsonValue } from "../../domain/json.ts";
import { isList, JsonEditError, type JsonPath, parseJson, readAt } from "./json-value.ts";

/** A value to set. `after: undefined` removes it; `before: undefined` means that it did not exist. */
export interface JsonChange {
  readonly path: JsonPath;
  readonly before?: JsonValue | undefined;
  readonly after?: JsonValue | undefined;
}

/**
 * Returns the text with the changes. All paths are those of the text before the changes, so entries of one list have to be removed from the
 * last to the first. A new entry of a list has the index after the last one. Throws JsonEditError if anything else would differ.
 */
export function changeJson(text: string, changes: readonly JsonChange[]): string {
  try {
    const changed = applySplices(text, toSplices(text, changes));
    const expected = parseJson(text);
    for (const change of changes) applyTo(expected, change);
    if (isDeepStrictEqual(parseJson(changed), expected)) return changed;
  } catch (error) {
    // The parser and the comparison recurse: both throw if values are nested too deep.
    throw error instanceof JsonEditError ? error : new JsonEditError("cannot be edited safely");
  }
  throw new JsonEditError("has the same key twice, or a key called __proto__");
}

// Makes the same change in the parsed value, which the changed text is compared with.
function applyTo(root: JsonValue, { path, after }: JsonChange): void {
  const holder: unknown = readAt(root, path.slice(0, -1));
  const key = path.at(-1) ?? "";
  if (Array.isArray(holder)) holder.splice(Number(key), 1, ...(after === undefined ? [] : [after]));
  else if (isRecord(holder) && after === undefined) delete holder[key];
  else if (isRecord(holder)) holder[key] = after;
}

// A piece of the text that is replaced.
interface Splice {
  readonly offset: number;
  readonly length: number;
  readonly text: string;
}

function applySplices(text: string, splices: readonly Splice[]): string {
  let at = 0;
  let changed = "";
  for (const splice of splices.toSorted((a, b) => a.offset - b.offset)) {
    changed += text.slice(at, splice.offset) + splice.text;
    at = splice.offset + splice.length;
  }
  return changed + text.slice(at);
}

// Parses the text only once: a file may be large, and hold many registrations.
function toSplices(text: string, changes: readonly JsonChange[]): Splice[] {
  const root = parseTree(text, [], { allowTrailingComma: true });
  const find = (path: JsonPath): Node | undefined =>
    root === undefined ? undefined : findNodeAtLocation(root, [...path]);
  const found = changes.map(({ path, after }) => ({ path, after, node: find(path) }));
  const removed = new Set(
    found.flatMap(({ node, after }) => (node !== undefined && after === undefined ? [toEntry(node)] : [])),
  );
  return [
    ...[...removed].flatMap((entry) => removeEntry(text, entry, removed)),
    ...found.flatMap(({ path, after, node }) => {
      if (after === undefined) return [];
      return [
        node === undefined ? addEntry(text, find(path.slice(0, -1)), path, after) : replaceValue(text, node, after),
      ];
    }),
  ];
}

// Returns the property of a value, with its key, or the value itself in a list.
function toEntry(node: Node): Node {
  return node.parent?.type === "property" ? node.parent : node;
}

function replaceValue(text: string, node: Node, value: JsonValue): Splice {
  const { offset, length } = node;
  const before = text.slice(offset, offset + length);
  if (stripComments(before) !== before) {
    const key: unknown = node.parent?.children?.[0]?.value;
    throw new JsonEditError(`has comments inside ${String(key)}, which would be lost`);
  }
  return { offset, length, text: isList(value) ? printList(value, text, before) : JSON.stringify(value) };
}

// Keeps the layout of the old list: on one line, or one line for each entry.
function printList(value: readonly JsonValue[], text: string, before: string): string {
  const words = value.map((entry) => JSON.stringify(entry));
  const lead = /^\[(\s*\n\s*)/.exec(before)?.[1];
  const isWide = before.includes(",") ? before.includes(", ") : text.includes('": ');
  if (lead === undefined) return `[${words.join(isWide ? ", " : ",")}]`;
  return `[${lead}${words.join(`,${lead}`)}${readSpaceAtEnd(before.slice(0, -1))}]`;
}

// Adds a key, or an entry of a list, in the layout of the one before it.
function addEntry(text: string, parent: Node | undefined, path: JsonPath, value: JsonValue): Splice {
  const key = path.at(-1);
  const isObject = parent?.type === "object";
  if (parent === undefined || (!isObject && parent.type !== "array"))
    throw new JsonEditError(`has no ${path.slice(0, -1).join(".")}`);
  const last = parent.children?.at(-1);
  const colon = text.includes('": ') ? ": " : ":";
  const printed = isObject ? `${JSON.stringify(key)}${colon}${JSON.stringify(value)}` : JSON.stringify(value);
  if (last === undefined) return { offset: parent.offset + 1, length: 0, text: printed };
  const space = readSpaceAtEnd(text.slice(0, last.offset));
  const lead = space === "" && colon === ": " ? " " : space;
  return { offset: last.offset + last.length, length: 0, text: `,${lead}${printed}` };
}

// Removes an entry with the comma before it, or with the comma after it if all entries before it are removed too. Comments around it stay.
function removeEntry(text: string, { offset, length, parent }: Node, removed: ReadonlySet<Node>): Splice[] {
  const end = offset + length;
  const siblings = parent?.children ?? [];
  const before = siblings.slice(
    0,
    siblings.findIndex((sibling) => sibling.offset === offset),
  );
  const previous = before.at(-1);
  if (previous !== undefined && before.some((sibling) => !removed.has(sibling))) {
    const comma = findComma(text, previous.offset + previous.length, offset);
    const isPlain = text.slice(comma + 1, offset).trim() === "";
    if (isPlain) return [{ offset: comma, length: end - comma, text: "" }];
    return [
      { offset: comma, length: 1, text: "" },
      { offset, length, text: "" },
    ];
  }
  const comma = findComma(
    text,
    end,
    siblings[before.length + 1]?.offset ?? (parent?.offset ?? 0) + (parent?.length ?? 0),
  );
  const value = { offset, length, text: "" };
  if (comma < 0) return [value];
  const space = /^\s*/.exec(text.slice(comma + 1))?.[0].length ?? 0;
  return [value, { offset: comma, length: 1 + space, text: "" }];
}

/** Returns the offset of the next comma, or -1 if something else comes first. */
function findComma(text: string, from: number, to: number): number {
  const [lead] = /^\s*,/.exec(stripComments(text.slice(from, to), " ")) ?? [];
  return lead === undefined ? -1 : from + lead.length - 1;
}

function readSpaceAtEnd(text: string): string {
  return text.slice(text.trimEnd().length);
}
