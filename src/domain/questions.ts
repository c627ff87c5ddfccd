// What a running turn may ask, and what it is answered.

/** A question of the agent's. It belongs to its turn: once the turn has ended, nobody waits for the answer. */
export interface AgentQuestion {
  /** What it is about: a command, changes of files, a wider sandbox, or input for a tool. */
  readonly kind: "command" | "patch" | "permission" | "input";
  /** Three lines at most. */
  readonly summary: string;
  readonly choices: readonly { readonly id: string; readonly title: string }[];
}

/** The answer. Without a choice the backend takes the safe way: what would need a yes is not done. */
export type AgentAnswer =
  | { readonly kind: "chosen"; readonly id: string }
  | { readonly kind: "nobody to ask" }
  | { readonly kind: "timed out" };
