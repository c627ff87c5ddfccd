// Explains why Codex ended before a turn began, by its output, its exit code, or the signal that ended it.
import { type Explanation, type Row, readRows } from "./codex-failures.ts";

/** Next step if the installed CLI itself is the cause. */
export const REPAIR =
  "Ask the user to run `codex-bridge doctor` and to install the Codex CLI again (npm install -g @openai/codex).";
const CANNOT_WRITE: Row = [
  /Read-only file system|No space left on device|Disk quota exceeded|Permission denied|Not a directory \(os error/i,
  "AGENT_BROKEN",
  "Codex cannot write to its home folder (CODEX_HOME), so it did not start.",
  "Ask the user to free space for Codex's home folder or to make it writable, and to run `codex-bridge doctor`.",
];
const DATABASE: Row = [
  /sqlite|database|list_turns is not supported/i,
  "THREAD_BROKEN",
  "Codex cannot read its index of threads, so this thread cannot be continued at the moment.",
];

/** The first match wins. Apostrophes differ between versions, so no pattern contains one. */
const BY_START: readonly Row[] = [
  [
    // The words of Rust, of Node in npm's wrapper, of a shell, and of the loader.
    /\(os error (?:23|24|11|12)\)|\bspawn\b.{0,300} (?:EMFILE|ENFILE|EAGAIN|ENOMEM)\b|\bspawn (?:EMFILE|ENFILE|EAGAIN|ENOMEM)\b|too many open files|cannot allocate memory|cannot fork|fork: .{0,40}resource temporarily unavailable/i,
    "MACHINE_LIMIT",
    "Codex did not start, because this machine has no file handles, processes or memory left.",
  ],
  [
    /required MCP servers failed/i,
    "CONFIG_INVALID",
    "An MCP server that Codex's config requires did not start.",
    "Ask the user to fix that server in Codex's config.toml, or to set BRIDGE_CHILD_MCP=none, which starts Codex without them.",
  ],
  [
    /Error loading rules|starlark error/i,
    "CONFIG_INVALID",
    "Codex cannot read one of its rules files, so it did not start.",
    "Ask the user to correct the rules file that the error names, and to run `codex-bridge doctor`.",
  ],
  [
    /Error loading config|parsing -c overrides|finding codex home|config profile .{0,200} not found|Model provider .{0,200} not found|^error: invalid value|TOML parse error|failed to load .{0,20}configuration|^invalid configuration:/im,
    "CONFIG_INVALID",
    "Codex did not accept its configuration.",
  ],
  [/no rollout found|thread not found/i, "THREAD_NOT_FOUND", "Codex does not know this thread."],
  [
    /is archived\. Run/i,
    "THREAD_NOT_FOUND",
    "The thread is archived. codex-threads-edit with action unarchive brings it back, or `codex unarchive` in a terminal.",
  ],
  [/already has an active writer/i, "SESSION_BUSY", "Another program has this thread open."],
  [
    /missing an ordinal/i,
    "THREAD_NOT_FOUND",
    "The thread was last written by an older Codex CLI and cannot be resumed.",
  ],
  [
    /empty session file|failed to parse (conversation|thread) ID|failed to (load rollout|read thread|read session)/i,
    "THREAD_NOT_FOUND",
    "Codex cannot read its file of the thread, which is damaged.",
  ],
  [/Not inside a trusted directory/i, "NOT_A_GIT_REPO", "The directory is not inside a git repository."],
  [/exceeds the maximum length/i, "INVALID_ARGUMENT", "The prompt is longer than Codex allows."],
  [
    /unexpected argument|unrecognized subcommand/i,
    "AGENT_UNSUPPORTED",
    "This Codex CLI does not have an option that the bridge needs.",
  ],
  [
    /Missing optional dependency|Unsupported platform/i,
    "AGENT_BROKEN",
    "The installed Codex CLI has no program for this machine.",
    REPAIR,
  ],
  [
    /Exec format error|cannot execute binary file|bad CPU type/i,
    "AGENT_BROKEN",
    "The Codex CLI is built for another kind of machine.",
    REPAIR,
  ],
  [
    /error while loading shared libraries|symbol lookup error|version `GLIBC|Library not loaded/i,
    "AGENT_BROKEN",
    "The Codex CLI needs a system library that is missing.",
    REPAIR,
  ],
  [
    /env: .{0,200}No such file|bad interpreter|exec: .{0,200}not found|command not found/i,
    "AGENT_BROKEN",
    "The script that starts the Codex CLI does not find the program that it needs.",
    "Ask the user to put that program on the PATH with which Claude Code is started, or to set CODEX_BIN to the path of another Codex CLI. `codex-bridge doctor` shows which one it finds.",
  ],
  [
    /^Error: No such file or directory \(os error 2\)/i,
    "INVALID_ARGUMENT",
    "Codex did not find the directory or a file that it was given.",
  ],
  CANNOT_WRITE,
];

/** A thread that cannot be resumed for a reason that is not known here. */
export const CANNOT_RESUME: Explanation = {
  code: "THREAD_BROKEN",
  summary: "Codex cannot resume this thread at the moment.",
};

/** What is known about a Codex that ended before a turn began. */
export interface StartEvidence {
  /** Codex's output; "" if it printed nothing. */
  readonly words: string;
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly isResume: boolean;
}

/** Explains what Codex says where it does not open a thread; undefined if the words are not known. */
export function readStartWords(words: string, isResume: boolean): Explanation | undefined {
  // Only a resume needs the index of threads. Without room on the disk, a new thread fails too.
  const known = readRows(words, isResume ? [...BY_START, DATABASE] : BY_START);
  return known?.code === "THREAD_BROKEN" ? nameDatabase(known, words) : known;
}

/** Explains a failed start; undefined if somebody ended Codex with a signal. */
export function readStart({ words, exitCode, signal, isResume }: StartEvidence): Explanation | undefined {
  const known = readStartWords(words, isResume);
  if (known !== undefined) return known;
  if (signal !== undefined) {
    if (!CRASH_SIGNALS.has(signal)) return undefined;
    return { code: "AGENT_BROKEN", summary: `The Codex CLI crashed as it started (${signal}).`, nextStep: REPAIR };
  }
  // Only Codex's own sentences are about the thread. The output of a shim or a loader is not.
  if (isResume && /^Error: |thread\/resume/.test(words)) {
    return CANNOT_RESUME;
  }
  const exit = exitCode ?? "unknown";
  return {
    code: "AGENT_BROKEN",
    summary: `The Codex CLI did not start: it ended with exit code ${exit} before a thread began.`,
  };
}

// If the file is gone, Codex builds a new index from its rollouts (docs/codex-cli.md#rollouts).
function nameDatabase(explanation: Explanation, words: string): Explanation {
  const file = /(?<=\s)\/[^\s:'"`]{1,300}\.sqlite\b/.exec(words)?.[0];
  if (file === undefined) return explanation;
  return {
    ...explanation,
    summary: `Codex cannot read its index of threads, ${file}, so this thread cannot be continued at the moment.`,
    nextStep: "Or ask the user to move that file away; Codex then builds it again.",
  };
}

const CRASH_SIGNALS: ReadonlySet<string> = new Set([
  "SIGILL",
  "SIGSEGV",
  "SIGBUS",
  "SIGABRT",
  "SIGSYS",
  "SIGTRAP",
  "SIGFPE",
]);
