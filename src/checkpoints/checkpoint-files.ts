// The checkpoints of a project: one file for each session, in a folder of the project that git does not take up.
import { lstatSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { BridgeError } from "../domain/errors.ts";
import { PathTakenError, putFile } from "../files/put-file.ts";
import { resolveRealPath } from "../files/real-path.ts";
import { readSmallText } from "../files/small-file.ts";
import { ifThere, parseRecord } from "../state/json-folder.ts";
import { removeQuietly } from "../state/private-files.ts";
import { CHECKPOINT_VERSION, type Checkpoint, CheckpointSchema } from "./checkpoint.ts";

/** The folder's name in a project. */
export const CHECKPOINT_FOLDER = ".claude-context";

/** Access to the checkpoints of one project. */
export interface CheckpointFiles {
  /** Absolute path of a session's file. */
  toPath(sessionId: string): string;
  /** Writes one, atomically, and removes the oldest ones beyond the limit. Throws INVALID_ARGUMENT, CHECKPOINT_FAILED. */
  write(checkpoint: Checkpoint): void;
  /** The one of a session; undefined if there is none. Throws INVALID_ARGUMENT, CHECKPOINT_FAILED. */
  read(sessionId: string): Checkpoint | undefined;
  /** All that can be read, newest first. Throws CHECKPOINT_FAILED. */
  list(): Checkpoint[];
}

/** A session's id is the name of a file: no separator, no hidden file, nothing that leads elsewhere. */
const SESSION_ID = /^[\p{L}\p{N}][\p{L}\p{N}._ -]{0,99}$/u;
const SUFFIX = ".json";
/** A project keeps this many. */
export const MOST_CHECKPOINTS = 50;
const MAX_BYTES = 4_194_304;
const SHAPE = { schema: CheckpointSchema, version: CHECKPOINT_VERSION };

/** Creates access below `project`, a directory; nothing is created on disk before the first write. */
export function createCheckpointFiles(project: string): CheckpointFiles {
  const folder = join(resolveRealPath(project), CHECKPOINT_FOLDER);
  const toPath = (sessionId: string): string => join(folder, toName(sessionId));

  function readOne(path: string): Checkpoint | "newer" | "damaged" {
    const parsed = parseRecord(readSmallText(path, MAX_BYTES), SHAPE);
    return parsed.kind === "record" ? parsed.value : parsed.kind;
  }

  function list(): Checkpoint[] {
    checkFolder(folder);
    const names = ifThere(() => readdirSync(folder)) ?? [];
    const found = names
      .filter((name) => name.endsWith(SUFFIX))
      .flatMap((name) => readQuietly(join(folder, name), name));
    return found.sort((one, two) => (one.timestamp < two.timestamp ? 1 : -1));
  }

  // A file under another name than its session's was put there by somebody.
  function readQuietly(path: string, name: string): Checkpoint[] {
    try {
      const one = readOne(path);
      return typeof one === "string" || toName(one.session_id) !== name ? [] : [one];
    } catch {
      return [];
    }
  }

  return {
    toPath,
    list: () => guard(list),
    read: (sessionId) => {
      const path = toPath(sessionId);
      return guard(() => {
        checkFolder(folder);
        const one = ifThere(() => readOne(path));
        if (one === "newer") throw failed(`${path} was written by a newer version of the bridge`);
        if (one === "damaged") throw failed(`${path} is not a checkpoint, or is damaged`);
        return one;
      });
    },
    write: (checkpoint) => {
      const name = toName(checkpoint.session_id);
      guard(() => {
        makeFolder(folder);
        putFile(`${JSON.stringify(checkpoint, null, 2)}\n`, { folder, name, mode: 0o600, replaces: true });
        for (const { session_id: old } of list().slice(MOST_CHECKPOINTS)) removeQuietly(toPath(old));
      });
    },
  };
}

function toName(sessionId: string): string {
  if (SESSION_ID.test(sessionId)) return `${sessionId}${SUFFIX}`;
  throw new BridgeError(
    "INVALID_ARGUMENT",
    `The session id ${JSON.stringify(sessionId.slice(0, 60))} cannot be the name of a file.`,
    {
      nextStep: "Use 1 to 100 letters, digits, dots, dashes, underscores or spaces, beginning with a letter or digit.",
    },
  );
}

// A link in its place could lead anywhere: a cloned project can bring one.
function checkFolder(folder: string): void {
  const stat = lstatSync(folder, { throwIfNoEntry: false });
  if (stat !== undefined && !stat.isDirectory()) throw failed(`${folder} is no folder, or a link`);
}

function makeFolder(folder: string): void {
  checkFolder(folder);
  if (lstatSync(folder, { throwIfNoEntry: false }) !== undefined) return;
  mkdirSync(folder, { mode: 0o700 });
  putFile("*\n", { folder, name: ".gitignore", mode: 0o600, replaces: true });
}

function guard<Result>(act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    if (error instanceof BridgeError) throw error;
    const reason = error instanceof PathTakenError ? `the file ${error.message}` : String(error);
    throw failed(reason, error);
  }
}

function failed(reason: string, cause?: unknown): BridgeError {
  return new BridgeError("CHECKPOINT_FAILED", `The checkpoints of this project cannot be used: ${reason}.`, { cause });
}
