// Records of the folders in which files are made ready within a user's tree, while they are there.
import { join } from "node:path";
import * as z from "zod";
import { createJsonFolder, type JsonFolder } from "./json-folder.ts";

const StagingSchema = z.object({
  /** Top folder of the tree: a real path. */
  top: z.string(),
});

/** Such records. A name is the last part of the folder's. */
export type StagingFiles = JsonFolder<z.infer<typeof StagingSchema>>;

/** Creates access; nothing is created on disk before the first write. */
export function createStagingFiles(stateDir: string): StagingFiles {
  return createJsonFolder(join(stateDir, "stagings"), { schema: StagingSchema, version: 1 });
}
