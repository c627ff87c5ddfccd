// Recognises the server that a registration's command line starts.
import { isPythonRunner } from "../../../agents/codex/program/runners.ts";
import { KNOWN_SERVERS, type KnownServer } from "./known-servers.ts";
import { findProgram, type Program } from "./program.ts";

/** The server that a registration's command line starts. */
export type Recognised =
  | {
      readonly kind: "official";
      /** The arguments, with the word `mcp-server` among the flags. */
      readonly words: readonly string[];
      /** Path of Codex, if the command line gives one. */
      readonly program: string | undefined;
      /** The runner that installed Codex itself, e.g. `npx`. */
      readonly runner: string | undefined;
    }
  | { readonly kind: "known"; readonly server: KnownServer; readonly dropped: readonly string[] }
  /** Related to Codex, but `migrate` does not understand it. */
  | { readonly kind: "unclear"; readonly reason: string }
  | { readonly kind: "unrelated" };

const SHELLS: readonly string[] = ["sh", "bash", "zsh", "fish", "cmd", "cmd.exe", "powershell", "pwsh", "env", "wsl"];
const SERVER_WORD = "mcp-server";
/** `codex … mcp-server` anywhere in a command line. */
const OFFICIAL_WORDS = /codex[\w.-]*["'}]?\s+(?:\S+\s+)*mcp(?:-server)?\b/i;
/** A script of the user for Codex, or a fork that runs from its folder. */
const SCRIPT_OF_CODEX = /codex\S*\.(?:py|[cm]?[jt]sx?|sh|rb)$/i;
const UNRELATED = { kind: "unrelated" } as const;

/** Recognises a registration's command line. */
export function recognise(command: string, args: readonly string[]): Recognised {
  const name = command.split(/[/\\]/).at(-1) ?? "";
  const line = [command, ...args].join(" ");
  const isOwnScript = [command, ...args].some((word) => SCRIPT_OF_CODEX.test(word));
  const isNear = isOwnScript || OFFICIAL_WORDS.test(line) || /codex[\w@/.-]*mcp|mcp[\w@/.-]*codex/i.test(line);
  const unclear = (reason: string): Recognised =>
    isNear ? { kind: "unclear", reason: `${reason}${toHint(line)}` } : UNRELATED;
  if (SHELLS.includes(name.toLowerCase())) {
    const isAbout = isOwnScript || (/codex/i.test(line) && /mcp/i.test(line));
    return isAbout ? { kind: "unclear", reason: `it starts through ${name}${toHint(line)}` } : UNRELATED;
  }
  const program = findProgram(command, args);
  if (program === undefined) return unclear(`${name} is given words or options that are not known here`);
  if (isCodex(program)) return toOfficial(program) ?? UNRELATED;
  const server = KNOWN_SERVERS.find((known) => isServer(program, known));
  if (server !== undefined) return { kind: "known", server, dropped: program.rest };
  const isFork = /codex/i.test(`${program.scope ?? ""}/${program.name}`);
  const reason =
    "this command does not know the server; if it is a fork or a script of yours, change the entry by hand";
  return isFork ? { kind: "unclear", reason } : unclear(reason);
}

function toHint(line: string): string {
  return OFFICIAL_WORDS.test(line) && !/\bcodex-?mcp/.test(line)
    ? "; to change it by hand, write `codex-bridge` instead of the word `codex`"
    : "";
}

function isCodex({ name, scope, sources, runner }: Program): boolean {
  // `codex` on PyPI is another program.
  const isOfficial = (scope === undefined || scope === "@openai") && !isPythonRunner(runner);
  return name === "codex" && isOfficial && sources.every((source) => source === "@openai/codex");
}

function isServer({ name, scope, sources, path, runner }: Program, { packages, source }: KnownServer): boolean {
  // A path says nothing about the package, so the program may be anything.
  if (path !== undefined || !packages.includes(scope === undefined ? name : `${scope}/${name}`)) return false;
  // On PyPI the same names belong to other programs.
  if (isPythonRunner(runner)) return sources.length > 0 && sources.every((text) => source?.test(text) === true);
  return (runner === undefined || source === undefined) && sources.every((text) => packages.includes(text));
}

// Recognises `codex mcp-server` with flags on either side, and its first name `codex mcp`. `codex mcp` with a subcommand is another command.
function toOfficial({ rest, path, runner }: Program): Recognised | undefined {
  const at = rest.indexOf("mcp");
  const isFirstName = at >= 0 && (rest[at + 1] === undefined || rest[at + 1]?.startsWith("-") === true);
  if (!rest.includes(SERVER_WORD) && !isFirstName) {
    return at >= 0 || rest.includes("app-server")
      ? { kind: "unclear", reason: "these words are not known to start an MCP server" }
      : undefined;
  }
  // `${HOME}/bin/codex` works too: Claude Code expands variables in `env`.
  if (path !== undefined && !/^(?:\/|\$\{)/.test(path))
    return { kind: "unclear", reason: "it names codex by a relative path, but CODEX_BIN must be absolute" };
  const words = rest.includes(SERVER_WORD) ? rest : rest.with(at, SERVER_WORD);
  return { kind: "official", words, program: path, runner };
}

/** Whether a program is this bridge, by its package's name. Returns false for a path: the caller has to look at the file. */
export function isBridgeName({ name, scope, path, sources, runner }: Program): boolean {
  const isOurs = name === "codex-bridge" && scope === undefined && path === undefined && !isPythonRunner(runner);
  return isOurs && sources.every((source) => source === name);
}

/** Describes arguments without possible secrets: the names of options, or just `its arguments`. */
export function toOptionNames(words: readonly string[]): string {
  const names = words.filter((word) => word.startsWith("-")).map(toOptionName);
  return names.length === 0 ? "its arguments" : names.join(" ");
}

function toOptionName(word: string): string {
  const [name = ""] = word.split("=", 1);
  // `-kSECRET`
  return name.startsWith("--") ? name : name.slice(0, 2);
}
