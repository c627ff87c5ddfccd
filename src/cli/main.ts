// The command line: finds the command and its options, prints help, and suggests the nearest name for an unknown one.
import { parseArgs } from "node:util";
import { wrapText } from "../domain/wrap-text.ts";
import type { Command, CommandWords } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { findLoss, flushOutput, printError, printLine } from "./output.ts";

declare const __BRIDGE_VERSION__: string;

const HELP_WORDS = ["--help", "-h", "help"];
const COMPATIBLE = "mcp-server";
const NAME_WIDTH = 15;
const OPTION_WIDTH = 16;
const SHOWN = COMMANDS.filter(({ isInternal }) => isInternal !== true);

/** Runs the command. Resolves with the exit code once everything it printed has been written. */
export async function main(words: readonly string[]): Promise<number> {
  const code = await dispatch(words);
  // Not for the server: its stdout belongs to the protocol and may be stalled.
  const isServer = words.length === 0 || words[0] === "serve" || words[0] === "run-jobs" || words.includes(COMPATIBLE);
  if (isServer) return code;
  await flushOutput();
  const loss = findLoss();
  return loss === undefined ? code : refuse(`What it printed could not be written whole: ${loss}.`);
}

async function dispatch(words: readonly string[]): Promise<number> {
  const [first, ...rest] = words;
  if (first === undefined) return run(COMMANDS[0], []);
  if (first === "--version" || first === "-V") return print(__BRIDGE_VERSION__);
  if (HELP_WORDS.includes(first)) return rest[0] === undefined ? print(describeAll()) : explain(rest[0]);
  const command = COMMANDS.find(({ name }) => name === first);
  // `codex -m X mcp-server` took its flags on either side of the word.
  if (command === undefined && rest.includes(COMPATIBLE)) {
    const compatible = COMMANDS.find(({ name }) => name === COMPATIBLE);
    if (compatible !== undefined && words.includes("--help")) return print(describe(compatible));
    return run(compatible, words.toSpliced(words.indexOf(COMPATIBLE), 1));
  }
  if (command === undefined) return refuseCommand(first);
  if (rest.some((word) => word === "--help" || word === "-h")) return print(describe(command));
  return run(command, rest);
}

async function run(command: Command | undefined, rest: readonly string[]): Promise<number> {
  if (command === undefined) return print(describeAll());
  if (process.platform === "win32") return refuse("It does not run on Windows. Use it inside WSL.");
  try {
    return await command.run(parseWords(command, rest), __BRIDGE_VERSION__);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const { findNextStep } = await import("./next-step.ts");
    const hint = await suggestOption(command, message);
    const next = findNextStep(error) ?? `${hint}Run codex-bridge ${command.name} --help.`;
    return refuse(`${command.name}: ${message.replace(/[.\s]*$/, ".")} ${next}`);
  }
}

// Throws the error of `parseArgs` without its advice on `--`, which does not help here.
function parseWords({ options, hasWords }: Command, args: readonly string[]): CommandWords {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: hasWords });
  } catch (error) {
    throw error instanceof Error ? new Error(error.message.split(". ")[0]) : error;
  }
}

async function suggestOption(command: Command, message: string): Promise<string> {
  const unknown = /Unknown option '-*([\w-]+)'/.exec(message)?.[1];
  const nearest = unknown === undefined ? undefined : await findNearest(unknown, Object.keys(command.options));
  return nearest === undefined ? "" : `Did you mean --${nearest}? `;
}

async function explain(name: string): Promise<number> {
  const command = COMMANDS.find((candidate) => candidate.name === name);
  return command === undefined ? refuseCommand(name) : print(describe(command));
}

async function refuseCommand(name: string): Promise<number> {
  const names = SHOWN.map((command) => command.name);
  const nearest = await findNearest(name.replace(/^-+/, ""), [...names, "help", "version"]);
  const hint = nearest === undefined ? `Commands: ${names.join(", ")}.` : `Did you mean ${nearest}?`;
  return refuse(`Unknown command ${JSON.stringify(name.slice(0, 60))}. ${hint} Run codex-bridge --help.`);
}

// Suggests nothing if more than a third of the letters differ.
async function findNearest(name: string, names: readonly string[]): Promise<string | undefined> {
  if (names.length === 0) return undefined;
  const { closest, distance } = await import("fastest-levenshtein");
  const nearest = closest(name, names);
  return distance(name, nearest) <= Math.max(1, Math.floor(nearest.length / 3)) || nearest.startsWith(name)
    ? nearest
    : undefined;
}

function describeAll(): string {
  return [
    `codex-bridge ${__BRIDGE_VERSION__}: Claude Code and your Codex CLI hand work to each other`,
    "",
    "Usage: codex-bridge [command]",
    "",
    ...SHOWN.map(({ name, summary }) => `  ${name.padEnd(NAME_WIDTH)}${summary}`),
    "",
    "codex-bridge <command> --help says more. codex-bridge --version",
    "Without a command it serves. Register it: claude mcp add -s user codex -- codex-bridge",
  ].join("\n");
}

function describe({ name, summary, usage, details, options }: Command): string {
  return [
    `Usage: codex-bridge ${name} ${usage}`.trimEnd(),
    "",
    `${summary[0]?.toUpperCase()}${summary.slice(1)}.`,
    ...(details.length === 0 ? [] : ["", ...details.flatMap((text) => wrapText(text))]),
    ...(Object.keys(options).length === 0 ? [] : [""]),
    ...Object.entries(options).map(([option, { help }]) => `  --${option.padEnd(OPTION_WIDTH)}${help}`),
  ].join("\n");
}

function print(text: string): number {
  printLine(text);
  return 0;
}

function refuse(message: string): number {
  printError(`codex-bridge: ${message}`);
  return 2;
}
