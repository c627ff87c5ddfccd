// The files of a set-up as they will be. Several steps may change one file, so each sees what the steps before it have planned.
import type { JsonObject, JsonValue } from "../../../domain/json.ts";
import { changeJson, type JsonChange } from "../../files/json-edit.ts";
import { isList, isObject, type JsonPath, parseJson, readAt } from "../../files/json-value.ts";
import { toReason } from "../../files/report.ts";
import { FileRefusal, readWholeFile, type WholeFile } from "../../files/whole-file.ts";
import { type BlockMarks, readBlock, setBlock } from "./marked-block.ts";
import { addTable, type TomlTable } from "./toml-table.ts";

/** A file and its planned text. */
export interface PlannedFile {
  readonly path: string;
  /** Every path by which a change of it was planned: one may be a link to another. */
  readonly names: readonly string[];
  /** As it is now; undefined if it does not exist. */
  readonly before: WholeFile | undefined;
  /** Planned text, without a byte order mark. */
  readonly text: string;
  /** Values that are set in it, where it is JSON. */
  readonly changes: readonly JsonChange[];
  /** Marks of the block that is set in it. */
  readonly marks: BlockMarks | undefined;
  /** The table that is added to it, where it is TOML. */
  readonly table: TomlTable | undefined;
}

/** The planned files, by their real paths. Its methods throw FileRefusal and JsonEditError that name the file, and change nothing then. */
export class PlannedFiles {
  readonly #files = new Map<string, PlannedFile>();
  readonly #keys = new Map<string, string>();

  /** The planned text; undefined if there is no such file, and none is planned. */
  read(path: string): string | undefined {
    return naming(path, () => toPlannedText(this.#open(path)));
  }

  /** The text of our block in a file, without its marks; undefined if there is none. */
  readBlock(path: string, marks: BlockMarks): string | undefined {
    return naming(path, () => readBlock(this.#open(path).text, marks));
  }

  /** The parsed value of a JSON file; an empty object where it does not exist or is empty. */
  readJson(path: string): JsonObject {
    return naming(path, () => toRoot(this.#open(path)));
  }

  /** Whether a file that is there is JSON only with comments or commas at the end of lists, which Claude Code does not read. */
  hasComments(path: string): boolean {
    const text = this.read(path) ?? "";
    try {
      if (text.trim() !== "") JSON.parse(text);
      return false;
    } catch {
      return true;
    }
  }

  /** Sets a value; objects on the way to it are made. Nothing happens if it is there already. */
  setJson(path: string, at: JsonPath, value: JsonValue): void {
    naming(path, () => {
      const file = this.#open(path);
      const root = toRoot(file);
      if (JSON.stringify(readAt(root, at)) === JSON.stringify(value)) return;
      const change = toChange(root, at, value);
      const isNew = file.text.trim() === "";
      const changed = changeJson(isNew ? "{}" : file.text, [change]);
      const text = isNew || file.before === undefined ? print(changed) : changed;
      this.#plan(path, { ...file, text, changes: [...file.changes, change] });
    });
  }

  /** Puts a text into our block of a file, or removes the block. */
  setBlock(path: string, marks: BlockMarks, body: string | undefined): void {
    naming(path, () => {
      const file = this.#open(path);
      this.#plan(path, { ...file, marks, text: setBlock(file.text, marks, body) });
    });
  }

  /** Adds a table to a TOML file. One file takes one. */
  addTable(path: string, table: TomlTable): void {
    naming(path, () => {
      const file = this.#open(path);
      this.#plan(path, { ...file, table, text: addTable(file.text, table) });
    });
  }

  /** Plans a file that does not exist. */
  create(path: string, text: string): void {
    naming(path, () => {
      const file = this.#open(path);
      if (file.before !== undefined) throw new FileRefusal("exists already");
      this.#plan(path, { ...file, text });
    });
  }

  /** Forgets what was planned for these files since `kept`. */
  restore(kept: ReadonlyMap<string, PlannedFile>): void {
    this.#files.clear();
    for (const [key, file] of kept) this.#files.set(key, file);
  }

  /** What is planned so far, for `restore`. */
  keep(): ReadonlyMap<string, PlannedFile> {
    return new Map(this.#files);
  }

  /** The files that will differ. */
  list(): PlannedFile[] {
    return [...this.#files.values()].filter(({ before, text }) => text !== (before?.text ?? ""));
  }

  /** The real paths of all files that were looked at, those that do not exist as they were named. */
  listLookedAt(): string[] {
    return [...new Set(this.#keys.values())];
  }

  #plan(path: string, file: PlannedFile): void {
    const names = file.names.includes(path) ? file.names : [...file.names, path];
    this.#files.set(this.#keys.get(path) ?? path, { ...file, names });
  }

  #open(path: string): PlannedFile {
    const before = this.#keys.has(path) ? undefined : readWholeFile(path);
    const key = this.#keys.get(path) ?? before?.realPath ?? path;
    this.#keys.set(path, key);
    const known = this.#files.get(key);
    if (known !== undefined) return known;
    const found = before ?? readWholeFile(path);
    const text = found?.text ?? "";
    const file = { path, names: [], before: found, text, changes: [], marks: undefined, table: undefined };
    this.#files.set(key, file);
    return file;
  }
}

/** Runs `act`; what it refuses is said of `path`. */
export function naming<Value>(path: string, act: () => Value): Value {
  try {
    return act();
  } catch (error) {
    throw new FileRefusal(`${path} ${toReason(error)}`, { cause: error });
  }
}

function toPlannedText({ before, text }: PlannedFile): string | undefined {
  return before === undefined && text === "" ? undefined : text;
}

function toRoot({ text }: PlannedFile): JsonObject {
  const root = text.trim() === "" ? {} : parseJson(text);
  if (!isObject(root)) throw new FileRefusal("holds no JSON object");
  return root;
}

// The change at the deepest object that is there: what is missing between is part of its value.
function toChange(root: JsonValue, at: JsonPath, value: JsonValue): JsonChange {
  const depth = at.findIndex((_, index) => readAt(root, at.slice(0, index + 1)) === undefined);
  const holder = depth < 0 ? root : readAt(root, at.slice(0, depth));
  if (!isObject(holder) && !(isList(holder) && typeof at[depth] === "number")) {
    throw new FileRefusal(
      `has ${at.slice(0, depth).join(".")}, which is not an object: correct it, then run init again`,
    );
  }
  if (depth < 0) return { path: at, before: readAt(root, at), after: value };
  const after = at.slice(depth + 1).reduceRight<JsonValue>((inner, key) => ({ [key]: inner }), value);
  return { path: at.slice(0, depth + 1), after };
}

function print(text: string): string {
  return `${JSON.stringify(parseJson(text), null, 2)}\n`;
}
