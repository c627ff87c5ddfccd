// The agents that a bridge can call, by name.

import type { Role } from "./role.ts";

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

/** Continues a thread of any agent, in every role. */
export const RUN_AGENT = "run_agent";

/** The agent as a role offers it: one without tools of its own there is reached by name. */
export function toOffered(agent: AgentNames, role: Role): AgentNames {
  const isOffered = role === "any" || (role === "claude" ? agent.id === CODEX.id : agent.id === CLAUDE.id);
  return isOffered ? agent : { ...agent, tools: { start: RUN_AGENT, reply: RUN_AGENT } };
}

/** A sentence of ours that names the tools of Codex, with those of another agent. Only a word after such a verb is a tool: paths may have it too. */
export function nameTools(text: string, { tools }: Pick<AgentNames, "tools">): string {
  return text
    .replace(/(?<![\w/.-])codex-reply(?![\w/.-]\w)/g, tools.reply)
    .replace(/\b(with|call|using) codex(?![\w/-])/gi, `$1 ${tools.start}`);
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
