// Why the team's store cannot be used, and what to do. No SQL in it, no password, and nothing of what is stored.
import { BridgeError } from "../../domain/errors.ts";
import { PgError } from "./client.ts";
import { NewerStoreError, UnfitServerError } from "./server-facts.ts";

/** A server as it may be shown: host, port and database of a URL. */
export function toShownServer(url: string): string {
  try {
    const { hostname, port, pathname, searchParams } = new URL(url);
    const host = hostname || searchParams.get("host") || "localhost";
    return `${host}${port === "" ? "" : `:${port}`}${pathname}`;
  } catch {
    return "the server of BRIDGE_MEMORY_URL";
  }
}

/** Whether the server cannot be reached at the moment, or has left in the middle of something. */
export function isAway(error: unknown): boolean {
  if (error instanceof BridgeError) return isAway(error.cause);
  return error instanceof PgError && error.fault === "away";
}

/** The error that a caller is told for whatever the store of a URL has thrown. */
export function toPostgresError(error: unknown, url: string): unknown {
  const server = toShownServer(url);
  const tell = (message: string, nextStep: string): BridgeError =>
    new BridgeError("MEMORY_UNAVAILABLE", message, { nextStep, cause: error });
  if (error instanceof NewerStoreError) {
    return tell(
      `The team memory on ${server} was written by a newer codex-bridge (schema ${error.version}), and this one leaves it alone.`,
      "Ask the user to update codex-bridge.",
    );
  }
  if (error instanceof UnfitServerError) return tell(`The team memory: ${server} ${error.message}.`, error.nextStep);
  if (!(error instanceof PgError)) return error;
  const { fault, code } = error;
  switch (fault) {
    case "away":
      return tell(
        `The team memory on ${server} cannot be reached${code === "" ? "" : ` (${code})`}.`,
        "Ask the user whether the server runs and BRIDGE_MEMORY_URL names it. Go on without the memory meanwhile.",
      );
    case "busy":
      return new BridgeError("MEMORY_BUSY", `The team memory on ${server} was busy for too long.`, { cause: error });
    case "login":
      return tell(
        `The team memory on ${server} refuses the login (${code || "no password"}).`,
        "Ask the user to correct the role and the password in BRIDGE_MEMORY_URL, or what pg_hba.conf of the server allows.",
      );
    case "database":
      return tell(
        `The team memory: there is no such database (${server}).`,
        "Ask the user to make it (`createdb`), or to correct BRIDGE_MEMORY_URL.",
      );
    case "denied":
      return tell(
        `The team memory on ${server}: the role of BRIDGE_MEMORY_URL may not do what is needed.`,
        "Ask the owner of the database to run `GRANT CREATE ON DATABASE …` for the role before its first use, and `GRANT ALL` on the schema codex_bridge and its tables where another role made them.",
      );
    case "full":
      return new BridgeError("MACHINE_LIMIT", `Nothing was stored: the disk of ${server} is full.`, {
        nextStep: "Ask whoever runs the server to free space there, then call again. What was stored before is safe.",
        cause: error,
      });
    case "read-only":
      return tell(
        `The team memory on ${server} lets nothing be written.`,
        "Ask the user to name the primary server in BRIDGE_MEMORY_URL.",
      );
    case "tls":
      return tell(
        `The team memory on ${server}: no connection over TLS (${code || "the server has none"}).`,
        "Ask the user to correct `sslmode` or `sslrootcert` in BRIDGE_MEMORY_URL.",
      );
    case "other":
      return tell(
        `The team memory on ${server} failed (${code || "no code"}).`,
        "Ask the user to look into the server's log. Go on without the memory meanwhile.",
      );
  }
}
