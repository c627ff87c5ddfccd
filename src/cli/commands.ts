// The list of commands: their help, their options, and what they run. A command's code is loaded only when it runs.
import { join } from "node:path";
import { NO_FLAGS } from "../domain/codex-flags.ts";
import { prepareBridge } from "./bridge-start.ts";
import { CODEX_FLAG_OPTIONS, toCodexFlags } from "./codex-flags.ts";
import { hasReader, printError, printLine, writeBytes, writeText } from "./output.ts";
import { serve } from "./serve.ts";

/** Options and words of the command line. */
export interface CommandWords {
  readonly values: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;
  readonly positionals: readonly string[];
}

/** An option of a command. */
export interface CommandOption {
  readonly type: "boolean" | "string";
  readonly short?: string;
  /** True if the option may be given several times. */
  readonly multiple?: boolean;
  readonly help: string;
}

/** A command. */
export interface Command {
  readonly name: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  /** Text after the name in the usage line. */
  readonly usage: string;
  /** Further sentences for the command's own help. */
  readonly details: readonly string[];
  readonly options: Readonly<Record<string, CommandOption>>;
  readonly hasWords: boolean;
  /** Whether it is left out of the help, since only the program itself runs it. */
  readonly isInternal?: boolean;
  /** Resolves with the exit code. */
  readonly run: (words: CommandWords, version: string) => Promise<number>;
}

const SHIPPED_RULES = join(import.meta.dirname, "../delegation-rules.json");
const OWN_PATH = join(import.meta.dirname, "bin.js");
const VALIDATION_WORKER = join(import.meta.dirname, "validation-worker.mjs");

/** All commands. The first one runs if no command is given. */
export const COMMANDS: readonly Command[] = [
  toCommand({
    name: "serve",
    summary: "run the MCP server on stdin and stdout (Claude Code starts this)",
    details: [
      "Settings are environment variables; see docs/reference.md.",
      "Register it: claude mcp add -s user codex -- codex-bridge",
    ],
    run: (_words, version) => serve(version, NO_FLAGS),
  }),
  toCommand({
    name: "run-jobs",
    summary: "run the jobs that outlive their session (the bridge starts this)",
    isInternal: true,
    run: async (_words, version) => (await import("./run-jobs.ts")).runRunner(prepareBridge(version)),
  }),
  toCommand({
    name: "hook",
    summary: "answer a hook of the Claude Code plugin (Claude Code starts this)",
    isInternal: true,
    hasWords: true,
    run: async ({ positionals }) => (await import("./hook.ts")).runHook(positionals[0], printLine),
  }),
  toCommand({
    name: "mcp-server",
    summary: "the same, with the flags of the removed `codex mcp-server`",
    usage: "[flags of codex mcp-server]",
    details: [
      "To repair an old registration, replace one word: codex … mcp-server … becomes codex-bridge … mcp-server …. The flags may stand in any order.",
      "The flags apply to every Codex that the bridge starts, on top of config.toml.",
    ],
    options: CODEX_FLAG_OPTIONS,
    run: ({ values }, version) => serve(version, toCodexFlags(values)),
  }),
  toCommand({
    name: "init",
    summary: "set everything up: registration, permissions, notes, profiles, status line",
    usage: "[--scope S] [--dry-run|--yes]  or  --undo [--all]",
    details: [
      "It shows every change and asks before it writes. Run again, it changes nothing. It ends with doctor.",
      "It writes only values and marked blocks of its own, keeps comments and order, and keeps a copy of every file: --undo puts them back byte for byte.",
      "Steps: programs, registration, permissions, rules, claude-md, agents-md, profiles, gitignore, statusline.",
      "Exit code: 0, or 1 if something could not be done, or nobody agreed.",
    ],
    options: {
      scope: { type: "string", help: "user (default), or project: for all who work in it" },
      only: { type: "string", help: "A,B: only these steps" },
      skip: { type: "string", help: "A,B: without these steps" },
      "dry-run": { type: "boolean", help: "show the changes, write nothing" },
      yes: { type: "boolean", help: "write without asking" },
      undo: { type: "boolean", help: "take back the last set-up" },
      all: { type: "boolean", help: "with --undo: every set-up" },
    },
    run: async ({ values }, version) => {
      const { runInit } = await import("./init.ts");
      return runInit({
        ownPath: OWN_PATH,
        shippedRules: SHIPPED_RULES,
        version,
        scope: toText(values["scope"]),
        only: toText(values["only"]),
        skip: toText(values["skip"]),
        isYes: isSet(values, "yes"),
        isDryRun: isSet(values, "dry-run"),
        isUndo: isSet(values, "undo"),
        isAll: isSet(values, "all"),
        print: printLine,
      });
    },
  }),
  toCommand({
    name: "doctor",
    summary: "check everything that a call needs, and say how to fix it",
    usage: "[--json] [--turn] [--fix]",
    details: [
      "Run it in the directory where you run claude: it checks the server that is registered there. It creates a missing state folder.",
      "Exit code: 0 if all is well, 1 with warnings, 2 if a check failed.",
    ],
    options: {
      json: { type: "boolean", help: "print the checks as JSON" },
      turn: { type: "boolean", help: "also make one real call (uses a little of your account)" },
      fix: { type: "boolean", help: "end leftover processes and correct the state folder's mode" },
    },
    run: async ({ values }, version) => {
      const { runDoctorCommand } = await import("./doctor.ts");
      return runDoctorCommand({
        ownPath: OWN_PATH,
        shippedRules: SHIPPED_RULES,
        version,
        isJson: isSet(values, "json"),
        isTurn: isSet(values, "turn"),
        isFix: isSet(values, "fix"),
        print: printLine,
      });
    },
  }),
  toCommand({
    name: "route",
    summary: "show which agent the delegation rules choose for a task, and why",
    usage: '"task" [options]  or  --eval FILE.jsonl',
    details: [
      "It uses the rules in DELEGATION_RULES, or the shipped ones.",
      'A line of FILE.jsonl: {"task": "…", "agent": "codex_cli"} or "claude_code"; "prompt" may stand for "task".',
    ],
    options: {
      "context-tokens": { type: "string", help: "N: tokens of context that the task needs" },
      type: { type: "string", help: "T: kind of task, in the words of the rules" },
      complexity: { type: "string", help: "0..1" },
      files: { type: "string", help: "yes or no: whether the task needs files or commands" },
      json: { type: "boolean", help: "print the decision as JSON" },
      prompt: { type: "boolean", help: "print what the prompt hook would tell Claude of this prompt" },
      eval: { type: "string", help: "FILE.jsonl: measure the rules with labelled tasks" },
    },
    hasWords: true,
    run: async ({ values, positionals }) => {
      const { runRoute } = await import("./route.ts");
      return runRoute({ values, positionals, shippedRules: SHIPPED_RULES, print: printLine });
    },
  }),
  toCommand({
    name: "jobs",
    summary: "list background jobs; show, follow or cancel one",
    usage: "[ID] [--follow ID|--cancel ID|--stop] [--all] [--json]",
    details: [
      "It shows the jobs that were started in this directory, also those of sessions that have ended. With ID it prints the result of that job.",
      "Exit code: 0, 1 if the job has not completed, 2 if there is no such job.",
    ],
    options: {
      follow: { type: "string", help: "ID: show what it does until it ends" },
      cancel: { type: "string", help: "ID: end it" },
      stop: { type: "boolean", help: "end the runners (BRIDGE_JOBS=outlive) and cancel their jobs" },
      all: { type: "boolean", help: "jobs of every project" },
      json: { type: "boolean", help: "print JSON" },
    },
    hasWords: true,
    run: async ({ values, positionals }) => {
      const { runJobs } = await import("./jobs.ts");
      const [id, ...others] = positionals;
      if (others.length > 0) throw new Error("it takes one id");
      return runJobs({
        ownPath: OWN_PATH,
        id,
        follow: toText(values["follow"]),
        cancel: toText(values["cancel"]),
        isStop: isSet(values, "stop"),
        isAll: isSet(values, "all"),
        isJson: isSet(values, "json"),
        print: printLine,
        hasReader,
      });
    },
  }),
  toCommand({
    name: "threads",
    summary: "list and search Codex threads; show one and how to open it",
    usage: "[ID|--search WORDS] [--all] [--archived] [--json]",
    details: [
      "It shows the threads of this directory, whoever started them, the last used first. With ID it shows the end of that thread, and the command that opens it in a terminal.",
      "Exit code: 0, or 2 if there is no such thread.",
    ],
    options: {
      search: { type: "string", help: "WORDS: those that contain all of them" },
      all: { type: "boolean", help: "threads of every directory (within BRIDGE_ROOTS)" },
      archived: { type: "boolean", help: "also archived threads" },
      json: { type: "boolean", help: "print JSON" },
    },
    hasWords: true,
    run: async ({ values, positionals }) => {
      const { runThreads } = await import("./threads.ts");
      const [id, ...others] = positionals;
      if (others.length > 0) throw new Error("it takes one id");
      return runThreads({
        ownPath: OWN_PATH,
        id,
        search: toText(values["search"]),
        isAll: isSet(values, "all"),
        withArchived: isSet(values, "archived"),
        isJson: isSet(values, "json"),
        print: printLine,
      });
    },
  }),
  toCommand({
    name: "attach",
    summary: "open a thread in Codex's own terminal while Claude works with it",
    usage: "[ID]",
    details: [
      "It needs BRIDGE_ATTACH=1 in the bridge's `env`. Without ID it opens the thread that is open in this directory, and lists them if there are several.",
      "What you do there, Claude is told with its next turn. Exit code: that of Codex, or 1 if nothing was opened.",
    ],
    hasWords: true,
    run: async ({ positionals }) => {
      const { runAttach } = await import("./attach.ts");
      const [id, ...others] = positionals;
      if (others.length > 0) throw new Error("it takes one id");
      return runAttach({ ownPath: OWN_PATH, id, print: printLine });
    },
  }),
  toCommand({
    name: "receipts",
    summary: "list what Codex's turns changed and ran; print one receipt",
    usage: "[ID|--last] [--all] [--json]",
    details: [
      "A receipt tells which files a turn changed, with line counts, and its commands with exit codes. The bridge compares the files itself.",
      "Exit code: 0, or 2 if there is no such receipt.",
    ],
    options: {
      last: { type: "boolean", help: "print the newest" },
      all: { type: "boolean", help: "receipts of every directory" },
      json: { type: "boolean", help: "print JSON" },
    },
    hasWords: true,
    run: async ({ values, positionals }) => {
      const { runReceipts } = await import("./receipts.ts");
      const [id, ...others] = positionals;
      if (others.length > 0) throw new Error("it takes one id");
      return runReceipts({
        ownPath: OWN_PATH,
        id,
        isLast: isSet(values, "last"),
        isAll: isSet(values, "all"),
        isJson: isSet(values, "json"),
        print: printLine,
      });
    },
  }),
  toCommand({
    name: "validate",
    summary: "pass a text on if it fits a regular expression or a JSON Schema",
    usage: "[--pattern RE] [--schema FILE] [--correct codex]",
    details: [
      "It reads the text from stdin. If it fits, stdout has the same bytes; otherwise stdout has nothing, and stderr says what is wrong. With both options it must fit both.",
      "The pattern may match anywhere in the text; ^ and $ are its beginning and end. Line breaks at the end of the text do not count for it.",
      "With --correct codex, Codex corrects a text that does not fit, once, in a turn that changes no files. stdout then has the corrected text, if it fits.",
      "Exit code: 0 if the text fits or was corrected, 1 if it does not fit, 2 for wrong use, or if it cannot be known whether it fits.",
    ],
    options: {
      pattern: { type: "string", help: "RE: regular expression of JavaScript, with the flag u" },
      schema: { type: "string", help: "FILE: JSON Schema" },
      correct: { type: "string", help: "codex: corrects it (uses a little of your account)" },
    },
    run: async ({ values }, version) => {
      const { runValidate } = await import("./validate.ts");
      return runValidate({
        pattern: toText(values["pattern"]),
        schema: toText(values["schema"]),
        correct: toText(values["correct"]),
        stdin: process.stdin,
        validationWorker: VALIDATION_WORKER,
        write: writeBytes,
        writeText,
        printError,
        correctText: async (request) => (await import("./correct-text.ts")).correctText(version, OWN_PATH, request),
      });
    },
  }),
  toCommand({
    name: "proposals",
    summary: "list what Codex proposes in worktrees and nobody has landed",
    usage: "[--all] [--json]",
    details: [
      'A turn with isolation "worktree" proposes a branch. Claude lands or discards it with codex-land; you can also look at the branch with git.',
    ],
    options: {
      all: { type: "boolean", help: "proposals of every directory" },
      json: { type: "boolean", help: "print JSON" },
    },
    run: async ({ values }) => {
      const { runProposals } = await import("./proposals.ts");
      return runProposals({
        ownPath: OWN_PATH,
        isAll: isSet(values, "all"),
        isJson: isSet(values, "json"),
        print: printLine,
      });
    },
  }),
  toCommand({
    name: "statusline",
    summary: "one line for Claude Code's status line: jobs, usage limits, last receipt",
    usage: "[--wrap COMMAND]",
    details: [
      'Set it in Claude Code\'s settings: "statusLine": {"type": "command", "command": "codex-bridge statusline", "refreshInterval": 3}.',
      "It reads the bridge's own files alone, so it costs no tokens. It prints nothing if there is nothing to say, and its exit code is always 0.",
    ],
    options: { wrap: { type: "string", help: "COMMAND: your own status line, shown above it" } },
    run: async ({ values }) => {
      const { runStatusLine } = await import("./statusline.ts");
      const { stdin, stdout } = process;
      return runStatusLine({
        ...{ ownPath: OWN_PATH, wrap: toText(values["wrap"]), stdin, print: printLine },
        write: (text) => void stdout.write(text),
      });
    },
  }),
  toCommand({
    name: "reviews",
    summary: "list Codex's reviews; print one with its findings",
    usage: "[ID|--last] [--all] [--json]",
    details: [
      "A finding quotes the lines that it is about. One that is unverified quotes lines that the bridge did not find.",
      "Exit code: 0, or 2 if there is no such review.",
    ],
    options: {
      last: { type: "boolean", help: "print the newest" },
      all: { type: "boolean", help: "reviews of every directory" },
      json: { type: "boolean", help: "print JSON" },
    },
    hasWords: true,
    run: async ({ values, positionals }) => {
      const { runReviews } = await import("./reviews.ts");
      const [id, ...others] = positionals;
      if (others.length > 0) throw new Error("it takes one id");
      return runReviews({
        ownPath: OWN_PATH,
        id,
        isLast: isSet(values, "last"),
        isAll: isSet(values, "all"),
        isJson: isSet(values, "json"),
        print: printLine,
      });
    },
  }),
  toCommand({
    name: "migrate",
    summary: "replace another Codex server with this one, in Claude Code's files",
    usage: "[--dry-run] [--scope S] [PATH…]  or  --undo",
    details: [
      "Without PATH it checks the files that Claude Code reads in this directory: .mcp.json, .claude.json, and the permission rules of the settings. A PATH is such a file, a plugin, or a project's folder.",
      "It reports entries that it does not understand, and leaves them as they are. It tries each new registration before it writes it, and keeps a copy of every file that it changes.",
      "Exit code: 0, or 1 if something could not be changed.",
    ],
    options: {
      "dry-run": { type: "boolean", help: "show the changes, write nothing" },
      scope: { type: "string", multiple: true, help: "local, project, user or all (the default)" },
      undo: { type: "boolean", help: "undo the last migration" },
    },
    hasWords: true,
    run: async ({ values, positionals }, version) => {
      const { runMigrate } = await import("./migrate.ts");
      return runMigrate({
        ownPath: OWN_PATH,
        version,
        paths: positionals,
        scopes: [values["scope"] ?? []].flat().map(String),
        isDryRun: isSet(values, "dry-run"),
        isUndo: isSet(values, "undo"),
        print: printLine,
      });
    },
  }),
  toCommand({
    name: "demo",
    summary: "show what delegating looks like, without an account",
    usage: "[--live]",
    details: [
      "It needs the Codex CLI (a checkout has its own). The model is a stand-in on 127.0.0.1, and your files stay untouched.",
    ],
    options: { live: { type: "boolean", help: "use your own Codex login and model (makes a few small calls)" } },
    run: async ({ values }) => {
      const { runDemo } = await import("../setup/demo/demo.ts");
      return runDemo({ isLive: isSet(values, "live"), print: printLine });
    },
  }),
];

function toCommand(row: Pick<Command, "name" | "summary" | "run"> & Partial<Command>): Command {
  return { usage: "", details: [], options: {}, hasWords: false, ...row };
}

function isSet(values: CommandWords["values"], name: string): boolean {
  return values[name] === true;
}

function toText(value: CommandWords["values"][string]): string | undefined {
  return typeof value === "string" ? value : undefined;
}
