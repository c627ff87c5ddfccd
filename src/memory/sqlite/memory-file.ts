// The file of the local store: made for this user alone, opened, brought to this bridge's schema, and locked while it is written.
import { chmodSync, closeSync, openSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { UnreadableFileError } from "../../files/small-file.ts";
import { makePrivateFolder, toFileErrorCode } from "../../state/private-files.ts";
import { type Database, type Engine, EngineError, loadEngine } from "./engine.ts";
import { ForeignFileError, NetworkFolderError, NewerFileError, NoLogError } from "./memory-error.ts";
import { findNetworkFileSystem } from "./network-folder.ts";
import { migrate, readVersion, SCHEMA_VERSION } from "./schema.ts";

/** The file, opened with the first use. Its methods throw what the engine and the file system throw, and the errors of `memory-error.ts`. */
export interface MemoryFile {
  /** Reads. `work` does not wait for anything. */
  read<Result>(work: (database: Database) => Result): Promise<Result>;
  /** Changes the file: whole or not at all, and it is on disk afterwards. `work` does not wait for anything, and may be run again. */
  write<Result>(work: (database: Database) => Result): Promise<Result>;
  close(): void;
}

/** Options of createMemoryFile. */
export interface MemoryFileOptions {
  readonly path: string;
  /** Ms for which a lock of another process is waited for. */
  readonly lockMs?: number | undefined;
  /** Loads the engine. */
  readonly load?: (() => Engine) | undefined;
  readonly findNetwork?: typeof findNetworkFileSystem | undefined;
}

/** SQLite waits this long by itself, and nothing else can happen meanwhile. */
const BLOCKING_MS = 20;
const LOCK_MS = 10_000;
/** Between two attempts at a lock; drawn, so that several processes do not try at the same moments. */
const PAUSE_MS = 15;

/** Makes access to the file; nothing is opened or made before the first use. A use that fails leaves nothing open, so that the next one tries again. */
export function createMemoryFile(options: MemoryFileOptions): MemoryFile {
  const { path, lockMs = LOCK_MS } = options;
  let opened: { readonly database: Database; readonly inode: number } | undefined;

  function close(): void {
    const { database } = opened ?? {};
    opened = undefined;
    if (database === undefined) return;
    emptyLog(database);
    database.close();
  }

  // What is written to a file that somebody has moved away would be lost to the others.
  function open(): Database {
    if (opened !== undefined && opened.inode !== statSync(path, { throwIfNoEntry: false })?.ino) close();
    if (opened !== undefined) return opened.database;
    const database = openFile(options);
    opened = { database, inode: statSync(path).ino };
    return database;
  }

  async function attempt<Result>(work: (database: Database) => Result): Promise<Result> {
    // No clock that can be set back.
    const end = performance.now() + lockMs;
    for (;;) {
      try {
        return work(open());
      } catch (error) {
        if (!isBusy(error) || performance.now() >= end) throw error;
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * (0.5 + Math.random())));
      }
    }
  }

  return {
    read: attempt,
    write: (work) => attempt((database) => inTransaction(database, () => work(database))),
    close,
  };
}

function isBusy(error: unknown): boolean {
  return error instanceof EngineError && error.fault === "busy";
}

function inTransaction<Result>(database: Database, work: () => Result): Result {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    rollBack(database);
    throw error;
  }
}

// SQLite has already done it by itself after some errors, such as a full disk.
function rollBack(database: Database): void {
  try {
    database.exec("ROLLBACK");
  } catch {
    // There was nothing left to roll back.
  }
}

// libsql keeps a closed file open until its statements are collected, so that SQLite does not do this itself.
function emptyLog(database: Database): void {
  try {
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  } catch {
    // Another process reads the log, or the disk is full: it stays, and the next one reads it.
  }
}

function openFile({ path, load = loadEngine, findNetwork = findNetworkFileSystem }: MemoryFileOptions): Database {
  const engine = load();
  makePrivateFolder(dirname(path));
  const network = findNetwork(dirname(path));
  if (network !== undefined) throw new NetworkFolderError(network);
  checkKind(path);
  makePrivateFile(path);
  const database = engine.open(path, BLOCKING_MS);
  try {
    setUp(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function setUp(database: Database): void {
  // Before anything is written.
  const version = readVersion(database);
  if (version > SCHEMA_VERSION) throw new NewerFileError(version);
  if (version === 0 && Number(database.all("SELECT count(*) AS tables FROM sqlite_master")[0]?.["tables"]) > 0) {
    throw new ForeignFileError();
  }
  const [mode] = database.all("PRAGMA journal_mode = WAL");
  if (mode?.["journal_mode"] !== "wal") throw new NoLogError();
  // Each commit reaches the disk: what was acknowledged outlives a loss of power too.
  database.exec("PRAGMA synchronous = FULL");
  if (version < SCHEMA_VERSION) inTransaction(database, () => migrate(database));
}

// To open a FIFO blocks the whole process, and a device is read for ever.
function checkKind(path: string): void {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined || stat.isFile() || stat.isDirectory()) return;
  throw new UnreadableFileError("ENOTREG", `${path} is not a regular file`);
}

// SQLite gives its further files the mode of this one. A store that can only be read is left to the engine.
function makePrivateFile(path: string): void {
  try {
    closeSync(openSync(path, "a", 0o600));
    if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
  } catch (error) {
    const code = toFileErrorCode(error);
    if (
      (code !== "EACCES" && code !== "EROFS" && code !== "EPERM") ||
      statSync(path, { throwIfNoEntry: false }) === undefined
    ) {
      throw error;
    }
  }
}
