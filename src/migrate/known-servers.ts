// The servers that this bridge takes the place of, how their registrations look, and what their tools are called here.
import { basename } from "node:path";

/** A server other than this bridge that gives Claude Code a Codex. */
export interface KnownServer {
  readonly id: string;
  /** For the page on migrating. */
  readonly title: string;
  /** Names of its packages and programs, without a scope and a version. */
  readonly names: readonly string[];
  /** Its tools, as they are called here; undefined for one that has no counterpart. */
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
    tools: {
      codex: "codex",
      "ask-codex": "codex",
      review: "codex",
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
    tools: {
      "ask-codex": "codex",
      "review-changes": "codex",
      brainstorm: "codex",
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
    tools: {
      codex: "codex",
      codex_reply: "codex-reply",
      execute: "codex",
      continue: "codex-reply",
      codex_session: undefined,
      codex_check: undefined,
      review: "codex",
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
    tools: { continue: "codex-reply", status: undefined, answer: undefined },
  },
  {
    id: "codex-mcp-bridge",
    title: "`codex-mcp-bridge` (hampsterx, buidangminh23)",
    names: ["codex-mcp-bridge"],
    tools: {
      codex: "codex",
      review: "codex",
      search: undefined,
      structured: "codex",
      sessions: undefined,
      ping: undefined,
    },
  },
  {
    id: "ai-cli-mcp",
    title: "`ai-cli-mcp` (mkXultra)",
    names: ["ai-cli-mcp"],
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
/** Their own words and options; the one behind `--from` names a source. */
const RUNNER_WORDS: readonly string[] = [
  "-y",
  "--yes",
  "-q",
  "--quiet",
  "dlx",
  "exec",
  "x",
  "run",
  "tool",
  "--bun",
  "--",
];
const SHELLS: readonly string[] = ["sh", "bash", "zsh", "fish", "cmd", "cmd.exe", "powershell", "pwsh", "env", "wsl"];
const SERVER_WORD = "mcp-server";

/** Recognises a registration's command line. */
export function recognise(command: string, args: readonly string[]): Recognised {
  const program = basename(command);
  const line = [command, ...args].join(" ");
  if (SHELLS.includes(program)) {
    return /codex/i.test(line) && /mcp/i.test(line)
      ? { kind: "unclear", reason: `it starts through ${program}` }
      : { kind: "unrelated" };
  }
  const { name, rest } = RUNNERS.includes(program) ? skipRunner(args) : { name: command, rest: args };
  const plain = toPlainName(name);
  if (plain === "codex") return toOfficial(name, rest, command === name ? command : undefined);
  const server = KNOWN_SERVERS.find(({ names }) => names.includes(plain));
  if (server !== undefined) return { kind: "known", server, dropped: rest };
  const isNear = /codex[\w@/.-]*mcp|mcp[\w@/.-]*codex/i.test(line) && plain !== "codex-bridge" && plain !== "bin.js";
  return isNear ? { kind: "unclear", reason: "it is no server that this command knows" } : { kind: "unrelated" };
}

// `codex mcp-server` with flags on either side; `codex mcp` alone was its first name, with another word a command of its own.
function toOfficial(name: string, words: readonly string[], program: string | undefined): Recognised {
  const path = program?.includes("/") === true && name === program ? program : undefined;
  if (words.includes(SERVER_WORD)) return { kind: "official", words, program: path };
  if (words.at(-1) === "mcp") return { kind: "official", words: [...words.slice(0, -1), SERVER_WORD], program: path };
  return words.includes("mcp") || words.includes("app-server")
    ? { kind: "unclear", reason: `\`codex ${words.join(" ")}\` was never an MCP server` }
    : { kind: "unrelated" };
}

function skipRunner(args: readonly string[]): { name: string; rest: readonly string[] } {
  const at = args.findIndex((word, index) => !RUNNER_WORDS.includes(word) && !isOption(word, args[index - 1]));
  return { name: args[at] ?? "", rest: at === -1 ? [] : args.slice(at + 1) };
}

// `npx -p package program`, `uvx --from source program`, `--package=…`.
function isOption(word: string, before: string | undefined): boolean {
  return word.startsWith("-") || ["--from", "--package", "-p", "--with"].includes(before ?? "");
}

// `@openai/codex@0.150.0` is `codex`; `/opt/node_modules/codex-mcp-server/dist/index.js` is what its package is called, but
// `/opt/node_modules/@openai/codex-linux-x64/…/codex` what the program is.
function toPlainName(name: string): string {
  const plain = basename(name.replace(/(?<=[\w.-])@[\w.^~*-]+$/, "")).replace(/\.(?:m?js|exe|cmd)$/, "");
  const inPackage = plain === "codex" ? undefined : /node_modules\/(?:@[^/]+\/)?([^/]+)\//.exec(name)?.[1];
  return inPackage ?? plain;
}
