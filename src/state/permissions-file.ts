// The file that keeps the permissions of a repository's files beside the index of its snapshots.
import * as z from "zod";
import { readSmallTextIfAny } from "../files/small-file.ts";
import { parseRecord } from "./json-folder.ts";
import { writePrivateFile } from "./private-files.ts";

const PermissionsSchema = z.object({
  /** Of a file that may not be run, and of one that may. */
  usual: z.tuple([z.string(), z.string()]),
  /** Those of other files. A path has a character for each byte. */
  others: z.array(z.tuple([z.string(), z.string()])),
  /** Files to be looked at again, with the time of their last change (ms). */
  recent: z.array(z.tuple([z.string(), z.number()])),
});

/** Permissions as their file holds them: three octal digits each. */
type StoredPermissions = z.infer<typeof PermissionsSchema>;

const SHAPE = { schema: PermissionsSchema, version: 1 };

/** undefined where there is no file, or none that can be read. */
export function readPermissionsFile(path: string): StoredPermissions | undefined {
  const stored = parseRecord(readSmallTextIfAny(path) ?? "", SHAPE);
  return stored.kind === "record" ? stored.value : undefined;
}

/** Replaces the file. Throws what the file system throws. */
export function writePermissionsFile(path: string, permissions: StoredPermissions): void {
  writePrivateFile(path, JSON.stringify({ ...permissions, version: SHAPE.version }));
}
