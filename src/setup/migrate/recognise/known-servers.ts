// The servers that this bridge can replace, and their tools' names here.

/** Another server that connects Claude Code to Codex. */
export interface KnownServer {
  readonly id: string;
  /** Its name in docs/migrating.md and in reports. */
  readonly title: string;
  /** Names of its packages, with their scopes. A name without a scope is also the name of its program. */
  readonly packages: readonly string[];
  /** The source that its own instructions give to a Python runner; undefined for npm packages. */
  readonly source?: RegExp;
  /** Its tools that have a counterpart, each with the name of that. */
  readonly tools: Readonly<Record<string, string>>;
  /** Its tools without a counterpart, and those that could do less than ours: a rule that allows such a tool must not allow more now. */
  readonly gone: readonly string[];
  /** Why it is not replaced; undefined if it is. */
  readonly keep?: string;
}

/** Names of the bridge's own tools. */
export const OWN_TOOLS: readonly string[] = [
  "codex",
  "codex-reply",
  "codex-ask",
  "route_task",
  "agent_job",
  "agent_job_control",
  "codex-threads",
  "codex-threads-edit",
  "codex-verify",
  "codex-undo",
  "codex-land",
  "codex-review",
  "review_panel",
  "run_agent",
  "send_to_codex",
  "save_checkpoint",
  "restore_checkpoint",
  "store_knowledge",
  "retrieve_knowledge",
  "wait_for_status",
  "run_collaboration",
];

/** These run no turn of Codex: they show or arrange what others have started. */
const IDLE_TOOLS: readonly string[] = [
  "agent_job",
  "codex-threads",
  "codex-threads-edit",
  "codex-verify",
  "codex-undo",
  "codex-land",
  "send_to_codex",
  "save_checkpoint",
  "restore_checkpoint",
  "store_knowledge",
  "retrieve_knowledge",
  "wait_for_status",
];

/** Those that can make Codex work. */
export const WORKING_TOOLS: readonly string[] = OWN_TOOLS.filter((tool) => !IDLE_TOOLS.includes(tool));

/** The server that Codex CLI 0.154.0 removed. */
export const OFFICIAL: KnownServer = {
  id: "official",
  title: "`codex mcp-server`",
  packages: [],
  tools: { codex: "codex", "codex-reply": "codex-reply" },
  gone: [],
};

/** This bridge, registered with a file that no longer exists. */
export const MOVED_BRIDGE: KnownServer = {
  id: "codex-bridge",
  title: "codex-bridge at a path that is gone",
  packages: [],
  tools: Object.fromEntries(OWN_TOOLS.map((tool) => [tool, tool])),
  gone: [],
};

/** The other servers, by their published command lines and tool names. */
export const KNOWN_SERVERS: readonly KnownServer[] = [
  {
    id: "codex-mcp-server",
    title: "`codex-mcp-server` (tuannvm)",
    packages: ["codex-mcp-server", "@tuannvm/codex-mcp-server"],
    tools: { codex: "codex" },
    gone: ["review", "websearch", "listSessions", "ping", "help"],
  },
  {
    id: "codex-mcp-tool",
    title: "`@trishchuk/codex-mcp-tool`, `@cexll/codex-mcp-server`",
    packages: [
      "codex-mcp-tool",
      ...["@trishchuk", "@x51xxx", "@cexll"].flatMap((scope) => [
        `${scope}/codex-mcp-tool`,
        `${scope}/codex-mcp-server`,
      ]),
    ],
    tools: { "ask-codex": "codex" },
    gone: [
      ...["review-changes", "brainstorm", "batch-codex", "do-act", "list-sessions", "health", "fetch-chunk"],
      ...["list-skills", "ping", "help", "version"],
    ],
  },
  {
    id: "codex-mcp",
    title: "`@leo000001/codex-mcp`, `@kvokka/codex-mcp`",
    packages: ["codex-mcp", "@leo000001/codex-mcp", "@xihuai18/codex-mcp", "@kvokka/codex-mcp"],
    tools: { codex: "codex", codex_reply: "codex-reply" },
    gone: ["codex_session", "codex_check"],
  },
  {
    id: "anhnguyen-codex-mcp",
    title: "`@anhnguyen0905/codex-mcp`",
    packages: ["@anhnguyen0905/codex-mcp"],
    tools: { codex_execute: "codex", codex_continue: "codex-reply" },
    gone: ["codex_review", "codex_sessions", "codex_metrics", "codex_batch", "codex_health"],
  },
  {
    id: "codexmcp",
    title: "`codexmcp` (GuDaStudio)",
    packages: ["codexmcp"],
    source: /[/:]GuDaStudio\/codexmcp(?:\.git)?$/,
    tools: { codex: "codex" },
    gone: [],
  },
  {
    id: "async-codex-mcp",
    title: "`async-codex-mcp` (wyrd-company)",
    packages: ["async-codex-mcp", "@wyrd-company/async-codex-mcp"],
    tools: { "continue-session": "codex-reply" },
    gone: ["session-status", "answer-session", "stop-session"],
  },
  {
    id: "codex-mcp-bridge",
    title: "`codex-mcp-bridge` (hampsterx)",
    packages: ["codex-mcp-bridge", "@hampsterx/codex-mcp-bridge"],
    tools: { codex: "codex" },
    gone: ["review", "search", "structured", "assess", "sessions", "listSessions", "mcpStatus", "ping"],
  },
  {
    id: "minhspark-codex-mcp-bridge",
    title: "`@minhspark/codex-mcp-bridge`",
    packages: ["@minhspark/codex-mcp-bridge"],
    tools: { start_codex_thread: "codex", send_to_codex_thread: "codex-reply" },
    gone: ["read_codex_thread"],
  },
  keepAlone(
    "codex-claude-bridge",
    "abhishekgahlot2",
    "it is a chat between both agents with a page of its own, which this bridge does not have",
  ),
  keepAlone("ai-cli-mcp", "mkXultra", "it runs other agents than Codex too"),
  keepAlone("deliberation", "antonbabenko", "it asks other agents than Codex too"),
  {
    ...keepAlone("pal-mcp-server", "clink", "it runs other agents than Codex too"),
    packages: ["pal-mcp-server", "zen-mcp-server"],
  },
];

/** The known servers that can be replaced. */
export const REPLACED_SERVERS: readonly KnownServer[] = KNOWN_SERVERS.filter(({ keep }) => keep === undefined);

/**
 * Lists the bridge's tools that can do what a tool of another server did. `route_task` and `run_agent` can run Codex as `codex` does. `codex-ask`
 * and `run_agent` start and continue threads, `codex-review`, `review_panel` and `run_collaboration` start some. `codex-reply` counts too if the old tool also continued
 * sessions, and with it `agent_job_control`, which gives a thread further input while it works.
 */
export function listCounterparts({ tools }: Pick<KnownServer, "tools">, tool: string): string[] {
  const next = tools[tool];
  if (next === undefined) return [];
  if (next === "codex-reply") return [next, "codex-ask", "agent_job_control", "run_agent"];
  if (next !== "codex") return [next];
  const starting = ["codex-ask", "codex-review", "review_panel", "route_task", "run_agent", "run_collaboration"];
  const replies = Object.values(tools).includes("codex-reply");
  return replies ? [next, ...starting] : [next, "codex-reply", ...starting, "agent_job_control"];
}

function keepAlone(name: string, author: string, keep: string): KnownServer {
  const packages = [name, `@${author.toLowerCase()}/${name}`];
  return { id: name, title: `\`${name}\` (${author})`, packages, tools: {}, gone: [], keep };
}
