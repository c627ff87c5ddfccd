// The servers that this bridge takes the place of, and what their tools are called here.

/** A server other than this bridge that gives Claude Code a Codex. */
export interface KnownServer {
  readonly id: string;
  /** For the page on migrating. */
  readonly title: string;
  /** Names of its packages, with their scopes. Without a scope it is the name of its program too. */
  readonly packages: readonly string[];
  /** Where its own pages have a Python runner take it from. The others are npm packages. */
  readonly source?: RegExp;
  /** Its tools that have a counterpart, as they are called here. */
  readonly tools: Readonly<Record<string, string>>;
  /** Its tools without a counterpart, and those that could do less than ours: a rule that allows one must not allow more. */
  readonly gone: readonly string[];
  /** Why it is left alone; undefined for one that is replaced. */
  readonly keep?: string;
}

/** What the bridge's own tools are called. */
export const OWN_TOOLS: readonly string[] = ["codex", "codex-reply", "route_task"];

/** The server that Codex CLI 0.154.0 removed. */
export const OFFICIAL: KnownServer = {
  id: "official",
  title: "`codex mcp-server`",
  packages: [],
  tools: { codex: "codex", "codex-reply": "codex-reply" },
  gone: [],
};

/** This bridge, registered with a file that is not there any more. */
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

/** The servers that are replaced. */
export const REPLACED_SERVERS: readonly KnownServer[] = KNOWN_SERVERS.filter(({ keep }) => keep === undefined);

/** What a rule for a tool of a server closes here: `route_task` runs Codex as `codex` does, and so does `codex-reply` where the old tool also continued sessions. */
export function listCounterparts({ tools }: Pick<KnownServer, "tools">, tool: string): string[] {
  const next = tools[tool];
  if (next === undefined) return [];
  if (next !== "codex") return [next];
  return Object.values(tools).includes("codex-reply") ? [next, "route_task"] : [next, "codex-reply", "route_task"];
}

function keepAlone(name: string, author: string, keep: string): KnownServer {
  const packages = [name, `@${author.toLowerCase()}/${name}`];
  return { id: name, title: `\`${name}\` (${author})`, packages, tools: {}, gone: [], keep };
}
