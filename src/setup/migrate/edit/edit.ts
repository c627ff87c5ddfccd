// What is changed in a file for one registration.
import type { JsonChange } from "./json-edit.ts";

/** Changes that only make sense together: they are made, and taken back, all or none. */
export interface Edit {
  readonly kind: "server" | "rule";
  /** What rules call the server: `mcp__codex`. */
  readonly prefix: string;
  /** Folder below which the server or the rule holds. */
  readonly reach: string;
  /** Whether it is a rule that denies or asks: without it, something would be open. */
  readonly isClosing: boolean;
  /** Of an added rule: the rule of the old server that it was added for. */
  readonly beside?: string | undefined;
  readonly changes: readonly JsonChange[];
}

/** All changes of edits, in their order. */
export function toChanges(edits: readonly Edit[]): JsonChange[] {
  return edits.flatMap(({ changes }) => changes);
}
