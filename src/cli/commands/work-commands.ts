// What shows and judges work: jobs, threads, receipts, reviews, decisions, outputs.
import { type Command, isSet, toCommand, toText, toTexts } from "../command.ts";
import { hasReader, printError, printLine, writeBytes, writeText } from "../output.ts";
import { OWN_PATH, SHIPPED_RULES, VALIDATION_WORKER } from "../own-paths.ts";
import { LAST, listOptions, toListed, toOneId } from "./list-options.ts";

/** These commands. */
export const WORK_COMMANDS: readonly Command[] = [
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
      const { runRoute } = await import("../route.ts");
      return runRoute({ values, positionals, shippedRules: SHIPPED_RULES, print: printLine });
    },
  }),
  toCommand({
    name: "run",
    summary: "give Codex one task and print its answer",
    usage: '"task" [options]',
    details: [
      "The answer goes to stdout, warnings and errors to stderr. It uses the settings of the bridge that is registered here.",
      "Exit code: 0 if the task is finished, 1 if not, 2 for wrong use, 130 after Ctrl-C.",
    ],
    options: {
      cwd: { type: "string", help: "DIR: where it works (default: here)" },
      sandbox: { type: "string", help: "read-only, workspace-write or danger-full-access" },
      model: { type: "string", help: "NAME: the model" },
      failover: { type: "string", multiple: true, help: "AGENT: who takes over if Codex fails, such as claude" },
      json: { type: "boolean", help: "print the whole result as JSON" },
    },
    hasWords: true,
    run: async ({ values, positionals }, version) => {
      const { runTask } = await import("../run.ts");
      const { cwd, sandbox, model, failover } = values;
      return runTask({
        task: positionals.join(" "),
        args: { cwd: toText(cwd), sandbox: toText(sandbox), model: toText(model), failover: toTexts(failover) },
        isJson: isSet(values, "json"),
        version,
        ownPath: OWN_PATH,
        writeText,
        printError,
      });
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
      ...listOptions("jobs of every project"),
    },
    hasWords: true,
    run: async ({ values, positionals }) => {
      const { runJobs } = await import("../jobs.ts");
      return runJobs({
        ...toListed(values),
        id: toOneId(positionals),
        follow: toText(values["follow"]),
        cancel: toText(values["cancel"]),
        isStop: isSet(values, "stop"),
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
      ...listOptions("threads of every directory (within BRIDGE_ROOTS)"),
      archived: { type: "boolean", help: "also archived threads" },
    },
    hasWords: true,
    run: async ({ values, positionals }) => {
      const { runThreads } = await import("../threads.ts");
      return runThreads({
        ...toListed(values),
        id: toOneId(positionals),
        search: toText(values["search"]),
        withArchived: isSet(values, "archived"),
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
      const { runAttach } = await import("../attach.ts");
      return runAttach({ ownPath: OWN_PATH, id: toOneId(positionals), print: printLine });
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
      last: LAST,
      ...listOptions("receipts of every directory"),
    },
    hasWords: true,
    run: async ({ values, positionals }) => {
      const { runReceipts } = await import("../receipts.ts");
      return runReceipts({
        ...toListed(values),
        id: toOneId(positionals),
        isLast: isSet(values, "last"),
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
    options: listOptions("proposals of every directory"),
    run: async ({ values }) => {
      const { runProposals } = await import("../proposals.ts");
      return runProposals(toListed(values));
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
      last: LAST,
      ...listOptions("reviews of every directory"),
    },
    hasWords: true,
    run: async ({ values, positionals }) => {
      const { runReviews } = await import("../reviews.ts");
      return runReviews({
        ...toListed(values),
        id: toOneId(positionals),
        isLast: isSet(values, "last"),
      });
    },
  }),
  toCommand({
    name: "validate",
    summary: "pass a text on if it fits a regular expression or a JSON Schema",
    usage: "[--pattern RE] [--schema FILE] [--correct AGENT]",
    details: [
      "It reads the text from stdin. If it fits, stdout has the same bytes; otherwise stdout has nothing, and stderr says what is wrong. With both options it must fit both.",
      "The pattern may match anywhere in the text; ^ and $ are its beginning and end. Line breaks at the end of the text do not count for it.",
      "With --correct codex or claude, that agent corrects a text that does not fit, once, in a turn that changes no files. stdout then has the corrected text, if it fits.",
      "Exit code: 0 if the text fits or was corrected, 1 if it does not fit, 2 for wrong use, or if it cannot be known whether it fits, or what it printed could not be written whole.",
    ],
    options: {
      pattern: { type: "string", help: "RE: regular expression of JavaScript, with the flag u" },
      schema: { type: "string", help: "FILE: JSON Schema" },
      correct: { type: "string", help: "AGENT: codex or claude corrects it (uses your account)" },
    },
    run: async ({ values }, version) => {
      const { runValidate } = await import("../validate.ts");
      return runValidate({
        pattern: toText(values["pattern"]),
        schema: toText(values["schema"]),
        correct: toText(values["correct"]),
        stdin: process.stdin,
        validationWorker: VALIDATION_WORKER,
        write: writeBytes,
        writeText,
        printError,
        correctText: async (request) => (await import("../correct-text.ts")).correctText(version, OWN_PATH, request),
      });
    },
  }),
];
