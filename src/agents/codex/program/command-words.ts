// Finds the words of an MCP server's command line that name a program. An argument of the same name may be something else, such as the
// folder that a file server serves.
import { basename } from "node:path";
import { isRunner, PACKAGE_OPTIONS, readRunnerArgs } from "./runners.ts";

/** Programs that run the program behind their options. */
const WRAPPERS: readonly string[] = ["env", "exec", "nohup", "setsid", "nice", "ionice", "stdbuf", "timeout", "sudo"];
const SHELLS: readonly string[] = ["sh", "bash", "zsh", "dash", "ksh", "fish"];
const INTERPRETERS: readonly string[] = ["node", "nodejs", "bun", "deno", "tsx", "ts-node"];
/** Options that take a value. */
const VALUE_OPTIONS: readonly string[] = [
  ...PACKAGE_OPTIONS,
  ...["-r", "--require", "--import", "--loader", "--experimental-loader", "-C", "--conditions", "--env-file", "--cwd"],
  ...["-u", "--unset", "-n", "-s", "-k", "--with", "--python", "--registry", "--prefix", "--dir"],
];

/** Finds the words of a command line that name what it starts: the program, the script of an interpreter, the package of a runner. */
export function findCommandWords([program = "", ...args]: readonly string[]): string[] {
  const name = basename(program);
  const packageArgs = isRunner(program) ? readRunnerArgs(program, args) : undefined;
  if (packageArgs !== undefined) return findPackages(packageArgs);
  if (SHELLS.includes(name)) return findShellWords(args);
  if (WRAPPERS.includes(name)) return findCommandWords(dropOptions(args, /^(\w+=.*|\d+(\.\d+)?[smhd]?)$/));
  if (INTERPRETERS.includes(name)) return dropOptions(args, /^run$/).slice(0, 1);
  return [program];
}

function findPackages(args: readonly string[]): string[] {
  const named = args.flatMap((word, index) => {
    const [option = "", value] = word.split(/=(.*)/s, 2);
    return PACKAGE_OPTIONS.includes(option) ? [value ?? args[index + 1] ?? ""] : [];
  });
  return [...named, ...dropOptions(args).slice(0, 1)];
}

// For `sh -c 'cd /x && exec npx codex-bridge'` these are the words of every command in the text; otherwise it is the script itself.
function findShellWords(args: readonly string[]): string[] {
  const at = args.findIndex((word) => /^-\w*c$/.test(word));
  if (at < 0) return dropOptions(args).slice(0, 1);
  const commands = (args[at + 1] ?? "").split(/&&|\|\||[;|&\n]/);
  return commands.flatMap((command) => {
    const words = command.split(/\s+/).map((word) => word.replace(/^["'(]+|["')]+$/g, ""));
    const own = words.filter((word) => word !== "");
    // An assignment may stand before the program.
    return own.length === 0 ? [] : findCommandWords(["env", ...own]);
  });
}

function dropOptions(args: readonly string[], besides?: RegExp): string[] {
  let at = 0;
  for (; at < args.length; at++) {
    const word = args[at] ?? "";
    if (VALUE_OPTIONS.includes(word)) at++;
    else if (!word.startsWith("-") && besides?.test(word) !== true) break;
  }
  return args.slice(at);
}
