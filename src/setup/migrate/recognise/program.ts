// Finds the program that a command line starts, also through a runner, without options, version and folder.
import { basename } from "node:path";
import { isRunner, PACKAGE_OPTIONS, readRunnerArgs } from "../../../agents/codex/program/runners.ts";

/** A program that a command line starts. */
export interface Program {
  /** `codex` of `@openai/codex@0.150.0`, or of `/opt/bin/codex`. */
  readonly name: string;
  /** Scope of its package: `@openai`. */
  readonly scope: string | undefined;
  /** Path in the command line; undefined if there is none, or if it shows the program's package. */
  readonly path: string | undefined;
  /** Packages that the runner's options name as its source, without a version. */
  readonly sources: readonly string[];
  /** The runner, e.g. `npx`; undefined if the program is started directly. */
  readonly runner: string | undefined;
  /** The arguments after the program. */
  readonly rest: readonly string[];
}

const RUNNER_OPTIONS: readonly string[] = [
  ...["-y", "--yes", "-q", "--quiet", "--bun", "--", "--refresh", "--isolated"],
  ...["--prefer-offline", "--offline", "--no-install"],
];
/** Options with a value that is not the package. */
const VALUE_OPTIONS: readonly string[] = ["--with", "--python"];
const VERSION = /(?<=[\w.-])@[\w.^~*-]+$/;

/** Finds the program that a command line starts; undefined if the arguments of `node` or a runner are not understood. */
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
    // Anything else is an option that may take a value, a folder, or a repository: not understood.
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
  // Node takes a path, so a bare name is not a known program.
  return program.path === undefined && !script.includes("/") ? undefined : program;
}

// A script inside node_modules is named by its package. `/opt/node_modules/@openai/codex-linux-x64/…/codex` is named by its file.
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
