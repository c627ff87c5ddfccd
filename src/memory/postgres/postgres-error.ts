// Why the team's store cannot be used, and what to do. No SQL in it, no password, and nothing of what is stored.
import { BridgeError } from "../../domain/errors.ts";
import { PgError } from "./pg-error.ts";
import { NewerStoreError, UnfitServerError } from "./server-facts.ts";
import { toShownServer } from "./server-name.ts";

/** Whether the server cannot be reached at the moment, or has left in the middle of something. */
export function isAway(error: unknown): boolean {
  if (error instanceof BridgeError) return isAway(error.cause);
  return error instanceof PgError && error.fault === "away";
}

/** Whether the server says no to this entry, and may take others. */
export function isRefused(error: unknown): boolean {
  if (error instanceof BridgeError) return isRefused(error.cause);
  return error instanceof PgError && error.fault === "refused";
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
        "Ask the user to correct the role and the password in BRIDGE_MEMORY_URL, to add `?sslmode=verify-full` where the server takes only TLS, or to correct what its pg_hba.conf allows.",
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
    case "refused":
      return tell(
        `The team memory on ${server} refused the entry (${code}).`,
        "Ask whoever runs the server whether triggers or constraints were added to the tables of codex_bridge; its log says more.",
      );
    case "gone":
    case "other":
      return tell(
        `The team memory on ${server} failed (${code || "no code"}).`,
        "Ask the user to look into the server's log. Go on without the memory meanwhile.",
      );
  }
}
