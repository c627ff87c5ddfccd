// The program behind the words of a command line: what a runner is given, without its options, version and folder.
import { basename } from "node:path";
import { isRunner, PACKAGE_OPTIONS, readRunnerArgs } from "../../../agents/codex/program/runners.ts";

/** A program that a command line starts. */
export interface Program {
  /** `codex` of `@openai/codex@0.150.0`, or of `/opt/bin/codex`. */
  readonly name: string;
  /** Of the package: `@openai`. */
  readonly scope: string | undefined;
  /** Path that it was named by; undefined where the path says which package it is of. */
  readonly path: string | undefined;
  /** Packages that the runner was told to take it from, without a version. */
  readonly sources: readonly string[];
  /** Undefined where it is started without one. */
  readonly runner: string | undefined;
  /** The words behind the program. */
  readonly rest: readonly string[];
}

const RUNNER_OPTIONS: readonly string[] = [
  ...["-y", "--yes", "-q", "--quiet", "--bun", "--", "--refresh", "--isolated"],
  ...["--prefer-offline", "--offline", "--no-install"],
];
/** Options with a word behind them that is not the package. */
const VALUE_OPTIONS: readonly string[] = ["--with", "--python"];
const VERSION = /(?<=[\w.-])@[\w.^~*-]+$/;

/** The program that a command line starts; undefined where a runner has words that are not known. */
export function findProgram(command: string, args: readonly string[]): Program | undefined {
  if (basename(command) === "node") return findScript(args);
  if (!isRunner(command)) return toProgram(command, args);
  const packageArgs = readRunnerArgs(command, args);
  return packageArgs === undefined ? undefined : findPackage(basename(command), packageArgs);
}

function findPackage(runner: string, args: readonly string[]): Program | undefined {
  const sources: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] ?? "";
    const [option = "", value] = word.split(/=(.*)/s, 2);
    if (RUNNER_OPTIONS.includes(word)) continue;
    if ([...PACKAGE_OPTIONS, ...VALUE_OPTIONS].includes(option)) {
      if (value === undefined) at += 1;
      if (PACKAGE_OPTIONS.includes(option)) sources.push((value ?? args[at] ?? "").replace(VERSION, ""));
      continue;
    }
    const [, scope, name] = /^(?:(@[\w.-]+)\/)?([\w.-]+?)$/.exec(word.replace(VERSION, "")) ?? [];
    // Anything else is an option that may have a value, a folder, or somebody's repository.
    if (word.startsWith("-") || name === undefined) return undefined;
    return { name, scope, path: undefined, sources, runner, rest: args.slice(at + 1) };
  }
  return undefined;
}

function findScript(args: readonly string[]): Program | undefined {
  const at = args.findIndex((word) => word !== "--no-warnings");
  const script = args[at];
  if (script === undefined || script.startsWith("-")) return undefined;
  const program = toProgram(script, args.slice(at + 1));
  // Node takes no program by its name alone.
  return program.path === undefined && !script.includes("/") ? undefined : program;
}

// A script is what its package is called, but `/opt/node_modules/@openai/codex-linux-x64/…/codex` what the program is.
function toProgram(command: string, rest: readonly string[]): Program {
  const isScript = /\.[cm]?js$/.test(command);
  const [, scope, name] = /node_modules\/(?:(@[^/]+)\/)?([^/]+)\//.exec(command) ?? [];
  const isBin = name === ".bin";
  const base = { sources: [], runner: undefined, rest };
  if (name !== undefined && !isBin && (isScript || basename(command) !== "codex")) {
    return { ...base, name, scope, path: name === "codex" ? command : undefined };
  }
  const isNamed = command.includes("/") && !isBin;
  return { ...base, name: basename(command), scope: undefined, path: isNamed ? command : undefined };
}
