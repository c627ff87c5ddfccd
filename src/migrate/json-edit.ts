// Changes single values of a JSON text and nothing else: formatting, order, comments and line ends stay.
import { isDeepStrictEqual } from "node:util";
import {
  applyEdits,
  findNodeAtLocation,
  type ModificationOptions,
  modify,
  type Node,
  type ParseError,
  parse,
  parseTree,
} from "jsonc-parser";

/** A JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Keys and indices from the top of a file to a value. */
export type JsonPath = readonly (string | number)[];

/** A value to set; `undefined` as `after` removes it, as `before` says that it was not there. */
export interface JsonChange {
  readonly path: JsonPath;
  readonly before?: Json | undefined;
  readonly after?: Json | undefined;
}

/** A text that is not JSON, or has what an edit could not keep. */
export class JsonEditError extends Error {}

const OPTIONS = { allowTrailingComma: true, disallowComments: false };

/** The value of a JSON text, which may hold comments. Throws JsonEditError. */
export function parseJson(text: string): Json {
  const plain = parsePlain(text);
  if (plain !== undefined) return plain;
  const errors: ParseError[] = [];
  const value = orRefuse(() => parse(text, errors, OPTIONS) as Json | undefined);
  if (errors.length > 0 || value === undefined) throw new JsonEditError("is not valid JSON");
  return value;
}

/** The value at a path, or undefined. */
export function readAt(value: Json | undefined, path: JsonPath): Json | undefined {
  return path.reduce<Json | undefined>((inner, key) => {
    if (typeof inner !== "object" || inner === null || !Object.hasOwn(inner, key)) return undefined;
    return (inner as Readonly<Record<string | number, Json>>)[key];
  }, value);
}

/** The text with the changes made. Throws JsonEditError where the outcome would differ in anything else (a key that stands twice). */
export function changeJson(text: string, changes: readonly JsonChange[]): string {
  const changed = orRefuse(() => changes.reduce(changeOne, text));
  const expected = changes.reduce<Json | undefined>(
    (value, { path, after }) => setAt(value, path, after),
    parseJson(text),
  );
  if (!isDeepStrictEqual(parseJson(changed), expected)) throw new JsonEditError("has a key that stands twice");
  return changed;
}

// Where there are no comments: the other parser takes `__proto__` for what it is in JavaScript.
function parsePlain(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

// The parser recurses.
function orRefuse<Value>(act: () => Value): Value {
  try {
    return act();
  } catch {
    throw new JsonEditError("cannot be edited safely");
  }
}

function changeOne(text: string, { path, after }: JsonChange): string {
  const root = parseTree(text, [], OPTIONS);
  const node = root === undefined ? undefined : findNodeAtLocation(root, [...path]);
  if (node === undefined || after === undefined) {
    return applyEdits(text, modify(text, [...path], after, toFormatting(text, root, path)));
  }
  return text.slice(0, node.offset) + printLike(after, text, node) + text.slice(node.offset + node.length);
}

// A list that stood on one line, or a line an entry, stays like that.
function printLike(value: Json, text: string, node: Node): string {
  if (!Array.isArray(value)) return JSON.stringify(value);
  const before = text.slice(node.offset, node.offset + node.length);
  const words = value.map((entry) => JSON.stringify(entry));
  const lead = /^\[(\s*\n\s*)/.exec(before)?.[1];
  const isWide = before.includes(",") ? before.includes(", ") : text.includes('": ');
  if (lead === undefined) return `[${words.join(isWide ? ", " : ",")}]`;
  return `[${lead}${words.join(`,${lead}`)}${/(\s*)\]$/.exec(before)?.[1] ?? ""}]`;
}

// An object on one line would be broken into many.
function toFormatting(text: string, root: Node | undefined, path: JsonPath): ModificationOptions {
  const parent = root === undefined ? undefined : findNodeAtLocation(root, path.slice(0, -1));
  if (parent === undefined || !text.slice(parent.offset, parent.offset + parent.length).includes("\n")) return {};
  const indent = /\n([ \t]+)\S/.exec(text)?.[1] ?? "  ";
  return {
    formattingOptions: {
      insertSpaces: !indent.includes("\t"),
      tabSize: indent.includes("\t") ? 1 : indent.length,
      eol: text.includes("\r\n") ? "\r\n" : "\n",
    },
  };
}

function setAt(value: Json | undefined, path: JsonPath, after: Json | undefined): Json | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return after;
  if (Array.isArray(value))
    return value.map((entry: Json, at) => (at === key ? (setAt(entry, rest, after) ?? null) : entry));
  const { [key]: inner, ...others } = (value ?? {}) as Readonly<Record<string | number, Json>>;
  const next = setAt(inner, rest, after);
  return next === undefined ? others : { ...others, [key]: next };
}
