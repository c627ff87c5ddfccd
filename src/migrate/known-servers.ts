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
  /** Where its own pages have it installed from, if not from a registry. */
  readonly source?: RegExp;
  /** Its tools, as they are called here; undefined for one that has no counterpart, or one that could do less: a rule for it must not allow more. */
  readonly tools: Readonly<Record<string, string | undefined>>;
  /** Why it is left alone; undefined for one that is replaced. */
  readonly keep?: string;
}

const SAME = { codex: "codex", "codex-reply": "codex-reply" };

/** The server that Codex CLI 0.154.0 removed. */
export const OFFICIAL: KnownServer = {
  id: "official",
  title: "`codex mcp-server`",
  names: [],
  tools: SAME,
};

/** All others, by what was seen of them (the team's notes on peers). */
export const KNOWN_SERVERS: readonly KnownServer[] = [
  {
    id: "codex-mcp-server",
    title: "`codex-mcp-server` (tuannvm, cexll)",
    names: ["codex-mcp-server"],
    scopes: ["@cexll", "@tuannvm"],
    tools: {
      codex: "codex",
      "ask-codex": "codex",
      review: undefined,
      websearch: undefined,
      listSessions: undefined,
      ping: undefined,
      help: undefined,
    },
  },
  {
    id: "codex-mcp-tool",
    title: "`@trishchuk/codex-mcp-tool`",
    names: ["codex-mcp-tool"],
    scopes: ["@trishchuk", "@x51xxx"],
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
    },
  },
  {
    id: "codex-mcp",
    title: "`codex-mcp` (xihuai18, kvokka, anhnguyen0905)",
    names: ["codex-mcp"],
    scopes: ["@leo000001", "@xihuai18", "@kvokka", "@anhnguyen0905"],
    tools: {
      codex: "codex",
      codex_reply: "codex-reply",
      execute: "codex",
      continue: "codex-reply",
      codex_session: undefined,
      codex_check: undefined,
      review: undefined,
      sessions: undefined,
      metrics: undefined,
      batch: undefined,
      health: undefined,
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
    tools: { continue: "codex-reply", status: undefined, answer: undefined },
  },
  {
    id: "codex-mcp-bridge",
    title: "`codex-mcp-bridge` (hampsterx, buidangminh23)",
    names: ["codex-mcp-bridge"],
    scopes: ["@minhspark", "@hampsterx"],
    tools: {
      codex: "codex",
      review: undefined,
      search: undefined,
      structured: undefined,
      sessions: undefined,
      ping: undefined,
    },
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
