// Words the questions of an agent for people. What the agent wrote is marked at the start of each line, and no character of it can move the
// cursor or begin a line of its own: it must never pass for the bridge's words.
import { cutLine, foldText } from "../../../domain/fold-text.ts";
import { FORM_COLUMNS, fitsForm } from "../../../domain/form-lines.ts";
import { assertNever } from "../../../domain/guards.ts";
import type { AgentQuestion, ApprovalChoice, ApprovalQuestion, InputField } from "../../../domain/questions.ts";
import type { Redact } from "../../../domain/redact.ts";
import type { ChoiceQuestion } from "../../requests.ts";
import { type CleanText, clean, quote, quoteEnds, quoteText, toLine, toOneLine } from "./quoted-text.ts";

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

/** How much of a command is shown: a dialog is no place for a log. */
const SUMMARY_CHARACTERS = 700;
const REASON_CHARACTERS = 200;
const NAME_CHARACTERS = 100;
/** With it, the first line of a question that is too long takes no more than two lines. */
const SHORT_NAME_COLUMNS = 24;
const TITLE_CHARACTERS = 80;
const DESCRIPTION_CHARACTERS = 300;

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
  return wordApproval(question, summary, server, task, scope);
}

// All of what would be done must be among the lines that are surely shown. Otherwise its beginning and its end are, and the rest comes last.
function wordApproval(
  question: ApprovalQuestion,
  summary: CleanText,
  server: string | undefined,
  task: readonly string[],
  { agent, cwd: usual, redact }: QuestionScope,
): Pick<ChoiceQuestion, "message" | "choices" | "kind"> {
  const { kind, cwd, reason } = question;
  const place = cwd === undefined || cwd === usual ? undefined : clean(cwd, REASON_CHARACTERS, redact);
  const where = place === undefined ? [] : quote("In", toOneLine(place.text));
  const why = reason === undefined ? [] : quoteText("Why", reason, REASON_CHARACTERS, redact);
  const wish = [`${agent} asks to ${describeWish(kind, server)}:`, ...quote("", summary.text), ...where];
  const isWhole = summary.isWhole && place?.isWhole !== false && fitsForm(wish);
  const choices = wordChoices(question, isWhole);
  if (isWhole) return { message: [...wish, ...why, ...task].join("\n"), choices, kind: "decision" };
  const size = question.summary.length + (place === undefined ? 0 : (cwd ?? "").length);
  const short = server === undefined ? undefined : cutLine(server, SHORT_NAME_COLUMNS);
  const first = `Too long to show (${size} characters): ${agent} asks to ${describeWish(kind, short)}:`;
  const ends = quoteEnds(question.summary, foldText(first, FORM_COLUMNS).length === 1 ? 2 : 1, redact);
  const message = [first, ...ends, ...where, ...why, ...task, ...quote("Text", summary.text)].join("\n");
  return { message, choices, kind: "decision" };
}

/** The same in a few words, on one line. */
export function describeQuestion({ kind, summary, server }: AgentQuestion, { redact }: QuestionScope): string {
  // It becomes part of a sentence of ours.
  const by = server === undefined ? "" : `${JSON.stringify(toLine(server, NAME_CHARACTERS, redact))}: `;
  const text = `${by}${JSON.stringify(toLine(summary, TITLE_CHARACTERS, redact))}`;
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

/** Codex then lets every call of the tool run, whatever its arguments (docs/codex-cli.md#app-server-questions). */
const ALLOW_TOOL = "Allow every call of this tool for the rest of the thread";

// Nobody can know what the unseen part is like.
function wordChoices({ choices, kind }: ApprovalQuestion, isWhole: boolean): ChoiceQuestion["choices"] {
  const offered = (["no", "once", "thread", "stop"] as const).filter((id) => id === "no" || choices.includes(id));
  const shown = isWhole ? offered : offered.filter((id) => id !== "thread");
  return shown.map((id) => {
    if (!isWhole && id === "once") return { id, title: `${ALLOW.once}, unseen part included` };
    return { id, title: id === "thread" && kind === "tool" ? ALLOW_TOOL : ALLOW[id] };
  });
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
