/** Whose server the bridge is: that of Claude Code, that of Codex, or both. It decides which tools are offered. */
export const ROLES = ["claude", "codex", "any"] as const;

/** One of them. */
export type Role = (typeof ROLES)[number];
