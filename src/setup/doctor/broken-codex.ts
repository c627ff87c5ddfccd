// A Codex that is there and does not run: what it says itself, and what helps.
import { cutText } from "../../domain/cut-text.ts";
import { type Finding, failed } from "./check.ts";

const WORDS = 200;

/** Causes by their words; the wrapper's are those of npm's 0.50 to 0.169. */
const CAUSES: readonly { readonly says: RegExp; readonly found: string; readonly advice: string }[] = [
  {
    says: /missing optional dependency|unable to locate .*codex|unsupported platform|cannot find (?:module|package)/i,
    found: "npm's wrapper does not find the program behind it",
    advice: "Install it again, with its optional packages and for this platform: npm install -g @openai/codex.",
  },
  {
    says: /\benv: .*no such file|bad interpreter|node: (?:command )?not found/i,
    found: "the program that its first line names is not there",
    advice:
      "Most often Node was moved or removed since. Install the Codex CLI again (npm install -g @openai/codex), or set CODEX_BIN to another one.",
  },
  {
    says: /exec format error|cannot execute|syntax error|ELF.*not found|GLIBC_|error while loading shared libraries/i,
    found: "it is not built for this machine",
    advice: "Install the Codex CLI for this machine: npm install -g @openai/codex.",
  },
  {
    says: /permission denied|operation not permitted/i,
    found: "this user may not run it",
    advice: "Correct its mode and owner, or whether its file system allows programs (noexec).",
  },
];

/** What `--version` came to where it told none. `exitCode` is undefined where it was ended or could not be started. */
export function describeBroken(
  path: string,
  { exitCode, stdout, stderr }: { exitCode: number | undefined; stdout: string; stderr: string },
): Finding {
  const output = stderr.trim() === "" ? stdout : stderr;
  const words = output.trim() === "" ? "" : `: ${cutText(pickLine(output), WORDS)}`;
  const cause = CAUSES.find(({ says }) => says.test(output));
  if (cause !== undefined) return failed(`${path} does not run, ${cause.found}${words}`, cause.advice);
  if (exitCode === undefined) {
    return failed(
      `${path} does not run, or did not answer in time${words}`,
      `Run it yourself to see why: ${path} --version`,
    );
  }
  return failed(
    `${path} does not tell its version (exit code ${exitCode})${words}`,
    "Set CODEX_BIN to the Codex CLI, or install that: npm install -g @openai/codex.",
  );
}

// Node tells first where an error was thrown.
function pickLine(output: string): string {
  const lines = output.split("\n").filter((line) => line.trim() !== "" && !/^\s*at |^file:|^WARNING/.test(line));
  const error = lines.find((line) => /^\s*(?:\w*Error|error|fatal):/i.test(line));
  return (error ?? lines.find((line) => /no such|not found|denied|cannot/i.test(line)) ?? lines[0] ?? output).trim();
}
