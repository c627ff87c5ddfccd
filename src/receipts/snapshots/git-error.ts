// What it means when git fails: who can do something about it, and what.
import { cutText } from "../../domain/cut-text.ts";
import { type ErrorReport, ProgramError } from "../../domain/errors.ts";
import { toPrintableLine } from "../../domain/printable.ts";

/** git did not do what it was asked for. */
export class GitError extends ProgramError {
  constructor(command: string, reason: string) {
    super(`git ${command}: ${reason}`);
    this.name = "GitError";
  }

  explain(): ReturnType<ProgramError["explain"]> {
    const said = this.message.trim();
    const reasons = leaveOutNames(leaveOutWarnings(said));
    const [, meaning] = MEANINGS.find(([pattern]) => pattern.test(reasons)) ?? [];
    const { code, what, nextStep } = meaning ?? { code: "GIT_FAILED", what: "Git failed", nextStep: undefined };
    return { code, message: `${what}: ${cutText(toPrintableLine(findReason(said)), REASON_CHARACTERS)}`, nextStep };
  }
}

const REASON_CHARACTERS = 400;

function leaveOutWarnings(said: string): string {
  const lines = said.split("\n").filter((line) => !/^(?:git [\w-]+: )?(?:warning|hint): /.test(line));
  return lines.length === 0 ? said : lines.join("\n");
}

/** What `git update-index` says of a name that it puts before its reason, without quotes. */
const SAID_OF_NAME = "cannot (?:add|drop)|does not exist|is a directory|failed to insert|unsupported file|can only add";
const AFTER_NAME = new RegExp(`^((?:git [\\w-]+: )?error: ).*: (?=${SAID_OF_NAME})`, "gm");

// The name of a file could read as a reason: those in quotes, those with a slash or a dot within, and those of `git update-index`.
function leaveOutNames(lines: string): string {
  return lines
    .replace(AFTER_NAME, "$1")
    .replace(/(Unable to process path ).*/g, "$1")
    .replace(/(?<!\w)'[^\n]*?(\.lock)?'(?!\w)/g, (_, lock) => (lock === undefined ? "<name>" : "<lock>"))
    .replace(/(?<!\w)"[^\n]*?"(?!\w)/g, "<name>")
    .replace(/\S*[/.]\w\S*/g, "<name>");
}

// Git tells the cause first, and what it could not do for it last (`fatal:`).
function findReason(said: string): string {
  const lines = said.split("\n");
  const fatal = lines.find((line) => /^(?:git [\w-]+: )?fatal: /.test(line));
  return fatal ?? lines[0] ?? said;
}

interface Meaning {
  readonly code: ErrorReport["code"];
  readonly what: string;
  /** undefined for the code's own. */
  readonly nextStep?: string | undefined;
}

/** By git's own words without names, which are English here (`LC_ALL=C`). The first that fits counts. */
const MEANINGS: readonly (readonly [RegExp, Meaning])[] = [
  [/No space left on device|Disk quota exceeded/, { code: "MACHINE_LIMIT", what: "A disk is full" }],
  [/out of memory|Cannot allocate memory|malloc failed/i, { code: "MACHINE_LIMIT", what: "Git got no memory" }],
  [
    /<lock>: File exists/,
    {
      code: "GIT_FAILED",
      what: "Another git holds a lock, or left one behind",
      nextStep:
        "Wait until the other git command has ended. If none runs, ask the user to remove the lock file. Then call again.",
    },
  ],
  [
    /Permission denied|Read-only file system|Operation not permitted|insufficient permission/,
    {
      code: "GIT_FAILED",
      what: "Git may not write or read there",
      nextStep: "Ask the user to make the file or folder that the error names writable for this user. Then call again.",
    },
  ],
  [
    /corrupt|inflate: |unable to unpack|failed to unpack tree|unable to read|bad object|could not read|missing (?:blob|tree|commit)|index file (?:smaller|corrupt)|bad signature/i,
    {
      code: "GIT_FAILED",
      what: "The repository lacks an object, or has a damaged one",
      nextStep: "Ask the user to run `git fsck` in the repository, and to repair what it names. Then call again.",
    },
  ],
  [
    /is not a git command|unknown (?:option|switch)|^git [\w-]+: usage: /m,
    {
      code: "GIT_FAILED",
      what: "This git is too old",
      nextStep: "Ask the user to install a newer git. Then call again.",
    },
  ],
  [
    /timed out/,
    {
      code: "GIT_FAILED",
      what: "Git took too long",
      nextStep: "Call again when the machine is less busy.",
    },
  ],
  [
    /ENOENT|EACCES|spawn /,
    {
      code: "GIT_FAILED",
      what: "Git could not be started",
      nextStep: "Ask the user to install git, or to correct PATH. Then call again.",
    },
  ],
];
