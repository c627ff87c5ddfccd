// The only file that knows the package behind the team's store: connections to a PostgreSQL server. Whatever the server does, each use of it ends
// within a limit.
import pg from "pg";
import { toPgError } from "./pg-error.ts";

/** A row by the names of its columns. */
export type PgRow = Readonly<Record<string, unknown>>;
/** A value of a parameter. */
export type PgValue = string | number | readonly string[] | readonly number[] | null;
/** Runs a statement and gives its rows. Throws a PgError. */
export type Query = (sql: string, params?: readonly PgValue[]) => Promise<PgRow[]>;

/** A server, reached with the first use. Every method throws a PgError. */
export interface PgClient {
  /** Runs `work` in a transaction: whole or not at all. */
  transact<Result>(work: (query: Query) => Promise<Result>): Promise<Result>;
  /** Calls `onNote` with each notification on a channel, and `onEnd` when no more will come. Resolves with the way to end it. */
  listen(channel: string, onNote: () => void, onEnd: () => void): Promise<() => void>;
  /** Ends all connections, after a moment also those on which something runs. */
  close(): Promise<void>;
}

/** Limits, in ms. */
export interface PgLimits {
  /** Within which a connection must be there. */
  readonly connectMs: number;
  /** Within which all statements of one use must be answered. */
  readonly workMs: number;
}

const LIMITS: PgLimits = { connectMs: 3_000, workMs: 15_000 };
/** Part of it after which the server gives a statement up: before the bridge does, so that its answer says what has become of it. */
const SERVER_PART = 0.8;
const IDLE_MS = 30_000;
/** For what still runs when all is closed. */
const CLOSE_MS = 1_000;
const MOST_CONNECTIONS = 4;

/** Makes access to the server of a URL; nothing is connected before the first use. */
export function createPgClient(url: string, { connectMs, workMs }: PgLimits = LIMITS): PgClient {
  const config = {
    connectionString: toStrictUrl(url),
    connectionTimeoutMillis: connectMs,
    query_timeout: workMs,
    keepAlive: true,
    application_name: "codex-bridge",
  };
  // Nobody who may make functions and operators in another schema of the database gets them run by this role (CVE-2018-1058).
  const begin = `BEGIN; SET LOCAL statement_timeout = ${Math.ceil(workMs * SERVER_PART)}; SET LOCAL search_path = pg_catalog, pg_temp`;
  let pool: pg.Pool | undefined;
  const used = new Set<pg.PoolClient>();

  function open(): pg.Pool {
    if (pool !== undefined) return pool;
    const opened = new pg.Pool({
      ...config,
      max: MOST_CONNECTIONS,
      idleTimeoutMillis: IDLE_MS,
      allowExitOnIdle: true,
    });
    // A connection that breaks while nobody waits for it: whoever uses it next is told.
    opened.on("error", () => undefined).on("connect", (client) => client.on("error", () => undefined));
    pool = opened;
    return opened;
  }

  async function transactNow<Result>(work: (query: Query) => Promise<Result>): Promise<Result> {
    const client = await tell(() => open().connect());
    used.add(client);
    try {
      const query = toQuery(client, performance.now() + workMs);
      await query(begin);
      const result = await work(query);
      await query("COMMIT");
      client.release();
      return result;
    } catch (error) {
      // It may still be in the middle of something.
      client.release(true);
      throw error;
    } finally {
      used.delete(client);
    }
  }

  // The package's own queue would count the wait for a free connection as one for the server.
  let running = 0;
  const waiting = new Set<() => void>();
  async function takePlace(): Promise<void> {
    if (running < MOST_CONNECTIONS) {
      running += 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const enter = (): void => {
        clearTimeout(timer);
        waiting.delete(enter);
        resolve();
      };
      const timer = setTimeout(() => {
        waiting.delete(enter);
        reject(toPgError(new Error("timeout exceeded"), false));
      }, workMs);
      waiting.add(enter);
    });
  }

  async function transact<Result>(work: (query: Query) => Promise<Result>): Promise<Result> {
    await takePlace();
    try {
      return await transactNow(work);
    } finally {
      // Whoever waits takes this one's place.
      const [next] = waiting;
      if (next === undefined) running -= 1;
      else next();
    }
  }

  return {
    transact,
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
      if (closing === undefined) return;
      const timer = setTimeout(() => {
        // In the middle of a statement this cuts the connection.
        for (const client of used) void client.end().catch(() => undefined);
      }, CLOSE_MS);
      await closing.end();
      clearTimeout(timer);
    },
  };
}

/** Where a URL leads, for `pg`: what the URL leaves out may stand in its parameters or in the environment (`PGHOST`). */
export interface PgAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

/** Finds it, as each connection would. Nothing is connected. Undefined where `pg` cannot read the URL: it connects to nothing then. */
export function findAddress(url: string): PgAddress | undefined {
  try {
    // Files of certificates would be read.
    const { host, port, user, database } = new pg.Client(url.replace(/([?&])ssl[a-z]*=[^&#]*/gi, "$1"));
    return { host, port, user: user ?? "", database: database ?? "" };
  } catch {
    return undefined;
  }
}

/**
 * For `pg` 8, `require`, `prefer` and `verify-ca` mean `verify-full`; its next version means to check less, and says so on standard error. The
 * address keeps today's meaning: with TLS, the certificate and its name are checked, unless it says `no-verify` or `uselibpqcompat=true`.
 */
function toStrictUrl(url: string): string {
  if (/[?&]uselibpqcompat=/.test(url)) return url;
  return url.replace(/([?&]sslmode=)(?:prefer|require|verify-ca)(?=&|#|$)/, "$1verify-full");
}

// What is left of the time counts for each statement.
function toQuery(client: pg.PoolClient, end: number): Query {
  return async (text, params = []) => {
    const limit = { query_timeout: Math.max(1, Math.ceil(end - performance.now())) };
    const answer = await tell(
      () => client.query({ text, ...limit, ...(params.length === 0 ? {} : { values: params.map(toSendable) }) }),
      true,
    );
    // Of several statements there are several answers, and nobody wants them.
    return Array.isArray(answer) ? [] : answer.rows;
  };
}

// PostgreSQL keeps no NUL in a text.
function toSendable(value: PgValue): unknown {
  if (typeof value === "string") return value.replaceAll("\0", "\u{fffd}");
  return Array.isArray(value) ? value.map(toSendable) : value;
}

async function tell<Result>(run: () => Promise<Result>, isConnected = false): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    throw toPgError(error, isConnected);
  }
}
