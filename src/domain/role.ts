/** Whose server the bridge is: that of Claude Code, that of Codex, or both. It decides which tools are offered. */
export const ROLES = ["claude", "codex", "any"] as const;

/** Servers of the memory alone, for any client: with the bridge's names for its tools, with those that skills for ByteRover call, or only to find. */
const MEMORY_ROLES = ["memory", "byterover", "recall"] as const;

/** What a server offers. */
export type Role = (typeof ROLES)[number] | (typeof MEMORY_ROLES)[number];

/** Whether a server offers the memory alone. */
export function isMemoryRole(role: Role): boolean {
  return MEMORY_ROLES.some((one) => one === role);
}
