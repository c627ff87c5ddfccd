// The changes of a file for one registration or rule.
import type { JsonChange } from "../../files/json-edit.ts";

/** Changes that belong together: all of them are made, or none. The same holds for undoing them. */
export interface Edit {
  readonly kind: "server" | "rule";
  /** Name of the server in permission rules: `mcp__codex`. */
  readonly prefix: string;
  /** Folder in and below which the server or the rule applies. */
  readonly reach: string;
  /** True for a rule that denies or asks. Without it, Claude could call a tool that the user closed. */
  readonly isClosing: boolean;
  /** The rule of the old server for which this rule was added; undefined for servers. */
  readonly beside?: string | undefined;
  readonly changes: readonly JsonChange[];
}

/** Returns all changes of these edits, in order. */
export function toChanges(edits: readonly Edit[]): JsonChange[] {
  return edits.flatMap(({ changes }) => changes);
}
