// Flags in the user's registration that apply to every Codex that the bridge starts, as `codex mcp-server` took them.

/** The flags. They are as trusted as the user's config.toml, and win over it. */
export interface CodexFlags {
  /** `key=value` texts of `-c`, in order. The value is TOML, otherwise plain text. */
  readonly overrides: readonly string[];
  /** Profile for threads that name none. */
  readonly profile: string | undefined;
}

/** No flags. */
export const NO_FLAGS: CodexFlags = { overrides: [], profile: undefined };
