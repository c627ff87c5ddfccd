// What a registration gives to every Codex that the bridge starts: the flags that `codex mcp-server` took.

/** The user's own flags: as much theirs as their config.toml, and layered over it. */
export interface CodexFlags {
  /** `key=value` texts of `-c`, in order; the value is TOML, or else a text. */
  readonly overrides: readonly string[];
  /** Profile of threads whose caller names none. */
  readonly profile: string | undefined;
}

/** None. */
export const NO_FLAGS: CodexFlags = { overrides: [], profile: undefined };
