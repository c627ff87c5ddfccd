// The closed lists of words that settings take.

/** Whether the Codex that the bridge starts keeps the MCP servers of its config. */
export const CHILD_MCP_MODES = ["inherit", "none"] as const;
/** Which turns of Codex get the shared memory: none, those whose prompt names it, or all but reviews. */
export const CODEX_MEMORY_MODES = ["off", "auto", "always"] as const;
/** How Codex's command rules are treated. A rule can let commands out of Codex's sandbox. */
export const CODEX_RULES_MODES = ["ignore", "honour"] as const;
/** What `route_task` does if the caller names no mode: `automatic` runs the task, the others only decide. What the prompt hook says: `manual` nothing. */
export const DELEGATION_MODES = ["manual", "suggest", "automatic"] as const;
/** Where background jobs run: in the session's own bridge, or in a program that outlives it. */
export const JOBS_MODES = ["session", "outlive"] as const;
/** How Codex is run: each turn as a program of its own, or on a warm app server; `auto` is the app server where it can hold a turn. */
export const BACKENDS = ["exec", "app-server", "auto"] as const;
/** How much is logged. */
export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
