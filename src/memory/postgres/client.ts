// The only file that knows the package behind the team's store: connections to a PostgreSQL server, and what they fail with.
import pg from "pg";

/** A row by the names of its columns. */
export type PgRow = Readonly<Record<string, unknown>>;
/** A value of a parameter. */
export type PgValue = string | number | readonly string[] | readonly number[] | null;
/** Runs a statement and gives its rows. Throws a PgError. */
export type Query = (sql: string, params?: readonly PgValue[]) => Promise<PgRow[]>;

/** A server, reached with the first use. Every method throws a PgError. */
export interface PgClient {
  /** Runs `work` on one connection, without a transaction around it. */
  use<Result>(work: (query: Query) => Promise<Result>): Promise<Result>;
  /** The same in a transaction: whole or not at all. */
  transact<Result>(work: (query: Query) => Promise<Result>): Promise<Result>;
  /** Calls `onNote` with each notification on a channel, and `onEnd` when no more will come. Resolves with the way to end it. */
  listen(channel: string, onNote: () => void, onEnd: () => void): Promise<() => void>;
  close(): Promise<void>;
}

/** Why the server did not do it, as far as it matters here. */
export type PgFault = "away" | "busy" | "database" | "denied" | "full" | "login" | "other" | "read-only" | "tls";

/** What this file throws. The message of its cause may quote SQL or texts, and is for the log alone. */
export class PgError extends Error {
  readonly fault: PgFault;
  /** PostgreSQL's code of the error, or the system's. */
  readonly code: string;
  /** There was a connection: it was lost, or the server said no on it. */
  readonly wasConnected: boolean;

  constructor(fault: PgFault, code: string, wasConnected: boolean, cause: unknown) {
    super(`PostgreSQL failed (${fault}, ${code})`, { cause });
    this.name = "PgError";
    this.fault = fault;
    this.code = code;
    this.wasConnected = wasConnected;
  }
}

/** Ms within which a connection must be there. */
const CONNECT_MS = 3_000;
/** Ms within which the server must answer. */
const ANSWER_MS = 20_000;
/** Ms after which the server gives a statement up: before the bridge does, so that its answer says what has become of it. */
const STATEMENT_MS = 15_000;
const IDLE_MS = 30_000;
const MOST_CONNECTIONS = 4;

/** Makes access to the server of a URL; nothing is connected before the first use. */
export function createPgClient(url: string): PgClient {
  const config = {
    connectionString: url,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: ANSWER_MS,
    keepAlive: true,
    application_name: "codex-bridge",
  };
  let pool: pg.Pool | undefined;

  function open(): pg.Pool {
    if (pool !== undefined) return pool;
    const opened = new pg.Pool({ ...config, max: MOST_CONNECTIONS, idleTimeoutMillis: IDLE_MS, allowExitOnIdle: true });
    // A connection that breaks while nobody waits for it: whoever uses it next is told.
    opened.on("error", () => undefined).on("connect", (client) => client.on("error", () => undefined));
    pool = opened;
    return opened;
  }

  async function useNow<Result>(work: (query: Query) => Promise<Result>): Promise<Result> {
    const client = await tell(() => open().connect());
    try {
      const result = await work(toQuery(client));
      client.release();
      return result;
    } catch (error) {
      // It may still be in the middle of something.
      client.release(true);
      throw error;
    }
  }

  // The package's own queue would count the wait for a free connection as one for the server.
  let running = 0;
  const waiting: (() => void)[] = [];
  async function use<Result>(work: (query: Query) => Promise<Result>): Promise<Result> {
    if (running < MOST_CONNECTIONS) running += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await useNow(work);
    } finally {
      // Whoever waits takes this one's place.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  }

  return {
    use,
    transact: (work) =>
      use(async (query) => {
        await query("BEGIN");
        await query(`SET LOCAL statement_timeout = ${STATEMENT_MS}`);
        const result = await work(query);
        await query("COMMIT");
        return result;
      }),
    listen: async (channel, onNote, onEnd) => {
      const client = await tell(async () => new pg.Client(config));
      client.on("error", () => undefined);
      client.on("end", onEnd);
      client.on("notification", onNote);
      try {
        await tell(() => client.connect());
        await tell(() => client.query(`LISTEN ${channel}`));
      } catch (error) {
        void client.end().catch(() => undefined);
        throw error;
      }
      return () => void client.end().catch(() => undefined);
    },
    close: async () => {
      const closing = pool;
      pool = undefined;
      await closing?.end();
    },
  };
}

function toQuery(client: pg.PoolClient): Query {
  return async (sql, params = []) => (await tell(() => client.query(sql, params.map(toSendable)), true)).rows;
}

// PostgreSQL keeps no NUL in a text.
function toSendable(value: PgValue): PgValue {
  if (typeof value === "string") return value.replaceAll("\0", "\u{fffd}");
  return value;
}

async function tell<Result>(run: () => Promise<Result>, isConnected = false): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    throw new PgError(findFault(error, code), code, isConnected, error);
  }
}

/** Beginnings of PostgreSQL's codes (its appendix A), and of the system's. */
const FAULTS: readonly (readonly [RegExp, PgFault])[] = [
  [/^(?:08|57P0[123]|53300|57P05|E(?:CONN|HOST|NET|TIMEDOUT|PIPE|AI_|NOTFOUND|NOENT))/, "away"],
  [/^(?:55P03|40P01|40001|57014)/, "busy"],
  [/^28/, "login"],
  [/^3D000/, "database"],
  [/^42501/, "denied"],
  [/^53100/, "full"],
  [/^25006/, "read-only"],
  [/^(?:CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|ERR_TLS)/, "tls"],
];

/** What `pg` says without a code. */
const WORDS: readonly (readonly [RegExp, PgFault])[] = [
  [/timeout|terminated|not queryable|closed|ended/i, "away"],
  [/does not support SSL|SSL/, "tls"],
  [/password|SASL/, "login"],
];

function findFault(error: unknown, code: string): PgFault {
  // A file of certificates that the URL names.
  if (error instanceof Error && "syscall" in error && error.syscall === "open") return "tls";
  const known = FAULTS.find(([pattern]) => pattern.test(code));
  if (known !== undefined) return known[1];
  // Of several addresses none answered.
  if (error instanceof AggregateError) return "away";
  const message = error instanceof Error && code === "" ? error.message : "";
  return WORDS.find(([pattern]) => pattern.test(message))?.[1] ?? "other";
}
