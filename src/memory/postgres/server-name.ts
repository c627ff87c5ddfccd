// What a server is called, without its password.
import { findAddress } from "./client.ts";

const USUAL_PORT = 5432;

/** A server as it may be shown: host, port and database that a URL leads to. */
export function toShownServer(url: string): string {
  const address = findAddress(url);
  if (address === undefined) return "the server of BRIDGE_MEMORY_URL";
  const { host, port, database } = address;
  return `${host}${port === USUAL_PORT ? "" : `:${port}`}/${database}`;
}

/**
 * Tells one team's memory from another: server, database and role that a URL leads to in this environment, since entries of a user belong to the
 * role.
 */
export function toTeamKey(url: string): string {
  const { host = "", port = 0, user = "", database = "" } = findAddress(url) ?? {};
  return `${encodeURIComponent(user)}@${encodeURIComponent(host)}:${port}/${encodeURIComponent(database)}`;
}
