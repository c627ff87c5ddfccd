// Questions that a running turn asks a person, and their answers. Today's backend, `codex-exec`, asks none, and the bridge would answer
// "nobody to ask". The contract suite (test/agents/contract.ts) holds backends that can ask to these types.

/** A question from the agent. It belongs to its turn: once the turn has ended, nobody waits for the answer. */
export interface AgentQuestion {
  /** What it is about: a command, changes of files, a wider sandbox, or input for a tool. */
  readonly kind: "command" | "patch" | "permission" | "input";
  /** Three lines at most. */
  readonly summary: string;
  readonly choices: readonly { readonly id: string; readonly title: string }[];
}

/** The answer. Without a choice the backend takes the safe way: it does not do anything that needs a yes. */
export type AgentAnswer =
  | { readonly kind: "chosen"; readonly id: string }
  | { readonly kind: "nobody to ask" }
  | { readonly kind: "timed out" };
