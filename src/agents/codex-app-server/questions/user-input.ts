// `item/tool/requestUserInput`: the model asks something, by options, by a text, or both. Some versions ask for a tool's approval this way.
import { foldText } from "../../../domain/fold-text.ts";
import { FORM_COLUMNS, FORM_LINES } from "../../../domain/form-lines.ts";
import type { JsonObject } from "../../../domain/json.ts";
import { toPrintable } from "../../../domain/printable.ts";
import type { FieldValue, InputField } from "../../../domain/questions.ts";
import { type Fields, readList, readText } from "../protocol/fields.ts";
import type { AnswerQuestion } from "./question-scope.ts";

/** No answer to any question: the model is told so, and goes on. */
const NOTHING: JsonObject = { answers: {} };
const MOST_QUESTIONS = 10;
const MOST_OPTIONS = 30;
/** Longest text that a person may give. */
const TEXT_CHARACTERS = 10_000;
/** With this id Codex asks whether a tool may run, if the user has switched its other way off. A model must not answer that. */
const APPROVAL_ID = /^mcp_tool_call_approval/;
/** Options of such a question that write to the user's config. */
const FOR_GOOD = /again|always|remember/i;

/** Columns of the mark before each line, with room. */
const MARK_COLUMNS = 4;
const LABEL_CHARACTERS = 70;

interface Question {
  readonly id: string;
  /** Labels of the options, in their order. */
  readonly labels: readonly string[];
  readonly fields: readonly InputField[];
}

/** Answers it. */
export const answerUserInput: AnswerQuestion = async (params, { ask, tellDeclined }) => {
  const asked = readList(params, "questions") ?? [];
  const questions = asked.slice(0, MOST_QUESTIONS).map(toQuestion);
  if (asked.some(({ isSecret }) => isSecret === true)) {
    tellDeclined("for a secret, which the bridge does not pass on");
    return NOTHING;
  }
  const known = questions.flatMap((question) => question ?? []);
  if (known.length === 0 || known.length !== asked.length) {
    tellDeclined("in a form that the bridge does not know");
    return NOTHING;
  }
  const summary = asked.map((question) => readText(question, "question") ?? "").join("\n");
  const isApproval = known.some(({ id }) => APPROVAL_ID.test(id));
  if (isApproval && !isShownWhole(summary, known)) {
    tellDeclined("for an approval that is too long to show");
    return NOTHING;
  }
  const answer = await ask({
    kind: "input",
    summary,
    isForModel: !isApproval,
    fields: known.flatMap(({ fields }) => fields),
  });
  if (answer.kind !== "filled") return NOTHING;
  return { answers: Object.fromEntries(known.flatMap((question, at) => toAnswers(question, at, answer.values))) };
};

// Cut, an approval could hide what it is for.
function isShownWhole(summary: string, questions: readonly Question[]): boolean {
  const labels = questions.flatMap((question) => question.labels);
  const shown = toPrintable(summary).replaceAll("\t", "        ");
  const lines = foldText(shown, FORM_COLUMNS - MARK_COLUMNS);
  return lines.length < FORM_LINES && labels.every((label) => label.length <= LABEL_CHARACTERS);
}

function toQuestion(raw: Fields, at: number): Question | undefined {
  const id = readText(raw, "id");
  const text = readText(raw, "question");
  const all = readList(raw, "options")?.map((option) => readText(option, "label") ?? "") ?? [];
  if (id === undefined || text === undefined || all.length > MOST_OPTIONS) return undefined;
  const isApproval = APPROVAL_ID.test(id);
  const labels = isApproval ? all.filter((label) => !FOR_GOOD.test(label)) : all;
  // Nobody writes an approval as a text.
  if (isApproval && labels.length === 0) return undefined;
  const title = readText(raw, "header") ?? text;
  const own = { type: "text", minLength: 1, maxLength: TEXT_CHARACTERS } as const;
  if (labels.length === 0) {
    return { id, labels, fields: [{ id: toKey(at), title, description: text, isRequired: true, value: own }] };
  }
  const isOther = raw["isOther"] === true && !isApproval;
  const options = labels.map((label, index) => ({ id: String(index + 1), title: label }));
  const choice: InputField = {
    ...{ id: toKey(at), title, description: text, isRequired: !isOther },
    value: { type: "choice", options },
  };
  const other: InputField = {
    id: `${toKey(at)}_other`,
    title: `${title}: something else`,
    isRequired: false,
    value: own,
  };
  return { id, labels, fields: isOther ? [choice, other] : [choice] };
}

function toKey(at: number): string {
  return `q${at + 1}`;
}

function toAnswers(
  { id, labels }: Question,
  at: number,
  values: Readonly<Record<string, FieldValue>>,
): [string, JsonObject][] {
  const given = values[toKey(at)];
  const other = values[`${toKey(at)}_other`];
  const chosen = labels.length === 0 ? given : labels[Number(given) - 1];
  const answers = [chosen, other].flatMap((text) => (typeof text === "string" && text !== "" ? [text] : []));
  return answers.length === 0 ? [] : [[id, { answers }]];
}
