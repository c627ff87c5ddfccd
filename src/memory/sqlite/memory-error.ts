// Why the local store cannot be used, and what to do. No SQL in it, and nothing of what is stored.
import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { BridgeError } from "../../domain/errors.ts";
import { findMachineLimit } from "../../domain/machine-limits.ts";
import { toShellWords } from "../../domain/shell-words.ts";
import { toOwnerHint } from "../../files/owner-hint.ts";
import { toFileErrorCode } from "../../state/private-files.ts";
import { EngineError, NoEngineError } from "./engine.ts";

/** The file has a schema of a newer bridge. */
export class NewerFileError extends Error {
  readonly version: number;

  constructor(version: number) {
    super(`the schema is ${version}`);
    this.version = version;
  }
}
/** The file is a database of something else. */
export class ForeignFileError extends Error {}
/** The folder is on a network file system. */
export class NetworkFolderError extends Error {}
/** SQLite cannot keep its log beside the file. */
export class NoLogError extends Error {}

/** The package that brings SQLite where Node has none. */
const PACKAGE = "libsql@0.5.29";
const MOVE_STATE = "Ask the user to set BRIDGE_STATE_DIR to a folder on a disk of this machine that can be written.";

/** The error that a caller is told for whatever the store at `path` has thrown. */
export function toMemoryError(error: unknown, path: string): unknown {
  if (error instanceof BridgeError) return error;
  const tell = (message: string, nextStep: string): BridgeError =>
    new BridgeError("MEMORY_UNAVAILABLE", message, { nextStep, cause: error });
  if (error instanceof NoEngineError) {
    return tell(
      `The memory needs SQLite, and none can be loaded (${error.reasons.join("; ")}).`,
      `Ask the user to run the bridge with Node 22.13 or newer, or to install ${PACKAGE} beside it: \`npm install -g codex-bridge\` does. Everything but the memory works without.`,
    );
  }
  if (error instanceof NewerFileError) {
    return tell(
      `The memory ${path} was written by a newer codex-bridge (schema ${error.version}), and this one leaves it alone.`,
      "Ask the user to update codex-bridge.",
    );
  }
  if (error instanceof ForeignFileError) {
    return tell(`${path} is a database of another program.`, "Ask the user to move it away.");
  }
  if (error instanceof NetworkFolderError) {
    return tell(
      `The memory ${path} would lie on a network file system (${error.message}), where SQLite loses data.`,
      MOVE_STATE,
    );
  }
  if (error instanceof NoLogError) {
    return tell(`SQLite cannot keep its log (WAL) in ${dirname(path)}; it may be a network file system.`, MOVE_STATE);
  }
  return error instanceof EngineError ? explainEngine(error, path) : explainFiles(error, path, tell);
}

function explainEngine(error: EngineError, path: string): unknown {
  const tell = (message: string, nextStep: string): BridgeError =>
    new BridgeError("MEMORY_UNAVAILABLE", message, { nextStep, cause: error });
  if (error.fault === "full" || isFull(path)) {
    const message = `Nothing was stored: the disk with ${path} is full.`;
    return new BridgeError("MACHINE_LIMIT", message, {
      nextStep: "Ask the user to free space there, then call again. What was stored before is safe.",
      cause: error,
    });
  }
  switch (error.fault) {
    case "busy":
      return new BridgeError("MEMORY_BUSY", "Another process kept the memory locked for too long.", { cause: error });
    case "corrupt":
      return tell(
        `The memory ${path} is damaged.`,
        `Ask the user to move it away (\`${toShellWords(["mv", path, `${path}.damaged`])}\`, and the files beside it that end in -wal and -shm), and to import the last export with \`codex-bridge memory import FOLDER\`. The next call begins a new one.`,
      );
    case "cannot open":
    case "read-only":
      return tell(`The memory ${path} cannot be written${toOwnerHint(path)}.`, MOVE_STATE);
    default:
      return error;
  }
}

function explainFiles(error: unknown, path: string, tell: (message: string, nextStep: string) => BridgeError): unknown {
  const code = toFileErrorCode(error);
  if (typeof code !== "string" || findMachineLimit(error) !== undefined) return error;
  return tell(`The memory ${path} cannot be made or read: ${code}${toOwnerHint(dirname(path))}.`, MOVE_STATE);
}

// Where the log's index cannot grow, SQLite only speaks of an input/output error.
function isFull(path: string): boolean {
  try {
    return statfsSync(dirname(path)).bavail === 0;
  } catch {
    return false;
  }
}
