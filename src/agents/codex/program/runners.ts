// Programs that fetch a package and run it: `npx -y codex-bridge`, `uvx --from X codexmcp`.
import { basename } from "node:path";

/** Runners, with the words that make them run a package. Without these words some of them run a script of the project. */
const RUNNERS: Readonly<Record<string, readonly string[]>> = {
  npx: [],
  bunx: [],
  pnpx: [],
  uvx: [],
  npm: ["exec", "x"],
  pnpm: ["dlx", "exec"],
  yarn: ["dlx", "exec"],
  bun: ["x"],
  pipx: ["run"],
  uv: ["tool run", "run"],
};
const PYTHON_RUNNERS: readonly string[] = ["uvx", "uv", "pipx"];

/** Options of runners that name the package, in the next word or after `=`. */
export const PACKAGE_OPTIONS: readonly string[] = ["-p", "--package", "--from", "--spec"];

/** Whether a program is a runner. */
export function isRunner(program: string): boolean {
  return Object.hasOwn(RUNNERS, basename(program));
}

/** Whether a runner takes Python packages. */
export function isPythonRunner(program: string | undefined): boolean {
  return program !== undefined && PYTHON_RUNNERS.includes(basename(program));
}

/** The words after the runner's own (`exec`, `tool run`); undefined if the runner does not run a package with these words. */
export function readRunnerArgs(program: string, args: readonly string[]): readonly string[] | undefined {
  const verbs = RUNNERS[basename(program)] ?? [];
  if (verbs.length === 0) return args;
  const verb = verbs.map((words) => words.split(" ")).find((words) => words.every((word, at) => args[at] === word));
  return verb === undefined ? undefined : args.slice(verb.length);
}
