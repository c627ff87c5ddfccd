// Which team project the directories of this machine belong to, one small file each: only this user's bridges and commands write them.
import { createHash } from "node:crypto";
import { join } from "node:path";
import * as z from "zod";
import { createJsonFolder } from "./json-folder.ts";

const ClaimSchema = z.object({
  directory: z.string(),
  /** The team's name of its project; empty where the directory is to have none. */
  name: z.string(),
  /** Whether it is still to be found out that no other directory has the name: it keeps others from it, and gives it to none. */
  isBegun: z.boolean().optional(),
});

/** A directory and its team project. */
export type TeamClaim = z.infer<typeof ClaimSchema>;

/** Access to the records. */
export interface TeamProjectFiles {
  /** That of a directory; undefined where none is noted or the record cannot be read. Throws what the file system throws. */
  find(directory: string): TeamClaim | undefined;
  /** All that can be read. Throws what the file system throws where the folder is there and cannot be read. */
  list(): TeamClaim[];
  /** Throws what the file system throws, and NewerRecordError. */
  write(claim: TeamClaim): void;
}

/** Records below a state folder; nothing is created before the first write. */
export function createTeamProjectFiles(stateDir: string): TeamProjectFiles {
  const shape = { schema: ClaimSchema, version: 1, maxBytes: 65_536 };
  const folder = createJsonFolder<TeamClaim>(join(stateDir, "memory", "projects"), shape);
  const toName = (directory: string): string => createHash("sha256").update(directory).digest("hex").slice(0, 32);
  const read = (name: string): TeamClaim | undefined => {
    const stored = folder.read(name);
    return stored.kind === "record" ? stored.value : undefined;
  };
  return {
    find: (directory) => {
      const claim = read(toName(directory));
      return claim?.directory === directory ? claim : undefined;
    },
    list: () => folder.listOrThrow().flatMap((name) => read(name) ?? []),
    write: (claim) => folder.write(toName(claim.directory), claim),
  };
}
