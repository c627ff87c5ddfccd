// The checkpoints of a project: one file for each session, in a folder of the project that git does not take up.
import { lstatSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { BridgeError, toBridgeError } from "../domain/errors.ts";
import { findMachineLimit } from "../domain/machine-limits.ts";
import { findKind, PathTakenError, putFile } from "../files/put-file.ts";
import { resolveRealPath } from "../files/real-path.ts";
import { readSmallText } from "../files/small-file.ts";
import { ifThere, parseRecord } from "../state/json-folder.ts";
import { removeQuietly, toFileErrorCode } from "../state/private-files.ts";
import { CHECKPOINT_VERSION, type Checkpoint, CheckpointSchema, type StoredCheckpoint } from "./checkpoint.ts";
import { createSeals } from "./seal.ts";

/** The folder's name in a project. */
export const CHECKPOINT_FOLDER = ".claude-context";

/** Access to the checkpoints of one project. */
export interface CheckpointFiles {
  /** Absolute path of a session's file. */
  toPath(sessionId: string): string;
  /**
   * Writes one, atomically, and removes the oldest own ones beyond the limit. Throws INVALID_ARGUMENT, MACHINE_LIMIT and CHECKPOINT_FAILED, also
   * where a newer bridge has written the session's file.
   */
  write(checkpoint: Checkpoint): void;
  /** The one of a session; undefined if there is none. Throws INVALID_ARGUMENT, CHECKPOINT_FAILED. */
  read(sessionId: string): StoredCheckpoint | undefined;
  /** All that can be read: own ones first, of these and of the others the newest first. Throws CHECKPOINT_FAILED. */
  list(): StoredCheckpoint[];
}

/** A session's id is the name of a file: no separator, no hidden file, nothing that leads elsewhere. */
const SESSION_ID = /^[\p{L}\p{N}][\p{L}\p{N}._ -]{0,99}$/u;
const SUFFIX = ".json";
/** Most file systems take names of 255 bytes. */
const MOST_NAME_BYTES = 255;
/** A project keeps this many. */
export const MOST_CHECKPOINTS = 50;
const MAX_BYTES = 4_194_304;
/** What a list reads: somebody else may have put any number of files into the folder. */
const MOST_READ = { files: 200, bytes: 67_108_864 };
const SHAPE = { schema: CheckpointSchema, version: CHECKPOINT_VERSION };

/** Creates access below `project`, a directory, for bridges with this state folder; nothing is created on disk before the first write. */
export function createCheckpointFiles(project: string, stateDir: string): CheckpointFiles {
  const folder = join(resolveRealPath(project), CHECKPOINT_FOLDER);
  const seals = createSeals(stateDir);
  const toPath = (sessionId: string): string => join(folder, toName(sessionId));

  // A file under another name than its session's was put there by somebody.
  function readOne(name: string): StoredCheckpoint | "newer" | "damaged" {
    const text = readSmallText(join(folder, name), MAX_BYTES, { follows: false });
    const parsed = parseRecord(text, SHAPE);
    if (parsed.kind !== "record") return parsed.kind;
    return `${parsed.value.session_id}${SUFFIX}` === name ? { ...parsed.value, own: seals.isSealed(text) } : "damaged";
  }

  function list(): StoredCheckpoint[] {
    checkFolder(folder);
    const names = ifThere(() => readdirSync(folder)) ?? [];
    const found = pickNewest(folder, names.filter(isName)).flatMap(readQuietly);
    return found.sort(compare);
  }

  function readQuietly(name: string): StoredCheckpoint[] {
    try {
      const one = readOne(name);
      return typeof one === "string" ? [] : [one];
    } catch {
      return [];
    }
  }

  // Where the case of a name does not count, as on macOS, two sessions would share one file, and the second would replace the first.
  function checkNamesake(name: string, sessionId: string): void {
    const text = readQuietText(name);
    const parsed = text === undefined ? undefined : parseRecord(text, SHAPE);
    if (text === undefined || parsed?.kind !== "record" || !seals.isSealed(text)) return;
    const other = parsed.value.session_id;
    if (other === sessionId || fold(other) !== fold(sessionId)) return;
    throw new BridgeError(
      "CHECKPOINT_FAILED",
      `The checkpoint of ${JSON.stringify(other)} has the same file as one of ${JSON.stringify(sessionId)} would have here.`,
      { nextStep: "Save under an id that differs in more than the case of its letters. Nothing was changed." },
    );
  }

  function readQuietText(name: string): string | undefined {
    try {
      return readSmallText(join(folder, name), MAX_BYTES, { follows: false });
    } catch {
      // What is no file of ours is replaced, or the write says what is wrong.
      return undefined;
    }
  }

  return {
    toPath,
    list: () => guard(list),
    read: (sessionId) => {
      const name = toName(sessionId);
      return guard(() => {
        checkFolder(folder);
        const one = ifThere(() => readOne(name));
        if (one === "newer") throw toNewer(join(folder, name));
        if (one === "damaged") throw failed(`${join(folder, name)} is not the checkpoint of its name, or is damaged`);
        return one;
      });
    },
    write: (checkpoint) => {
      const name = toName(checkpoint.session_id);
      guard(() => {
        makeFolder(folder);
        if (isNewer(() => readOne(name))) throw toNewer(join(folder, name));
        checkNamesake(name, checkpoint.session_id);
        const own = list().filter((one) => one.own);
        const order = 1 + Math.max(0, ...own.map((one) => one.order ?? 0));
        const text = `${JSON.stringify(seals.seal({ ...checkpoint, order }), null, 2)}\n`;
        if (Buffer.byteLength(text) > MAX_BYTES) throw toTooLarge();
        putFile(text, { folder, name, mode: 0o600, replaces: true });
        const others = own.filter((one) => one.session_id !== checkpoint.session_id);
        for (const one of others.slice(MOST_CHECKPOINTS - 1)) removeQuietly(toPath(one.session_id));
      });
    },
  };
}

function fold(sessionId: string): string {
  return sessionId.normalize("NFC").toLowerCase();
}

function isNewer(read: () => unknown): boolean {
  try {
    return read() === "newer";
  } catch {
    return false;
  }
}

function compare(one: StoredCheckpoint, other: StoredCheckpoint): number {
  if (one.own !== other.own) return one.own ? -1 : 1;
  const orders = one.own ? (other.order ?? 0) - (one.order ?? 0) : 0;
  return orders || (one.timestamp < other.timestamp ? 1 : -1);
}

// Those last written, as many as are read at most.
function pickNewest(folder: string, names: readonly string[]): string[] {
  const found = names.flatMap((name) => {
    const stat = lstatSync(join(folder, name), { throwIfNoEntry: false });
    return stat?.isFile() === true ? [{ name, size: stat.size, at: stat.mtimeMs }] : [];
  });
  let left = MOST_READ.bytes;
  return found
    .sort((one, other) => other.at - one.at)
    .slice(0, MOST_READ.files)
    .filter(({ size }) => {
      left -= size;
      return left >= 0;
    })
    .map(({ name }) => name);
}

const isId = (text: string): boolean =>
  SESSION_ID.test(text) && Buffer.byteLength(`${text}${SUFFIX}`) <= MOST_NAME_BYTES;
const isName = (name: string): boolean => name.endsWith(SUFFIX) && isId(name.slice(0, -SUFFIX.length));

function toName(sessionId: string): string {
  if (isId(sessionId)) return `${sessionId}${SUFFIX}`;
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
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (toFileErrorCode(error) !== "EEXIST") throw error;
    checkFolder(folder);
  }
  keepFromGit(folder);
}

// Also in a folder that a cloned project has brought. Whoever wants git to take the files changes this one, and it stays as it is.
function keepFromGit(folder: string): void {
  if (findKind(join(folder, ".gitignore")) !== undefined) return;
  try {
    putFile("*\n", { folder, name: ".gitignore", mode: 0o600, replaces: false });
  } catch (error) {
    if (!(error instanceof PathTakenError)) throw error;
  }
}

function guard<Result>(act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    if (error instanceof BridgeError) throw error;
    if (findMachineLimit(error) !== undefined) throw toBridgeError(error);
    const reason = error instanceof PathTakenError ? `the file ${error.message}` : String(error);
    throw failed(reason, error);
  }
}

function toNewer(path: string): BridgeError {
  return new BridgeError(
    "CHECKPOINT_FAILED",
    `${path} was written by a newer codex-bridge, and this one leaves it alone.`,
    {
      nextStep: "Ask the user to update codex-bridge, or save under another session id.",
    },
  );
}

function toTooLarge(): BridgeError {
  return new BridgeError("INVALID_ARGUMENT", `A checkpoint has at most ${MAX_BYTES} bytes.`, {
    nextStep: "Say it in fewer words, and name the files that hold the rest.",
  });
}

function failed(reason: string, cause?: unknown): BridgeError {
  return new BridgeError("CHECKPOINT_FAILED", `The checkpoints of this project cannot be used: ${reason}.`, { cause });
}
