// The files of a set-up as they will be. Several steps may change one file, so each sees what the steps before it have planned.
import type { JsonValue } from "../../../domain/json.ts";
import { changeJson, type JsonChange } from "../../migrate/edit/json-edit.ts";
import { isObject, type JsonPath, parseJson, readAt } from "../../migrate/edit/json-value.ts";
import { FileRefusal, readWholeFile, type WholeFile } from "../../migrate/write/whole-file.ts";
import { type BlockMarks, setBlock } from "./marked-block.ts";

/** A file and its planned text. */
export interface PlannedFile {
  readonly path: string;
  /** As it is now; undefined if it does not exist. */
  readonly before: WholeFile | undefined;
  /** Planned text, without a byte order mark. */
  readonly text: string;
  /** Values that are set in it, where it is JSON. */
  readonly changes: readonly JsonChange[];
  /** Marks of the block that is set in it. */
  readonly marks: BlockMarks | undefined;
}

/** The planned files. Its methods throw FileRefusal and JsonEditError, and change nothing then. */
export class PlannedFiles {
  readonly #files = new Map<string, PlannedFile>();

  /** The planned text; undefined if there is no such file, and none is planned. */
  read(path: string): string | undefined {
    const { before, text } = this.#open(path);
    return before === undefined && text === "" ? undefined : text;
  }

  /** The parsed value of a JSON file; an empty object where it does not exist or is empty. */
  readJson(path: string): JsonValue {
    const text = this.read(path) ?? "";
    const root = text.trim() === "" ? {} : parseJson(text);
    if (!isObject(root)) throw new FileRefusal("holds no JSON object");
    return root;
  }

  /** Sets a value; objects on the way to it are made. Nothing happens if it is there already. */
  setJson(path: string, at: JsonPath, value: JsonValue): void {
    const root = this.readJson(path);
    if (JSON.stringify(readAt(root, at)) === JSON.stringify(value)) return;
    const file = this.#open(path);
    const change = toChange(root, at, value);
    const isNew = file.text.trim() === "";
    const changed = changeJson(isNew ? "{}" : file.text, [change]);
    const text = isNew || file.before === undefined ? print(changed) : changed;
    this.#files.set(path, { ...file, text, changes: [...file.changes, change] });
  }

  /** Puts a text into our block of a file. */
  setBlock(path: string, marks: BlockMarks, body: string): void {
    const file = this.#open(path);
    this.#files.set(path, { ...file, marks, text: setBlock(file.text, marks, body) });
  }

  /** Plans a file that does not exist. */
  create(path: string, text: string): void {
    const file = this.#open(path);
    if (file.before !== undefined) throw new FileRefusal("exists already");
    this.#files.set(path, { ...file, text });
  }

  /** Forgets what was planned for these files since `kept`. */
  restore(kept: ReadonlyMap<string, PlannedFile>): void {
    this.#files.clear();
    for (const [path, file] of kept) this.#files.set(path, file);
  }

  /** What is planned so far, for `restore`. */
  keep(): ReadonlyMap<string, PlannedFile> {
    return new Map(this.#files);
  }

  /** The files that will differ. */
  list(): PlannedFile[] {
    return [...this.#files.values()].filter(({ before, text }) => text !== (before?.text ?? ""));
  }

  #open(path: string): PlannedFile {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    const before = readWholeFile(path);
    const file = { path, before, text: before?.text ?? "", changes: [], marks: undefined };
    this.#files.set(path, file);
    return file;
  }
}

// The change at the deepest object that is there: what is missing between is part of its value.
function toChange(root: JsonValue, at: JsonPath, value: JsonValue): JsonChange {
  const depth = at.findIndex((_, index) => readAt(root, at.slice(0, index + 1)) === undefined);
  if (depth < 0) return { path: at, before: readAt(root, at), after: value };
  const after = at.slice(depth + 1).reduceRight<JsonValue>((inner, key) => ({ [key]: inner }), value);
  return { path: at.slice(0, depth + 1), after };
}

function print(text: string): string {
  return `${JSON.stringify(parseJson(text), null, 2)}\n`;
}
