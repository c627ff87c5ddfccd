// The commands, one entry each: what their help says, which words they take, what they run. Everything they need is loaded when run.
import { join } from "node:path";
import { NO_FLAGS } from "../domain/codex-flags.ts";
import { CODEX_FLAG_OPTIONS, toCodexFlags } from "./codex-flags.ts";
import { printLine } from "./output.ts";
import { serve } from "./serve.ts";

/** Options and words as they were given. */
export interface CommandWords {
  readonly values: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;
  readonly positionals: readonly string[];
}

/** An option of a command. */
export interface CommandOption {
  readonly type: "boolean" | "string";
  readonly short?: string;
  /** May be given several times. */
  readonly multiple?: boolean;
  readonly help: string;
}

/** A command. */
export interface Command {
  readonly name: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  /** What follows the name, in the usage line. */
  readonly usage: string;
  /** What there is to know besides, for its own help. */
  readonly details: readonly string[];
  readonly options: Readonly<Record<string, CommandOption>>;
  readonly hasWords: boolean;
  /** Resolves with the exit code. */
  readonly run: (words: CommandWords, version: string) => Promise<number>;
}

const SHIPPED_RULES = join(import.meta.dirname, "../delegation-rules.json");
const OWN_PATH = join(import.meta.dirname, "bin.js");

/** All of them; the first is what runs without words. */
export const COMMANDS: readonly Command[] = [
  {
    name: "serve",
    summary: "serve MCP on stdin and stdout: what Claude Code starts",
    usage: "",
    details: [
      "Settings are environment variables; see docs/reference.md.",
      "Register it: claude mcp add -s user codex -- codex-bridge",
    ],
    options: {},
    hasWords: false,
    run: (_words, version) => serve(version, NO_FLAGS),
  },
  {
    name: "mcp-server",
    summary: "serve, with the flags of the `codex mcp-server` that was removed",
    usage: "[flags of codex mcp-server]",
    details: [
      "Mends a broken registration by one word: codex … mcp-server … becomes codex-bridge … mcp-server …, the flags in any order.",
      "They hold for every Codex that the bridge starts, on top of config.toml.",
    ],
    options: CODEX_FLAG_OPTIONS,
    hasWords: false,
    run: ({ values }, version) => serve(version, toCodexFlags(values)),
  },
  {
    name: "doctor",
    summary: "check everything that a turn needs, and say what to do",
    usage: "[--json] [--turn] [--fix]",
    details: [
      "Run it where you run claude: the entry of the server that is registered there is what it checks. A state folder that is missing is made.",
      "Exit code: 0 all is well, 1 warnings, 2 something failed.",
    ],
    options: {
      json: { type: "boolean", help: "print the checks as JSON" },
      turn: { type: "boolean", help: "make one real turn too (costs a small turn of your account)" },
      fix: { type: "boolean", help: "end leftover processes, set the state folder's mode" },
    },
    hasWords: false,
    run: async ({ values }, version) => {
      const { runDoctorCommand } = await import("./doctor.ts");
      return runDoctorCommand({
        ownPath: OWN_PATH,
        shippedRules: SHIPPED_RULES,
        version,
        isJson: values["json"] === true,
        isTurn: values["turn"] === true,
        isFix: values["fix"] === true,
        print: printLine,
      });
    },
  },
  {
    name: "route",
    summary: "say which agent the delegation rules choose for a task, and why",
    usage: '"task" [options]  or  --eval FILE.jsonl',
    details: [
      "The rules are those of DELEGATION_RULES, else the shipped ones.",
      'A line of FILE.jsonl: {"task": "…", "agent": "codex_cli"} or "claude_code".',
    ],
    options: {
      "context-tokens": { type: "string", help: "N: tokens of context the task needs" },
      type: { type: "string", help: "T: kind of task as the rules name it" },
      complexity: { type: "string", help: "0..1" },
      files: { type: "string", help: "yes or no: whether files or commands are needed" },
      json: { type: "boolean", help: "print the decision as JSON" },
      eval: { type: "string", help: "FILE.jsonl: judge the rules by labelled tasks" },
    },
    hasWords: true,
    run: async ({ values, positionals }) => {
      const { runRoute } = await import("./route.ts");
      return runRoute({ values, positionals, shippedRules: SHIPPED_RULES, print: printLine });
    },
  },
  {
    name: "migrate",
    summary: "put the bridge in the place of another Codex server, in Claude Code's files",
    usage: "[--dry-run] [--scope S] [PATH…]  or  --undo",
    details: [
      "Without PATH it looks where Claude Code looks from here: .mcp.json, .claude.json, and the permission rules of the settings. A PATH is such a file, a plugin, or a project's folder.",
      "What it does not understand stays as it is, and is told. Each new registration has to answer before it is written; the files as they were are kept.",
      "Exit code: 0, or 1 where something could not be changed.",
    ],
    options: {
      "dry-run": { type: "boolean", help: "show the changes, write nothing" },
      scope: { type: "string", multiple: true, help: "local, project, user or all (the default)" },
      undo: { type: "boolean", help: "take the last migration back" },
    },
    hasWords: true,
    run: async ({ values, positionals }, version) => {
      const { runMigrate } = await import("./migrate.ts");
      return runMigrate({
        ownPath: OWN_PATH,
        version,
        paths: positionals,
        scopes: [values["scope"] ?? []].flat().map(String),
        isDryRun: values["dry-run"] === true,
        isUndo: values["undo"] === true,
        print: printLine,
      });
    },
  },
  {
    name: "demo",
    summary: "show what delegating looks like, without an account",
    usage: "[--live]",
    details: [
      "It needs the Codex CLI (the checkout brings its own). The model is a stand-in on 127.0.0.1, and nothing of yours is touched.",
    ],
    options: { live: { type: "boolean", help: "use your own Codex login and model (costs a few small turns)" } },
    hasWords: false,
    run: async ({ values }) => {
      const { runDemo } = await import("../setup/demo/demo.ts");
      return runDemo({ isLive: values["live"] === true, print: printLine });
    },
  },
];
