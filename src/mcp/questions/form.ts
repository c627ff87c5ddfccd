// The form of a question, and its answer. How the form travels depends on the era.
import type { ChoiceAnswer, ChoiceQuestion } from "../../delegation/requests.ts";
import { cutText } from "../../domain/cut-text.ts";
import { readFields } from "../../domain/field-values.ts";
import { foldText } from "../../domain/fold-text.ts";
import { FORM_COLUMNS, FORM_LINES } from "../../domain/form-lines.ts";
import { isRecord } from "../../domain/guards.ts";
import { type FieldSchema, toFieldSchemas } from "./form-fields.ts";

/** Parameters of `elicitation/create`. */
export interface Form {
  readonly mode: "form";
  readonly message: string;
  readonly requestedSchema: {
    readonly type: "object";
    readonly properties: Record<string, FieldSchema>;
    readonly required: string[];
  };
}

/** Limit for the message of a form, in characters: a dialog is no place for a log. */
const MESSAGE_CHARACTERS = 1_000;
const DETAILS_CHARACTERS = 4_000;

/** The form of a question, its whole text as message. */
export function toForm(question: ChoiceQuestion): Form {
  return buildForm(cutText(question.message, MESSAGE_CHARACTERS), question);
}

/** The same, folded for a screen: the message has the first lines of a long text, and the field's description goes on with it in one line, where the words of others are quoted. */
export function toDetailedForm(question: ChoiceQuestion): Form {
  const text = cutText(question.message, DETAILS_CHARACTERS);
  const lines = foldText(text, FORM_COLUMNS);
  if (lines.length <= FORM_LINES) return buildForm(lines.join("\n"), question);
  const shown = lines.slice(0, FORM_LINES).join("\n");
  return buildForm(`${shown} …`, question, `… ${joinLines(lines.slice(FORM_LINES))}`);
}

/** A line of somebody else's words: what stands before the mark is ours. */
const MARKED = /^(?:([A-Z][a-z]+) )?> (.*)$/;

// On one line a mark at the beginning protects nothing, so somebody else's words become a JSON string.
function joinLines(lines: readonly string[]): string {
  const parts: string[] = [];
  let quoted: string[] = [];
  const close = (): void => {
    if (quoted.length > 0) parts.push(JSON.stringify(quoted.join(" ")));
    quoted = [];
  };
  for (const line of lines) {
    const [, label, text] = MARKED.exec(line) ?? [];
    if (label !== undefined || text === undefined) close();
    if (text === undefined) parts.push(line);
    else if (label !== undefined) parts.push(label);
    if (text !== undefined) quoted.push(text);
  }
  close();
  return parts.join(" ");
}

function buildForm(message: string, { choices, fields }: ChoiceQuestion, details?: string): Form {
  return {
    mode: "form",
    message: message.toWellFormed(),
    requestedSchema: {
      type: "object",
      // No default: an Enter by mistake must not decide.
      ...(fields === undefined ? toDecision(choices, details) : toFields(fields, details)),
    },
  };
}

function toDecision(choices: ChoiceQuestion["choices"], details?: string) {
  const decision: FieldSchema = {
    type: "string",
    title: "Decision",
    ...(details === undefined ? {} : { description: details.toWellFormed() }),
    oneOf: choices.map(({ id, title }) => ({ const: id, title })),
  };
  return { properties: { decision }, required: ["decision"] };
}

// The rest of a long message stands before the first field's own description.
function toFields(fields: NonNullable<ChoiceQuestion["fields"]>, details?: string) {
  if (details === undefined) return toFieldSchemas(fields);
  const [first, ...rest] = fields;
  if (first === undefined) return toFieldSchemas(fields);
  const own = first.description === undefined ? [] : [JSON.stringify(first.description)];
  const description = [details, ...own].join(" ").toWellFormed();
  return toFieldSchemas([{ ...first, description }, ...rest]);
}

/** Reads an answer. The client should have checked it by the schema; it is checked again here, in case it did not. */
export function toAnswer({ choices, fields }: ChoiceQuestion, result: unknown): ChoiceAnswer {
  const { action, content } = isRecord(result) ? result : {};
  if (action === "decline") return { kind: "declined" };
  if (fields !== undefined) {
    const values = action === "accept" ? readFields(fields, content) : undefined;
    return values === undefined ? { kind: "unanswered" } : { kind: "filled", values };
  }
  const decision = action === "accept" && isRecord(content) ? content["decision"] : undefined;
  const choice = choices.find(({ id }) => id === decision);
  return choice === undefined ? { kind: "unanswered" } : { kind: "chosen", id: choice.id };
}
