// Words the questions of an agent for people. What the agent wrote is marked at the start of each line, and no character of it can move the
// cursor or begin a line of its own: it must never pass for the bridge's words.
import { cutText } from "../../domain/cut-text.ts";
import { foldText } from "../../domain/fold-text.ts";
import { assertNever } from "../../domain/guards.ts";
import { toPrintable, toPrintableLine } from "../../domain/printable.ts";
import type { AgentQuestion, ApprovalChoice, ApprovalQuestion, InputField } from "../../domain/questions.ts";
import type { Redact } from "../../domain/redact.ts";
import type { ChoiceQuestion } from "../requests.ts";

/** How to speak of a question. */
export interface QuestionScope {
  /** Name of the agent in sentences. */
  readonly agent: string;
  /** Directory of the thread: a question about another one names it. */
  readonly cwd: string;
  /** First words of the turn's prompt: several turns may ask at once. */
  readonly title?: string | undefined;
  readonly redact: Redact;
}

/** Columns of a marked line; a form folds at 76. */
const COLUMNS = 74;
const MARK = "> ";
/** How much of a command is shown: a dialog is no place for a log. */
const SUMMARY_CHARACTERS = 700;
const REASON_CHARACTERS = 200;
const NAME_CHARACTERS = 100;
const TITLE_CHARACTERS = 80;
const DESCRIPTION_CHARACTERS = 300;
/** Text beyond this is not even searched for secrets. */
const READ_FACTOR = 10;

/** The question as a form. An Enter by mistake must not allow anything, so that is not the first choice. */
export function wordQuestion(
  question: AgentQuestion,
  scope: QuestionScope,
): Pick<ChoiceQuestion, "message" | "choices" | "fields" | "kind"> {
  const task = scope.title === undefined ? [] : quoteText("Task", scope.title, TITLE_CHARACTERS, scope.redact);
  const server = question.server === undefined ? undefined : toLine(question.server, NAME_CHARACTERS, scope.redact);
  const summary = clean(question.summary, SUMMARY_CHARACTERS, scope.redact);
  if (question.kind === "input") {
    const who = server === undefined ? scope.agent : `The MCP server ${JSON.stringify(server)} of ${scope.agent}`;
    return {
      message: [`${who} asks:`, ...quote("", summary.text), ...task].join("\n"),
      choices: [],
      fields: question.fields.map((field) => wordField(field, scope.redact)),
      kind: question.isForModel ? "input" : "decision",
    };
  }
  const { cwd, reason } = question;
  const size = summary.isWhole ? "" : ` of ${question.summary.length} characters, too long to show here`;
  const lines = [
    `${scope.agent} asks to ${describeWish(question.kind, server)}${size}:`,
    ...quote("", summary.text),
    ...(cwd === undefined || cwd === scope.cwd ? [] : quote("In", toLine(cwd, REASON_CHARACTERS, scope.redact))),
    ...(reason === undefined ? [] : quote("Why", clean(reason, REASON_CHARACTERS, scope.redact).text)),
    ...task,
  ];
  return { message: lines.join("\n"), choices: wordChoices(question, summary.isWhole), kind: "decision" };
}

/** The same in a few words, on one line. */
export function describeQuestion({ kind, summary, server }: AgentQuestion, { redact }: QuestionScope): string {
  const by = server === undefined ? "" : `${toLine(server, NAME_CHARACTERS, redact)}: `;
  const text = `${by}${toLine(summary, TITLE_CHARACTERS, redact)}`;
  switch (kind) {
    case "command":
      return `run ${text}`;
    case "patch":
      return `change ${text}`;
    case "tool":
      return `use ${text}`;
    case "permission":
      return `be allowed ${text}`;
    case "input":
      return `know ${text}`;
    default:
      return assertNever(kind);
  }
}

/** Why a request came to nothing. */
export type Refusal = "nobody to ask" | "timed out" | "declined";

/** A line for each reason that requests were refused for; empty if none were. */
export function describeRefusals(
  refused: readonly { readonly why: Refusal; readonly what: string }[],
  agent: string,
): string[] {
  return REFUSALS.flatMap(([why, reason]) => {
    const those = refused.filter((one) => one.why === why).map(({ what }) => what);
    if (those.length === 0) return [];
    const named = those.slice(0, MOST_NAMED).join("; ");
    const more = those.length > MOST_NAMED ? ` and ${those.length - MOST_NAMED} more` : "";
    return [`${agent} wanted to ${named}${more}. That was declined, since ${reason}.`];
  });
}

const MOST_NAMED = 3;
const REFUSALS: readonly (readonly [Refusal, string])[] = [
  ["declined", "the user said no"],
  ["timed out", "the form was closed, or nobody answered it in time"],
  ["nobody to ask", "no person can be asked here: the client shows no forms"],
];

function describeWish(kind: ApprovalQuestion["kind"], server: string | undefined): string {
  switch (kind) {
    case "command":
      return "run a command";
    case "patch":
      return "change files";
    case "tool":
      return `use a tool of its MCP server ${JSON.stringify(server ?? "")}`;
    case "permission":
      return "be allowed more";
    default:
      return assertNever(kind);
  }
}

const ALLOW: Readonly<Record<ApprovalChoice, string>> = {
  no: "Do not allow",
  once: "Allow once",
  thread: "Allow the same for the rest of the thread",
  stop: "Do not allow, and stop the turn",
};

// Nobody can know what the unseen part is like.
function wordChoices({ choices }: ApprovalQuestion, isWhole: boolean): ChoiceQuestion["choices"] {
  const offered = (["no", "once", "thread", "stop"] as const).filter((id) => id === "no" || choices.includes(id));
  const shown = isWhole ? offered : offered.filter((id) => id !== "thread");
  return shown.map((id) => ({
    id,
    title: !isWhole && id === "once" ? `${ALLOW.once}, unseen part included` : ALLOW[id],
  }));
}

function wordField(field: InputField, redact: Redact): InputField {
  const { title, description, value } = field;
  const options =
    "options" in value ? value.options.map((option) => ({ ...option, title: toTitle(option.title, redact) })) : [];
  return {
    ...field,
    title: toTitle(title, redact),
    description: description === undefined ? undefined : toLine(description, DESCRIPTION_CHARACTERS, redact),
    value: "options" in value ? { ...value, options } : value,
  };
}

function toTitle(text: string, redact: Redact): string {
  return toLine(text, TITLE_CHARACTERS, redact);
}

function toLine(text: string, most: number, redact: Redact): string {
  return toPrintableLine(clean(text, most, redact).text.replace(/\s+/g, " ").trim());
}

// Secrets are removed before a text is cut: half a secret would not be recognised.
function clean(text: string, most: number, redact: Redact): { readonly text: string; readonly isWhole: boolean } {
  const seen = text.slice(0, READ_FACTOR * most);
  const redacted = redact(seen).trim();
  return {
    text: toPrintable(cutText(redacted, most)),
    isWhole: seen.length === text.length && redacted.length <= most,
  };
}

/** Lines with what somebody else wrote: cleaned, and each begins with a mark. `ours` stands before the first one. */
export function quoteText(ours: string, text: string, most: number, redact: Redact): string[] {
  return quote(ours, clean(text, most, redact).text);
}

// Each line begins with the mark. Ours stands before the first one.
function quote(ours: string, text: string): string[] {
  const first = ours === "" ? MARK : `${ours} ${MARK}`;
  const lines = foldText(text, COLUMNS - first.length);
  return (lines.length === 0 ? ["(nothing)"] : lines).map((line, at) => `${at === 0 ? first : MARK}${line}`);
}
