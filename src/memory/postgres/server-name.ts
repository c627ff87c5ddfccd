// What a server is called, without its password.

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

/** Tells one team's memory from another: the role of a URL on its server, since entries of a user belong to the role. */
export function toTeamKey(url: string): string {
  const user = URL.canParse(url) ? new URL(url).username : "";
  return `${user}@${toShownServer(url)}`;
}
