// Picks Codex's error from its stderr, which also contains its log, warnings of every run, and stack traces.

/** Lines that Codex prints in every run and that explain nothing. */
const NOISE = /^(?:WARNING: proceeding, even though|Reading (?:prompt|additional input) from stdin)/;
/** `Error: …` of anyhow, `error: …` of clap, `Error loading …:` of the start, and Node's errors if the script of the npm package fails. */
const ERROR = /^(?:error: |Error: |Error loading |Error finding |Error parsing )/;
/** The text after this is not for people. */
const END = /^(?:Stack backtrace:|Usage: |For more information|Node\.js v|\s+at \S)/;
const LOG = /^\d{4}-\d\d-\d\dT\S+\s+(ERROR|WARN|INFO)\s+\S+?: (.*)$/;
/** The excerpt of a file that a TOML error shows. */
const PICTURE = /^\s*(?:\d+\s*)?\|/;
const MOST_LINES = 6;

/** Codex's last error as one line, with its causes. Without an error, the first line that is not noise; "" if there is none. */
export function readCodexWords(stderr: string): string {
  const lines = stderr.split("\n").filter((line) => line.trim() !== "" && !NOISE.test(line));
  const at = lines.findLastIndex((line) => ERROR.test(line));
  const logged = lines.findLast((line) => LOG.exec(line)?.[1] === "ERROR");
  if (at === -1) return cleanLine(lines.find((line) => !LOG.test(line)) ?? logged ?? "");
  const words = joinCauses(lines.slice(at));
  // 0.50 writes its errors to its log only.
  return /agent loop died unexpectedly/.test(words) && logged !== undefined ? cleanLine(logged) : words;
}

function joinCauses(lines: readonly string[]): string {
  const end = lines.findIndex((line) => END.test(line));
  const told = (end === -1 ? lines : lines.slice(0, Math.max(1, end)))
    .filter((line) => !PICTURE.test(line) && !LOG.test(line))
    .slice(0, MOST_LINES)
    .map((line) => line.replace(/^\s*(?:\d+: )?/, "").trim())
    .filter((line) => line !== "Caused by:" && line !== "");
  return [...new Set(told)].reduce((text, line) => (/:$/.test(text) ? `${text} ${line}` : `${text}: ${line}`));
}

function cleanLine(line: string): string {
  return (LOG.exec(line)?.[2] ?? line).trim();
}
