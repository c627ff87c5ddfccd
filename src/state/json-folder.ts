// A folder of JSON records, one file each. Bridges of several versions may share it, so every record carries the version of its shape,
// and a bridge that rewrites a record keeps the keys that it does not know.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type * as z from "zod";
import { isRecord } from "../domain/guards.ts";
import { readSmallText, UnreadableFileError } from "../files/small-file.ts";
import {
  listFolder,
  removeFile,
  type SweepOptions,
  sweepFolder,
  toFileErrorCode,
  writePrivateFile,
} from "./private-files.ts";

/** The shape of a kind of record. */
export interface RecordShape<Value> {
  /** Reads the known keys and drops the others (`z.object`, not `z.looseObject`). */
  readonly schema: z.ZodType<Value>;
  /** Raised when the shape changes. A record without a version has version 1. */
  readonly version: number;
}

/** A record as it was found. */
export type StoredRecord<Value> =
  | { readonly kind: "record"; readonly value: Value }
  | { readonly kind: "absent" }
  /** Not of our shape, not a regular file, or too large. */
  | { readonly kind: "damaged" }
  /** Written by a newer bridge, in a shape that this one cannot read. It may be valuable: leave it alone. `raw` is its content. */
  | { readonly kind: "newer"; readonly raw: Readonly<Record<string, unknown>> };

/** One folder of records. A name is a file name without `.json`. */
export interface JsonFolder<Value> {
  toPath(name: string): string;
  /** Throws what the file system throws where the file exists and cannot be read just now. */
  read(name: string): StoredRecord<Value>;
  /** Whether a record's text contains a piece of text; quicker than to parse it. Throws as `read` does. */
  includes(name: string, piece: string): boolean;
  /** Names of the files in the folder; empty where the folder is missing or cannot be read. */
  list(): string[];
  /** The same. Throws what the file system throws where the folder is there and cannot be read. */
  listOrThrow(): string[];
  /**
   * Writes a record, atomically and with mode 0600. Keys of the old record that the schema does not know stay, at every depth outside arrays.
   * Throws what the file system throws, and NewerRecordError where the old record is `newer`.
   */
  write(name: string, value: Value): void;
  remove(name: string): void;
  /** Removes records that were last written before `before` (epoch ms), in slices. */
  sweep(before: number, options?: SweepOptions): Promise<void>;
}

/** A record was not replaced, since a newer bridge wrote it in a shape that this one cannot read. */
export class NewerRecordError extends Error {
  constructor(path: string) {
    super(`${path} was written by a newer version of the bridge, and this one cannot read it`);
    this.name = "NewerRecordError";
  }
}

const SUFFIX = ".json";

/** Makes access to a folder; nothing is created before the first write. */
export function createJsonFolder<Value extends object>(
  folder: string,
  shape: RecordShape<Value> & { readonly maxBytes?: number },
): JsonFolder<Value> {
  const toPath = (name: string): string => join(folder, `${name}${SUFFIX}`);

  function readText(name: string): string | { readonly kind: "absent" | "damaged" } {
    try {
      return readSmallText(toPath(name), shape.maxBytes);
    } catch (error) {
      if (error instanceof UnreadableFileError) return { kind: "damaged" };
      const code = toFileErrorCode(error);
      if (code === "ENOENT" || code === "ENOTDIR") return { kind: "absent" };
      throw error;
    }
  }

  function read(name: string): ParsedRecord<Value> | { readonly kind: "absent" | "damaged" } {
    const text = readText(name);
    return typeof text === "string" ? parseRecord(text, shape) : text;
  }

  // Where the old record cannot be read, its unknown keys are lost: the new record may be the narrower one, so it must get through.
  function readOld(name: string): ReturnType<typeof read> {
    try {
      return read(name);
    } catch {
      return { kind: "absent" };
    }
  }

  return {
    toPath,
    read,
    includes: (name, piece) => {
      const text = readText(name);
      return typeof text === "string" && text.includes(piece);
    },
    list: () => toNames(listFolder(folder)),
    listOrThrow: () => toNames(ifThere(() => readdirSync(folder)) ?? []),
    write: (name, value) => {
      const old = readOld(name);
      if (old.kind === "newer") throw new NewerRecordError(toPath(name));
      const version = old.kind === "record" ? Math.max(old.version, shape.version) : shape.version;
      const whole = old.kind === "record" ? keepUnknown(value, old.raw, old.value) : value;
      writePrivateFile(toPath(name), JSON.stringify({ ...whole, version }));
    },
    remove: (name) => removeFile(toPath(name)),
    sweep: (before, options) => sweepFolder(folder, before, options),
  };
}

/** What `act` gives; undefined where a path that it names is missing. Throws what else the file system throws. */
export function ifThere<Found>(act: () => Found): Found | undefined {
  try {
    return act();
  } catch (error) {
    const code = toFileErrorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

function toNames(files: readonly string[]): string[] {
  return files.flatMap((name) => (name.endsWith(SUFFIX) ? name.slice(0, -SUFFIX.length) : []));
}

/** The text of a record, read. */
export type ParsedRecord<Value> =
  | {
      readonly kind: "record";
      readonly value: Value;
      readonly version: number;
      readonly raw: Readonly<Record<string, unknown>>;
    }
  | { readonly kind: "damaged" }
  | { readonly kind: "newer"; readonly raw: Readonly<Record<string, unknown>> };

/** Reads the text of a record. Never throws. */
export function parseRecord<Value>(text: string, { schema, version: ours }: RecordShape<Value>): ParsedRecord<Value> {
  const raw = parseJson(text);
  if (!isRecord(raw)) return { kind: "damaged" };
  const { version = 1 } = raw;
  if (typeof version !== "number" || !Number.isInteger(version) || version < 1) return { kind: "damaged" };
  const parsed = schema.safeParse(raw);
  if (parsed.success) return { kind: "record", value: parsed.data, version, raw };
  return version > ours ? { kind: "newer", raw } : { kind: "damaged" };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `next`, and what `raw` has beyond `known`. `known` is `raw` as the schema reads it, so what it lacks are keys of a newer shape. */
function keepUnknown<Value extends object>(next: Value, raw: Readonly<Record<string, unknown>>, known: object): Value {
  const unknown = Object.entries(raw).filter(([key]) => !Object.hasOwn(known, key));
  const whole = { ...Object.fromEntries(unknown), ...next };
  for (const [key, value] of Object.entries(whole)) {
    const [before, read] = [raw[key], Reflect.get(known, key)];
    if (isRecord(value) && isRecord(before) && isRecord(read)) {
      Object.assign(whole, { [key]: keepUnknown(value, before, read) });
    }
  }
  return whole;
}
