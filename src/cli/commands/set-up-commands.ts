// What sets the bridge up and checks it.
import { type Command, isSet, toCommand, toText } from "../command.ts";
import { printLine } from "../output.ts";
import { OWN_PATH, SHIPPED_RULES } from "../own-paths.ts";

/** These commands. */
export const SET_UP_COMMANDS: readonly Command[] = [
  toCommand({
    name: "init",
    summary: "set everything up: registration, permissions, notes, profiles, status line",
    usage: "[--scope S] [--dry-run|--yes]  or  --undo [--all]",
    details: [
      "It shows every change and asks before it writes. Run again, it changes nothing. It ends with doctor.",
      "It writes only values and marked blocks of its own, keeps comments and order, and keeps a copy of every file: --undo puts them back byte for byte.",
      "Profiles, the entry in Codex and the status line are your own in both scopes.",
      "Steps: programs, registration, permissions, rules, claude-md, agents-md, profiles, codex, gitignore, statusline.",
      "It ends with doctor; --skip doctor leaves that out.",
      "Exit code: 0, or 1 if something could not be done, or nobody agreed.",
    ],
    options: {
      scope: {
        type: "string",
        help: "user (default): all your projects; project: this one",
      },
      only: { type: "string", help: "A,B: only these steps" },
      skip: { type: "string", help: "A,B: without these steps; doctor: no check" },
      "dry-run": { type: "boolean", help: "show the changes, write nothing" },
      yes: { type: "boolean", help: "write without asking" },
      undo: { type: "boolean", help: "take back the last set-up" },
      all: { type: "boolean", help: "with --undo: every set-up" },
    },
    run: async ({ values }, version) => {
      const { runInit } = await import("../init.ts");
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
    usage: "[--json] [--turn] [--fix] [--only A,B]",
    details: [
      "Run it in the directory where you run claude: it checks the server that is registered there. It creates a missing state folder.",
      "Exit code: 0 if all is well, 1 with warnings, 2 if a check failed.",
    ],
    options: {
      json: { type: "boolean", help: "print the checks as JSON" },
      turn: { type: "boolean", help: "also make one real call (uses a little of your account)" },
      fix: { type: "boolean", help: "end leftover processes and correct the state folder's mode" },
      only: { type: "string", help: "A,B: only these checks, by the names that it prints" },
    },
    run: async ({ values }, version) => {
      const { runDoctorCommand } = await import("../doctor.ts");
      return runDoctorCommand({
        ownPath: OWN_PATH,
        shippedRules: SHIPPED_RULES,
        version,
        isJson: isSet(values, "json"),
        isTurn: isSet(values, "turn"),
        isFix: isSet(values, "fix"),
        only: toText(values["only"]),
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
      const { runMigrate } = await import("../migrate.ts");
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
      const { runDemo } = await import("../../setup/demo/demo.ts");
      return runDemo({ ownPath: OWN_PATH, isLive: isSet(values, "live"), print: printLine });
    },
  }),
];
