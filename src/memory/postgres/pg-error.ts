// What the client of a PostgreSQL server fails with.

/** Why the server did not do it, as far as it matters here. */
export type PgFault =
  | "away"
  | "busy"
  | "database"
  | "denied"
  | "full"
  | "gone"
  | "login"
  | "other"
  | "read-only"
  | "refused"
  | "tls";

/** What the client throws. The message of its cause may quote SQL or texts, and is for the log alone. */
export class PgError extends Error {
  readonly fault: PgFault;
  /** PostgreSQL's code of the error, or the system's. */
  readonly code: string;
  /** A connection was lost on which the server had answered before: on another one the same may work. */
  readonly isLost: boolean;

  constructor(fault: PgFault, code: string, isLost: boolean, cause: unknown) {
    super(`PostgreSQL failed (${fault}, ${code})`, { cause });
    this.name = "PgError";
    this.fault = fault;
    this.code = code;
    this.isLost = isLost;
  }
}

/** The error for what `pg` has thrown, on a connection that was there already (`isConnected`) or while one was made. */
export function toPgError(error: unknown, isConnected: boolean): PgError {
  if (error instanceof PgError) return error;
  const isLate = error instanceof Error && LATE.test(error.message);
  const code = isLate ? "ETIMEDOUT" : error instanceof Error && "code" in error ? String(error.code) : "";
  // After a wait for nothing, another wait is not worth it.
  return new PgError(findFault(error, code), code, isConnected && !isLate, error);
}

/** What `pg` says when a limit of the client is over. */
const LATE = /^(?:Query read timeout|timeout expired|timeout exceeded|Connection terminated due to connection timeout)/;

/** Beginnings of PostgreSQL's codes (its appendix A), and of the system's. */
const FAULTS: readonly (readonly [RegExp, PgFault])[] = [
  [/^(?:08|57P0[123]|53300|57P05|25P0[34]|E(?:CONN|HOST|NET|TIMEDOUT|PIPE|AI_|NOTFOUND|NOENT))/, "away"],
  [/^(?:55P03|40P01|40001|57014)/, "busy"],
  [/^28/, "login"],
  [/^3D000/, "database"],
  // The tables have been removed or replaced under this bridge.
  [/^(?:42P01|3F000|42703)/, "gone"],
  [/^42501/, "denied"],
  [/^53100/, "full"],
  [/^25006/, "read-only"],
  // It says no to these values, and may take others: a data exception, a constraint, a limit of an index, a trigger of the database's owner.
  [/^(?:22|23|44|54|P0)/, "refused"],
  // Of Node, of OpenSSL, and of certificates by the names that Node gives them.
  [
    /^(?:CERT_|CRL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|INVALID_|HOSTNAME_MISMATCH|ERR_TLS|ERR_SSL|ERR_OSSL|EPROTO)/,
    "tls",
  ],
];

/** What `pg` says without a code. */
const WORDS: readonly (readonly [RegExp, PgFault])[] = [
  [/terminated|not queryable|closed|ended/i, "away"],
  [/does not support SSL|SSL|PEM|certificate/, "tls"],
  [/password|SASL/, "login"],
];

function findFault(error: unknown, code: string): PgFault {
  // A file of certificates that the URL names.
  if (code === "EISDIR" || (error instanceof Error && "syscall" in error && error.syscall === "open")) return "tls";
  const known = FAULTS.find(([pattern]) => pattern.test(code));
  if (known !== undefined) return known[1];
  // Of several addresses none answered.
  if (error instanceof AggregateError) return "away";
  const message = error instanceof Error && code === "" ? error.message : "";
  return WORDS.find(([pattern]) => pattern.test(message))?.[1] ?? "other";
}
