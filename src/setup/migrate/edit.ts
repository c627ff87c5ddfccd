// What is changed in a file for one server.
import type { JsonChange } from "./json-edit.ts";
import { isNear } from "./target.ts";

/** Changes that only make sense together: they are made, and taken back, all or none. */
export interface Edit {
  readonly kind: "server" | "rule";
  /** What the names of the server's tools begin with, for Claude Code: a rule goes with its server. */
  readonly prefix: string;
  /** Folder below which the server or the rule holds. */
  readonly reach: string;
  /** Whether it is a rule that denies or asks: without it something would be open. */
  readonly isClosing: boolean;
  readonly changes: readonly JsonChange[];
}

/** All changes of edits, in their order. */
export function toChanges(edits: readonly Edit[]): JsonChange[] {
  return edits.flatMap(({ changes }) => changes);
}

/** Whether two edits are about servers of one name that may meet. */
export function isSameServer(a: Edit, b: Edit): boolean {
  return a.prefix === b.prefix && isNear(a.reach, b.reach);
}
