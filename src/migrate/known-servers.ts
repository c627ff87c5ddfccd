// The servers that this bridge takes the place of, how their registrations look, and what their tools are called here.
import { basename } from "node:path";

/** A server other than this bridge that gives Claude Code a Codex. */
export interface KnownServer {
  readonly id: string;
  /** For the page on migrating. */
  readonly title: string;
  /** Names of its packages and programs, without a scope and a version. */
  readonly names: readonly string[];
  /** Scopes that it is published under, besides none. */
  readonly scopes?: readonly string[];
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
  { id: "codexmcp", title: "`codexmcp` (GuDaStudio)", names: ["codexmcp"], tools: { codex: "codex" } },
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

/** What a registration's command line starts. */
export type Recognised =
  /** `words` are the flags that the removed server took, the word `mcp-server` among them; `program` a Codex that was named by path. */
  | { readonly kind: "official"; readonly words: readonly string[]; readonly program: string | undefined }
  | { readonly kind: "known"; readonly server: KnownServer; readonly dropped: readonly string[] }
  /** It has to do with Codex, and is not understood. */
  | { readonly kind: "unclear"; readonly reason: string }
  | { readonly kind: "unrelated" };

/** Programs that run a package: what stands before its name is theirs. */
const RUNNERS: readonly string[] = ["npx", "bunx", "pnpx", "uvx", "pipx", "npm", "pnpm", "yarn", "bun", "uv", "node"];
/** Their own words and options; the word behind one of `SOURCE_OPTIONS` names a source. */
const RUNNER_WORDS: readonly string[] = [
  ...["-y", "--yes", "-q", "--quiet", "--bun", "--no-warnings", "--"],
  ...["dlx", "exec", "x", "run", "tool"],
];
const SOURCE_OPTIONS: readonly string[] = ["--from", "--package", "-p", "--with"];
const SHELLS: readonly string[] = ["sh", "bash", "zsh", "fish", "cmd", "cmd.exe", "powershell", "pwsh", "env", "wsl"];
const SERVER_WORD = "mcp-server";

/** Recognises a registration's command line. */
export function recognise(command: string, args: readonly string[]): Recognised {
  const program = command.split(/[/\\]/).at(-1) ?? "";
  const line = [command, ...args].join(" ");
  const unclear = (reason: string): Recognised => ({ kind: "unclear", reason: `${reason}${toHint(line)}` });
  if (SHELLS.includes(program.toLowerCase())) {
    return /codex/i.test(line) && /mcp/i.test(line) ? unclear(`it starts through ${program}`) : UNRELATED;
  }
  const isNear = OFFICIAL_WORDS.test(line) || /codex[\w@/.-]*mcp|mcp[\w@/.-]*codex/i.test(line);
  const found = findProgram(command, args);
  if (found === undefined) return isNear ? unclear(`${program} is given options that are not known`) : UNRELATED;
  const { name, rest } = found;
  const { scope, plain } = toPackage(name);
  if (plain === "codex" && (scope === undefined || scope === "@openai")) {
    return toOfficial(rest, command === name && name.includes("/") ? name : undefined);
  }
  const server = KNOWN_SERVERS.find(
    ({ names, scopes = [] }) => names.includes(plain) && (scope === undefined || scopes.includes(scope)),
  );
  if (server !== undefined) return { kind: "known", server, dropped: rest };
  return isNear ? unclear("it is no server that this command knows") : UNRELATED;
}

const UNRELATED = { kind: "unrelated" } as const;
/** `codex … mcp-server` anywhere in a command line. */
const OFFICIAL_WORDS = /codex[\w.-]*["'}]?\s+(?:\S+\s+)*mcp(?:-server)?\b/i;

function toHint(line: string): string {
  return OFFICIAL_WORDS.test(line) ? "; by hand: `codex-bridge` in the place of the word `codex`" : "";
}

// `codex mcp-server` with flags on either side; `codex mcp` alone was its first name, with another word a command of its own.
function toOfficial(words: readonly string[], program: string | undefined): Recognised {
  if (words.includes(SERVER_WORD)) return { kind: "official", words, program };
  if (words.at(-1) === "mcp") return { kind: "official", words: [...words.slice(0, -1), SERVER_WORD], program };
  return words.includes("mcp") || words.includes("app-server")
    ? { kind: "unclear", reason: "with these words codex was never an MCP server" }
    : UNRELATED;
}

/** The program that a command line starts, and what stands behind it; undefined where a runner has options that are not known. */
export function findProgram(
  command: string,
  args: readonly string[],
): { name: string; rest: readonly string[] } | undefined {
  if (!RUNNERS.includes(basename(command))) return { name: command, rest: args };
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] ?? "";
    if (RUNNER_WORDS.includes(word) || /^--(?:package|from|with)=/.test(word)) continue;
    if (SOURCE_OPTIONS.includes(word)) at += 1;
    else if (word.startsWith("-")) return undefined;
    else return { name: word, rest: args.slice(at + 1) };
  }
  return { name: "", rest: [] };
}

// `@openai/codex@0.150.0` is `codex` of `@openai`; a script is what its package is called, but
// `/opt/node_modules/@openai/codex-linux-x64/…/codex` what the program is. A script outside a package is nobody's.
function toPackage(name: string): { scope: string | undefined; plain: string } {
  const bare = name.replace(/(?<=[\w.-])@[\w.^~*-]+$/, "");
  const isScript = /\.[cm]?js$/.test(bare);
  const inside = /node_modules\/(?:(@[^/]+)\/)?([^/]+)\//.exec(bare);
  if (inside !== null && (isScript || basename(bare) !== "codex")) return { scope: inside[1], plain: inside[2] ?? "" };
  if (isScript) return { scope: undefined, plain: basename(bare) };
  return { scope: /^(@[^/]+)\/[^/]+$/.exec(bare)?.[1], plain: basename(bare) };
}
