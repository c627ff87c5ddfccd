// An entry as a Markdown file that a person can read, edit and commit: its fields as YAML of JSON values, then its text as it is.
import { MEMORY_KINDS, type MemoryEntry, type MemoryKind } from "../memory-store.ts";

/** What a file says. What a person has left out is absent. */
export interface EntryFile {
  readonly id?: string | undefined;
  readonly scope: "project" | "user";
  readonly sessionId?: string | undefined;
  readonly kind: MemoryKind;
  readonly agent?: string | undefined;
  readonly status?: string | undefined;
  readonly title?: string | undefined;
  readonly text: string;
  readonly tags: readonly string[];
  readonly files: readonly string[];
  readonly version?: number | undefined;
  /** Epoch ms. */
  readonly at?: number | undefined;
}

const FENCE = "---";

/** The file of an entry. `parseEntryFile` gives the same entry back. */
export function toEntryFile(entry: MemoryEntry): string {
  const { id, area, sessionId, kind, agent, status, title, text, tags, files, version, at } = entry;
  const fields = {
    ...{ id, scope: area.scope, session: sessionId, kind, agent, status, title },
    ...{ tags, files, version, at: new Date(at).toISOString() },
  };
  const lines = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${JSON.stringify(value)}`],
  );
  return `${[FENCE, ...lines, FENCE].join("\n")}\n\n${text}\n`;
}

/** Its name: when, what and which, in letters that every file system takes. */
export function toFileName({ id, kind, title, at }: MemoryEntry): string {
  const slug = title
    .normalize("NFKD")
    .toLowerCase()
    .replace(/\p{M}/gu, "")
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-|-$/g, "");
  const name = [new Date(at).toISOString().slice(0, 10), kind, slug.slice(0, 40), id.replace(/[^\w-]/g, "_")];
  return `${name.filter((part) => part !== "").join("-")}.md`;
}

/** Reads a file; one without fields is a note. Throws an Error that names the field that does not fit. */
export function parseEntryFile(file: string): EntryFile {
  const [, head, text = file] = HEAD.exec(file) ?? [];
  const fields = new Map(head === undefined ? [] : head.split(/\r?\n/).flatMap(toField));
  const kind = toWord(fields, "kind") ?? "note";
  const known = MEMORY_KINDS.find((one) => one === kind);
  if (known === undefined) throw new Error(`its kind is none of ${MEMORY_KINDS.join(", ")}`);
  const scope = toWord(fields, "scope") ?? "project";
  if (scope !== "project" && scope !== "user") throw new Error("its scope is neither project nor user");
  return {
    id: toId(toWord(fields, "id")),
    scope,
    sessionId: toWord(fields, "session"),
    kind: known,
    agent: toWord(fields, "agent"),
    status: toWord(fields, "status"),
    title: toWord(fields, "title"),
    text: head === undefined ? text : text.replace(/^\r?\n/, "").replace(/\r?\n$/, ""),
    tags: toList(fields, "tags"),
    files: toList(fields, "files"),
    version: toNumber(fields, "version", { read: Number, most: MOST_VERSION }),
    at: toNumber(fields, "at", { read: (value) => Date.parse(String(value)), most: Number.MAX_SAFE_INTEGER }),
  };
}

const HEAD = /^\u{feff}?---\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)([\s\S]*)$/u;

// By hand: a pattern would take minutes for a line of many blanks.
function toField(line: string): [string, unknown][] {
  const colon = line.indexOf(":");
  const [name, value] = [line.slice(0, Math.max(0, colon)).trim(), line.slice(colon + 1).trim()];
  return value === "" || !/^[a-z]+$/.test(name) ? [] : [[name, toValue(value)]];
}

// A person writes `kind: plan` and `tags: [a, b]` as well.
function toValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const list = /^\[(.*)\]$/.exec(text)?.[1];
    return list === undefined
      ? text
      : list
          .split(",")
          .map((item) => item.trim())
          .filter((item) => item !== "");
  }
}

function toWord(fields: ReadonlyMap<string, unknown>, name: string): string | undefined {
  const value = fields.get(name);
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string" || typeof value === "number") return String(value);
  throw new Error(`its ${name} must be text`);
}

function toList(fields: ReadonlyMap<string, unknown>, name: string): string[] {
  const value = fields.get(name) ?? [];
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.map(String);
  throw new Error(`its ${name} must be a list`);
}

// An id stands in every answer, and is part of a file's name.
function toId(id: string | undefined): string | undefined {
  if (id === undefined || /^[\w-]{1,100}$/.test(id)) return id;
  throw new Error("its id must be 1 to 100 letters, digits, dashes and underscores");
}

/** More is no count, and would be in the way of the next version. */
const MOST_VERSION = 100_000;

function toNumber(
  fields: ReadonlyMap<string, unknown>,
  name: string,
  { read, most }: { readonly read: (value: unknown) => number; readonly most: number },
): number | undefined {
  const value = fields.get(name);
  if (value === undefined || value === null) return undefined;
  const number = read(value);
  if (Number.isSafeInteger(number) && number >= 0 && number <= most) return number;
  throw new Error(`its ${name} does not fit`);
}
