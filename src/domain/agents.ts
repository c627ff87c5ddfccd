// The agents that a bridge can call, by name.

/** `codex`, `claude`, or the name that the user gave to another agent. */
export type AgentId = string;

/** How an agent, its tools and its threads are called. */
export interface AgentNames {
  readonly id: AgentId;
  /** In sentences, such as `Codex`. */
  readonly name: string;
  /** The tools that start a thread of it, and that continue one. */
  readonly tools: { readonly start: string; readonly reply: string };
  /** Backends that run it, as the frames of its threads name them. */
  readonly backends: readonly string[];
  /** What it looks at above all in a panel of reviewers, one or two sentences; where the user says so. */
  readonly view?: string | undefined;
}

export const CODEX: AgentNames = {
  id: "codex",
  name: "Codex",
  tools: { start: "codex", reply: "codex-reply" },
  backends: ["codex-app-server", "codex-exec"],
};

export const CLAUDE: AgentNames = {
  id: "claude",
  name: "Claude Code",
  tools: { start: "claude", reply: "claude-reply" },
  backends: ["claude-code"],
};
