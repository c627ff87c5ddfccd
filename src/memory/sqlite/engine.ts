// The only file that knows the packages behind the local store: libsql, or the SQLite that newer Nodes have themselves. Both read the same files.
import { createRequire } from "node:module";

/** A value that is stored. */
export type SqlValue = string | number | Uint8Array | null;
/** A row by the names of its columns. */
export type SqlRow = Readonly<Record<string, unknown>>;

/** The bytes of a BLOB in a row: libsql gives an ArrayBuffer, node:sqlite a Uint8Array. Undefined for another value. */
export function readBytes(value: unknown): Uint8Array | undefined {
  return value instanceof ArrayBuffer ? new Uint8Array(value) : value instanceof Uint8Array ? value : undefined;
}

/** An open database. Every method throws an EngineError. */
export interface Database {
  /** Runs statements without parameters. */
  exec(sql: string): void;
  /** All rows of a statement, which is kept ready. Also for statements that only change something. */
  all(sql: string, params?: readonly SqlValue[]): SqlRow[];
  close(): void;
}

/** An engine that is loaded. */
export interface Engine {
  readonly name: string;
  /** Opens a file, which it makes where there is none. Waits up to `busyMs` for locks, without giving way. */
  open(path: string, busyMs: number): Database;
}

/** Why a statement failed, as far as it matters here. */
export type EngineFault = "busy" | "cannot open" | "corrupt" | "full" | "other" | "read-only";

/** What an engine throws. Its message may quote SQL, and is for the log alone. */
export class EngineError extends Error {
  readonly fault: EngineFault;

  constructor(fault: EngineFault, cause: unknown) {
    super(`the database failed (${fault})`, { cause });
    this.name = "EngineError";
    this.fault = fault;
  }
}

/** No engine can be loaded; `reasons` say why, one for each. */
export class NoEngineError extends Error {
  readonly reasons: readonly string[];

  constructor(reasons: readonly string[]) {
    super(reasons.join("; "));
    this.name = "NoEngineError";
    this.reasons = reasons;
  }
}

/** The engines, in the order in which they are tried. */
export const ENGINES: Readonly<Record<string, () => Engine>> = { libsql: loadLibsql, "node:sqlite": loadNodeSqlite };

/** Loads the first engine that is there. Throws NoEngineError. */
export function loadEngine(names: readonly string[] = Object.keys(ENGINES)): Engine {
  const reasons: string[] = [];
  for (const name of names) {
    try {
      const engine = ENGINES[name]?.();
      if (engine !== undefined) return engine;
    } catch (error) {
      reasons.push(`${name}: ${error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error)}`);
    }
  }
  throw new NoEngineError(reasons);
}

/** What both packages have of better-sqlite3. */
interface RawDatabase {
  exec(sql: string): unknown;
  prepare(sql: string): { all(...params: unknown[]): unknown };
  close(): unknown;
}

// Not `import`: the bundle must not contain it, and a copy of the bridge without packages must not fail for it.
function loadLibsql(): Engine {
  const Libsql: new (path: string, options: { timeout: number }) => RawDatabase = createRequire(import.meta.url)(
    "libsql",
  );
  // Its statements take parameters as one list: a lone `null` would be taken for such a list.
  return toEngine(
    "libsql",
    (path, timeout) => new Libsql(path, { timeout }),
    (params) => [params],
  );
}

function loadNodeSqlite(): Engine {
  const sqlite: unknown = withoutWarning(() => process.getBuiltinModule?.("node:sqlite"));
  if (!isNodeSqlite(sqlite))
    throw new Error(`Node ${process.versions.node} has no SQLite of its own (22.13 is the first)`);
  const { DatabaseSync } = sqlite;
  return toEngine(
    "node:sqlite",
    (path, timeout) => new DatabaseSync(path, { timeout }),
    (params) => params,
  );
}

function isNodeSqlite(
  module: unknown,
): module is { DatabaseSync: new (path: string, options: { timeout: number }) => RawDatabase } {
  return typeof module === "object" && module !== null && "DatabaseSync" in module;
}

// Node says with the first use that this module is experimental, on standard error.
function withoutWarning<Loaded>(load: () => Loaded): Loaded {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    return load();
  } finally {
    process.emitWarning = emitWarning;
  }
}

function toEngine(
  name: string,
  openRaw: (path: string, timeout: number) => RawDatabase,
  toArguments: (params: readonly SqlValue[]) => readonly unknown[],
): Engine {
  return {
    name,
    open: (path, busyMs) => {
      const raw = tell(() => openRaw(path, busyMs));
      const ready = new Map<string, ReturnType<RawDatabase["prepare"]>>();
      const prepare = (sql: string): ReturnType<RawDatabase["prepare"]> => {
        const known = ready.get(sql) ?? raw.prepare(sql);
        ready.set(sql, known);
        return known;
      };
      return {
        exec: (sql) => tell(() => void raw.exec(sql)),
        all: (sql, params = []) => tell(() => toRows(prepare(sql).all(...toArguments(params)))),
        close: () => tell(() => void raw.close()),
      };
    },
  };
}

function toRows(rows: unknown): SqlRow[] {
  return Array.isArray(rows) ? rows : [];
}

function tell<Result>(act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    throw new EngineError(findFault(error), error);
  }
}

/** SQLite's result codes, by number and by name. */
const FAULTS: readonly (readonly [number, string, EngineFault])[] = [
  [5, "BUSY", "busy"],
  [6, "LOCKED", "busy"],
  [8, "READONLY", "read-only"],
  [11, "CORRUPT", "corrupt"],
  [13, "FULL", "full"],
  [14, "CANTOPEN", "cannot open"],
  [26, "NOTADB", "corrupt"],
];

// libsql gives a name, a failed opening only a number at the end of its message; node:sqlite gives the extended number.
function findFault(error: unknown): EngineFault {
  if (!(error instanceof Error)) return "other";
  const name = "code" in error ? String(error.code) : "";
  const told = "errcode" in error ? error.errcode : "rawCode" in error ? error.rawCode : undefined;
  const number = typeof told === "number" ? told & 0xff : Number(/: (\d+)"?\)?$/.exec(error.message)?.[1]);
  return FAULTS.find(([code, word]) => code === number || name.startsWith(`SQLITE_${word}`))?.[2] ?? "other";
}
