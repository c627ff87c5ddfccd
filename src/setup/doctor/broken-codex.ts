// Explains why an installed Codex does not run, from its own output, and says how to fix it.
import { cutText } from "../../domain/cut-text.ts";
import { type Finding, failed } from "./check.ts";

const WORDS = 200;

/** Known causes, recognized by the output. Those of npm's wrapper are from 0.50 to 0.169. */
const CAUSES: readonly { readonly says: RegExp; readonly found: string; readonly advice: string }[] = [
  {
    says: /missing optional dependency|unable to locate .*codex|unsupported platform|cannot find (?:module|package)/i,
    found: "npm's wrapper does not find the native program behind it",
    advice: "Install it again, with its optional packages and for this platform: npm install -g @openai/codex.",
  },
  {
    says: /\benv: .*no such file|bad interpreter|node: (?:command )?not found/i,
    found: "the program that its first line names does not exist",
    advice:
      "Usually Node was moved or removed. Install the Codex CLI again (npm install -g @openai/codex), or set CODEX_BIN to another one.",
  },
  {
    says: /exec format error|cannot execute|syntax error|ELF.*not found|GLIBC_|error while loading shared libraries/i,
    found: "it is not built for this machine",
    advice: "Install the Codex CLI for this machine: npm install -g @openai/codex.",
  },
  {
    says: /permission denied|operation not permitted/i,
    found: "this user may not run it",
    advice: "Correct its mode or owner. If its file system is mounted with noexec, install Codex elsewhere.",
  },
];

/** Describes a `--version` that printed no version. `exitCode` is undefined if the program could not be started or was killed. */
export function describeBroken(
  path: string,
  { exitCode, stdout, stderr }: { exitCode: number | undefined; stdout: string; stderr: string },
): Finding {
  const output = stderr.trim() === "" ? stdout : stderr;
  const words = output.trim() === "" ? "" : `: ${cutText(pickLine(output), WORDS)}`;
  const cause = CAUSES.find(({ says }) => says.test(output));
  if (cause !== undefined) return failed(`${path} does not run: ${cause.found}${words}`, cause.advice);
  if (exitCode === undefined) {
    return failed(
      `${path} does not run, or did not answer in time${words}`,
      `Run it yourself to see why: ${path} --version`,
    );
  }
  return failed(
    `${path} does not print its version (exit code ${exitCode})${words}`,
    "Set CODEX_BIN to the Codex CLI, or install it: npm install -g @openai/codex.",
  );
}

// Node prints the position of an error before the error itself.
function pickLine(output: string): string {
  const lines = output.split("\n").filter((line) => line.trim() !== "" && !/^\s*at |^file:|^WARNING/.test(line));
  const error = lines.find((line) => /^\s*(?:\w*Error|error|fatal):/i.test(line));
  return (error ?? lines.find((line) => /no such|not found|denied|cannot/i.test(line)) ?? lines[0] ?? output).trim();
}
