// The servers that this bridge takes the place of, and what their tools are called here.

/** A server other than this bridge that gives Claude Code a Codex. */
export interface KnownServer {
  readonly id: string;
  /** For the page on migrating. */
  readonly title: string;
  /** Names of its packages and programs, without a scope and a version. */
  readonly names: readonly string[];
  /** Scopes that it is published under, besides none. */
  readonly scopes?: readonly string[];
  /** Of its names, those that without a scope are another server's. */
  readonly needsScope?: readonly string[];
  /** Where its own pages have a Python runner take it from; the others are npm packages. */
  readonly source?: RegExp;
  /** Its tools, as they are called here; undefined for one that has no counterpart, or one that could do less: a rule for it must not allow more. */
  readonly tools: Readonly<Record<string, string | undefined>>;
  /** Why it is left alone; undefined for one that is replaced. */
  readonly keep?: string;
}

/** What the bridge's own tools are called. */
export const OWN_TOOLS: readonly string[] = ["codex", "codex-reply", "route_task"];

const SAME = { codex: "codex", "codex-reply": "codex-reply" };

/** The server that Codex CLI 0.154.0 removed. */
export const OFFICIAL: KnownServer = {
  id: "official",
  title: "`codex mcp-server`",
  names: [],
  tools: SAME,
};

/** The other servers, by their published command lines and tool names. */
export const KNOWN_SERVERS: readonly KnownServer[] = [
  {
    id: "codex-mcp-server",
    title: "`codex-mcp-server` (tuannvm)",
    names: ["codex-mcp-server"],
    scopes: ["@tuannvm"],
    tools: {
      codex: "codex",
      review: undefined,
      websearch: undefined,
      listSessions: undefined,
      ping: undefined,
      help: undefined,
    },
  },
  {
    id: "codex-mcp-tool",
    title: "`@trishchuk/codex-mcp-tool`, `@cexll/codex-mcp-server`",
    names: ["codex-mcp-tool", "codex-mcp-server"],
    scopes: ["@trishchuk", "@x51xxx", "@cexll"],
    needsScope: ["codex-mcp-server"],
    tools: {
      "ask-codex": "codex",
      "review-changes": undefined,
      brainstorm: undefined,
      "batch-codex": undefined,
      "do-act": undefined,
      "list-sessions": undefined,
      health: undefined,
      "fetch-chunk": undefined,
      "list-skills": undefined,
      ping: undefined,
      help: undefined,
      version: undefined,
    },
  },
  {
    id: "codex-mcp",
    title: "`@leo000001/codex-mcp`, `@kvokka/codex-mcp`",
    names: ["codex-mcp"],
    scopes: ["@leo000001", "@xihuai18", "@kvokka"],
    tools: {
      codex: "codex",
      codex_reply: "codex-reply",
      codex_session: undefined,
      codex_check: undefined,
    },
  },
  {
    id: "anhnguyen-codex-mcp",
    title: "`@anhnguyen0905/codex-mcp`",
    names: ["codex-mcp"],
    scopes: ["@anhnguyen0905"],
    needsScope: ["codex-mcp"],
    tools: {
      codex_execute: "codex",
      codex_continue: "codex-reply",
      codex_review: undefined,
      codex_sessions: undefined,
      codex_metrics: undefined,
      codex_batch: undefined,
      codex_health: undefined,
    },
  },
  {
    id: "codexmcp",
    title: "`codexmcp` (GuDaStudio)",
    names: ["codexmcp"],
    source: /[/:]GuDaStudio\/codexmcp(?:\.git)?$/,
    tools: { codex: "codex" },
  },
  {
    id: "async-codex-mcp",
    title: "`async-codex-mcp` (wyrd-company)",
    names: ["async-codex-mcp"],
    scopes: ["@wyrd-company"],
    tools: {
      "continue-session": "codex-reply",
      "session-status": undefined,
      "answer-session": undefined,
      "stop-session": undefined,
    },
  },
  {
    id: "codex-mcp-bridge",
    title: "`codex-mcp-bridge` (hampsterx)",
    names: ["codex-mcp-bridge"],
    scopes: ["@hampsterx"],
    tools: {
      codex: "codex",
      review: undefined,
      search: undefined,
      structured: undefined,
      assess: undefined,
      sessions: undefined,
      listSessions: undefined,
      mcpStatus: undefined,
      ping: undefined,
    },
  },
  {
    id: "minhspark-codex-mcp-bridge",
    title: "`@minhspark/codex-mcp-bridge`",
    names: ["codex-mcp-bridge"],
    scopes: ["@minhspark"],
    needsScope: ["codex-mcp-bridge"],
    tools: {
      start_codex_thread: "codex",
      send_to_codex_thread: "codex-reply",
      read_codex_thread: undefined,
    },
  },
  {
    id: "codex-claude-bridge",
    title: "`codex-claude-bridge` (abhishekgahlot2)",
    names: ["codex-claude-bridge"],
    tools: {},
    keep: "it is a chat of both agents with a page of its own, which this bridge has not",
  },
  {
    id: "ai-cli-mcp",
    title: "`ai-cli-mcp` (mkXultra)",
    names: ["ai-cli-mcp"],
    scopes: ["@mkxultra"],
    tools: {},
    keep: "it runs other agents than Codex too",
  },
  {
    id: "deliberation",
    title: "`deliberation` (antonbabenko)",
    names: ["deliberation"],
    tools: {},
    keep: "it asks other agents than Codex too",
  },
  {
    id: "pal-mcp-server",
    title: "`pal-mcp-server` (clink)",
    names: ["pal-mcp-server", "zen-mcp-server"],
    tools: {},
    keep: "it runs other agents than Codex too",
  },
];
