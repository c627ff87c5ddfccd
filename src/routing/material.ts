// Tells what somebody wrote from what they pasted: code, logs, stack traces, quoted mail.
import { NAME } from "./words.ts";

/** Beginnings of lines that programs write. Each is anchored, and lines are cut before they are tested, so that none can be slow. */
const PRINTED: readonly RegExp[] = [
  // Times and levels.
  /^\s*\[?\d{4}[-/]\d\d[-/]\d\d[T _]\d/,
  /^\s*(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +\d{1,2} \d\d:\d\d/,
  /^\s*(?:[IWEF]\d{4} \d\d:\d\d|\d{1,3}(?:\.\d{1,3}){3} )/,
  /^\s*\[?\d\d[-/]\d\d[ T]\d\d:\d\d/,
  /^\s*\[?\d\d:\d\d(?::\d\d)?[\].,\s]/,
  /^\s*\[?(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL|SEVERE)\b[\]:\s]/,
  /^\s*\[(?:trace|debug|info|notice|warn|warning|error|fatal)\]\s/i,
  // Stack traces and failures of programs.
  /^\s+at\s+\S/,
  /^at\s+\S+[.(/:]\S*/,
  /^\s*File ".*", line \d/,
  /^\s*#\d+\s+\S/,
  /^\s*\d+:\s+\S+::\S/,
  /^\s*(?:Traceback \(most|Caused by:|goroutine \d|panic: |thread '|stack backtrace:|Exception in thread|FATAL EXCEPTION|Unhandled |Segmentation fault|\*\* \(|==\d+==|\*{3} )/,
  /^\s*(?:[\w$]+(?:\.|::))*[A-Z]\w*(?:Error|Exception|Failure|Warning)\b\S*(?:[:(]| \()/,
  /^\s*(?:fatal |compile |type |syntax )?error(?:\[\w+\]|\s[A-Z]+\d+)?:/i,
  /^\s*[\w.+-]+: (?:fatal |internal )?(?:error|warning|note|undefined|symbol)\b/,
  /^\s*(?:feat|fix|chore|docs|refactor|perf|test|build|ci|style)(?:\([\w-]+\))?!?: \w/,
  /^E\s{2,}\S/,
  /^\s*={3,}/,
  /^\s*(?:make(?:\[\d+\])?: |npm (?:ERR!|error)|(?:FAIL|PASS|not ok|ok) \S*[\d/.]|exit (?:status|code) \d|Found \d+ error)/,
  /^\s*\S+[:(]\d+(?:[:,]\d+)?\)?:?(?:\s|$)/,
  /:\d+:in [`']/,
  /\b0x[\da-f]{4,}\b/i,
  // Terminals, compilers' margins, diffs, quoted mail.
  /^\s*[$%>]\s+\S/,
  /^>/,
  /^\s*(?:\d+\s*)?\|/,
  /^\s*(?:-->|= note:|[\^~]+\s*$|@@ |diff --git|\+\+\+ |--- \S)/,
  /^\s*(?:gcc|g\+\+|clang|cc|rustc|javac) -/,
  // Code and markup.
  /[{}]\s*$/,
  /[({=<[].*;\s*$/,
  /^\s*(?:def|class|func|fn|function|struct|enum|interface)\s+[\w.]+\s*[(:<{]/,
  /^\s*(?:const|let|var|val)\s+[\w{[][^=]*=\s/,
  /^\s*(?:import\s.*["';]\s*$|from\s+[\w.]+\s+import\s|#include\s*[<"])/,
  /^\s*<\/?[A-Za-z][^>]*>/,
];
const MAX_LINE = 400;
/** Signs of code. Prose has few of them. */
const SIGNS = /[{}()[\];=<>|\\$_*&^~"#/:+@]/g;
const SIGN_SHARE = 0.2;
/** Least share of plain words in a sentence that stands beside pasted lines. */
const SENTENCE_SHARE = 0.6;

/** Leaves out fenced code and the lines that were pasted. */
export function dropMaterial(text: string): string {
  const paragraphs = dropFences(text).split(/\n[^\S\n]*\n/);
  const kept = paragraphs.map(dropPrintedLines);
  // What stands between two pasted paragraphs was pasted with them.
  const isPasted = kept.map((paragraph, at) => paragraph.length < (paragraphs[at]?.length ?? 0) && paragraph === "");
  return kept.map((paragraph, at) => (isPasted[at - 1] && isPasted[at + 1] ? "" : paragraph)).join("\n\n");
}

// A fence that nobody closed takes nothing: what follows it may be the request.
function dropFences(text: string): string {
  return text.includes("```") || text.includes("~~~") ? joinOutside(text.split("\n")) : text;
}

interface Fence {
  readonly signs: string;
  /** Its line, among those that are kept. */
  readonly at: number;
}

function joinOutside(lines: readonly string[]): string {
  const out: string[] = [];
  let open: Fence | undefined;
  for (const line of lines) {
    const rest = open === undefined ? undefined : findEnd(line, open.signs);
    if (open !== undefined && rest !== undefined) {
      out.splice(open.at, out.length, ` ${NAME} ${rest}`);
      open = undefined;
      continue;
    }
    const signs = findBeginning(line);
    // A fence with a language closes none, so the one before it was left open.
    if (signs?.startsWith(open?.signs ?? signs)) open = { signs, at: out.length };
    out.push(line);
  }
  return out.join("\n");
}

// More backticks on the line are inline code: "```npm test``` fails".
function findBeginning(line: string): string | undefined {
  return /^\s*(`{3,}(?=[^`]*$)|~{3,})/.exec(line)?.[1];
}

/** What follows the end of the fenced code on its line; undefined if this line does not end it. */
function findEnd(line: string, signs: string): string | undefined {
  const at = line.indexOf(signs);
  if (at === -1) return undefined;
  const rest = line.slice(at).replace(signs[0] === "`" ? /^`+/ : /^~+/, "");
  const isBehindCode = line.slice(0, at).trim() !== "";
  if (isBehindCode) return rest.trim() === "" ? "" : undefined;
  // One word is the language of another block; more of them are what the user says of this one.
  return /^\s*\S+\s*$/.test(rest) ? undefined : rest;
}

// Everything between the first and the last line that a program wrote is its, and so is what does not look like a sentence beside them.
function dropPrintedLines(paragraph: string): string {
  const lines = paragraph.split("\n");
  const first = lines.findIndex(isPrinted);
  if (first === -1) return paragraph;
  const last = lines.findLastIndex(isPrinted);
  return [...lines.slice(0, first), ...lines.slice(last + 1)].filter(isSentence).join("\n");
}

function isSentence(line: string): boolean {
  if (/^(?:\t| {4})/.test(line)) return false;
  const words = line
    .slice(0, MAX_LINE)
    .split(/\s+/)
    .filter((word) => word !== "");
  const plain = words.filter(
    (word) => /^["'(]?[\p{L}\p{M}][\p{L}\p{M}'’,-]*[).,:;!?"']*$/u.test(word) || /[^ -~]/.test(word),
  );
  return plain.length >= words.length * SENTENCE_SHARE;
}

function isPrinted(line: string): boolean {
  const head = line.slice(0, MAX_LINE);
  if (/^\s*(?:[-*•]|\d{1,2}[.)])\s/.test(head)) return false;
  return PRINTED.some((pattern) => pattern.test(head)) || isCode(head);
}

function isCode(line: string): boolean {
  const bare = line.replace(/`[^`]*`/g, "").replace(/\s/g, "");
  return bare.length >= 12 && (bare.match(SIGNS)?.length ?? 0) / bare.length >= SIGN_SHARE;
}
