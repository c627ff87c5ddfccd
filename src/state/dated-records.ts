// A folder of records that are named by time and project, each with an id of its own.
import { createNameList, type DatedName, findDatedName, isDatedName, toDatedName } from "./dated-names.ts";
import { createJsonFolder, type RecordShape, type StoredRecord } from "./json-folder.ts";

/** Such a folder. */
export interface DatedRecords<Value extends DatedName> {
  /** Throws what the file system throws. */
  write(record: Value): void;
  /** The path of a record's file. */
  toPath(record: Value): string;
  /** Looks in one project, or in all where none is given. Throws what the file system throws where it cannot be read just now. */
  find(project: string | undefined, id: string): StoredRecord<Value>;
  /** The newest readable ones of a project, or of all, newest first. Throws what the file system throws where the folder cannot be read. */
  listNewest(project: string | undefined, most: number): Value[];
  /** Throws what the file system throws. */
  remove(record: Value): void;
  /** Removes those written before `before` (epoch ms). */
  sweep(before: number, signal?: AbortSignal): Promise<void>;
}

/** Creates access to the folder at `path`; nothing is created on disk before the first write. `form` is that of an id. */
export function createDatedRecords<Value extends DatedName>(
  path: string,
  { form, ...shape }: RecordShape<Value> & { readonly maxBytes: number; readonly form: RegExp },
): DatedRecords<Value> {
  const folder = createJsonFolder<Value>(path, shape);
  const listNames = createNameList(path, folder.listOrThrow);

  // One that names another project or id was not written under this name.
  function read(name: string): StoredRecord<Value> {
    const stored = folder.read(name);
    return stored.kind === "record" && toDatedName(stored.value) !== name ? { kind: "damaged" } : stored;
  }

  function readQuietly(name: string): Value[] {
    try {
      const stored = read(name);
      return stored.kind === "record" ? [stored.value] : [];
    } catch {
      return [];
    }
  }

  return {
    write: (record) => folder.write(toDatedName(record), record),
    toPath: (record) => folder.toPath(toDatedName(record)),
    find: (project, id) => {
      const name = form.test(id) ? findDatedName(listNames(), project, id) : undefined;
      return name === undefined ? { kind: "absent" } : read(name);
    },
    listNewest: (project, most) => {
      const found: Value[] = [];
      for (const name of listNames()) {
        if (found.length >= most) break;
        if (isDatedName(name, project)) found.push(...readQuietly(name));
      }
      return found;
    },
    remove: (record) => folder.remove(toDatedName(record)),
    sweep: (before, signal) => folder.sweep(before, { signal }),
  };
}
