// What a session shows of itself and leaves for the next one: plans, checkpoints, the memory, the status line.
import { type Command, isSet, toCommand, toText, toTexts } from "../command.ts";
import { printError, printLine } from "../output.ts";
import { OWN_PATH } from "../own-paths.ts";

/** These commands. */
export const SESSION_COMMANDS: readonly Command[] = [
  toCommand({
    name: "session",
    summary: "carry work through with Codex: plan, review, implement, validate",
    usage: "[list]  or  ACTION [ID] [options]",
    details: [
      "Actions: plan, review, implemented, validate, status, list, extract-pattern. plan without ID begins a session.",
      "Each step is kept in the shared memory. A step out of order says which ones are open.",
    ],
    options: {
      file: { type: "string", help: "FILE: the plan, what was done, or the pattern" },
      text: { type: "string", help: "TEXT: the same as text" },
      title: { type: "string", help: "TEXT: one line (default: the plan's first line)" },
      taken: { type: "string", multiple: true, help: "F1: a finding that was followed (implemented)" },
      check: { type: "string", help: "COMMAND: what must pass (validate)" },
      model: { type: "string", help: "NAME: Codex's model" },
      json: { type: "boolean", help: "print JSON" },
    },
    hasWords: true,
    run: async ({ values, positionals }, version) => {
      const { runSession } = await import("../session.ts");
      const { file, text, title, taken, check, model } = values;
      return runSession({
        ...{ words: positionals, version, ownPath: OWN_PATH, print: printLine, isJson: isSet(values, "json") },
        ...{ file: toText(file), text: toText(text), title: toText(title), taken: toTexts(taken) },
        ...{ check: toText(check), model: toText(model) },
      });
    },
  }),
  toCommand({
    name: "checkpoint",
    summary: "save where a session stands, and show it to the next one",
    usage: "[list]  or  save|restore [ID] [options]",
    details: [
      "A checkpoint is a file in .claude-context/ of this directory: progress, decisions, next steps, changed files, threads, jobs.",
      "restore takes the newest without ID, and tells what has moved since. It changes nothing.",
    ],
    options: {
      progress: { type: "string", help: "TEXT: the task, and what of it is done" },
      decision: { type: "string", multiple: true, help: "TEXT: what was decided" },
      next: { type: "string", multiple: true, help: "TEXT: what is to be done next" },
      json: { type: "boolean", help: "print JSON" },
    },
    hasWords: true,
    run: async ({ values, positionals }, version) => {
      const { runCheckpoint } = await import("../checkpoint.ts");
      return runCheckpoint({
        ...{ words: positionals, version, ownPath: OWN_PATH, print: printLine },
        progress: toText(values["progress"]),
        decisions: toTexts(values["decision"]),
        next: toTexts(values["next"]),
        isJson: isSet(values, "json"),
      });
    },
  }),
  toCommand({
    name: "memory",
    summary: "search, show, export, import, prune or share the memory",
    usage: "ACTION [WORDS] [options]",
    details: [
      "Actions: search, show, export, import, prune, share, unshare.",
      "It is the memory of this repository and the user's own. search takes words, or lists the newest; show takes an id, export a folder, import files or folders.",
      "export writes a Markdown file for each entry, to read, edit and commit. import takes such files: an edited one becomes the next version (without a session: a further entry), none is stored twice. It takes entries for all projects only with --user.",
      "prune takes ids, or options, shows what it would remove of this repository (with --user: of the user's own), and removes it with --yes.",
      "share says that this directory is the team's project that its git remote names; unshare, that it is none (docs/team-memory.md).",
      "Exit code: 0, 1 if the memory cannot be used or a file was refused, 2 for wrong use.",
    ],
    options: {
      kind: { type: "string", help: "KIND: plan, review, implementation, validation, …" },
      session: { type: "string", help: "ID: entries of that session" },
      user: { type: "boolean", help: "only the user's own entries" },
      limit: { type: "string", help: "N: most hits of search (default: 10)" },
      "older-than": { type: "string", help: "DAYS: entries older than that" },
      yes: { type: "boolean", help: "prune: remove them" },
      json: { type: "boolean", help: "print JSON" },
    },
    hasWords: true,
    run: async ({ values, positionals }) => {
      const { runMemory } = await import("../memory.ts");
      return runMemory({
        ...{ words: positionals, ownPath: OWN_PATH, print: printLine, printError },
        kind: toText(values["kind"]),
        session: toText(values["session"]),
        isUser: isSet(values, "user"),
        limit: toText(values["limit"]),
        olderThan: toText(values["older-than"]),
        isConfirmed: isSet(values, "yes"),
        isJson: isSet(values, "json"),
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
      const { runStatusLine } = await import("../statusline.ts");
      const { stdin, stdout } = process;
      return runStatusLine({
        ...{ ownPath: OWN_PATH, wrap: toText(values["wrap"]), stdin, print: printLine },
        write: (text) => void stdout.write(text),
      });
    },
  }),
];
