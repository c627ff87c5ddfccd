// The form of a question, and its answer. How the form travels depends on the era.
import type { ChoiceAnswer, ChoiceQuestion } from "../../delegation/requests.ts";
import { cutText } from "../../domain/cut-text.ts";
import { readFields } from "../../domain/field-values.ts";
import { foldText } from "../../domain/fold-text.ts";
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
/** Claude Code shows three lines of a message and one of a description, and cuts each at the width of the screen (docs/claude-code.md#forms). */
const MESSAGE_LINES = 3;
const MESSAGE_WIDTH = 76;
const DETAILS_CHARACTERS = 4_000;

/** The form of a question, its whole text as message. */
export function toForm(question: ChoiceQuestion): Form {
  return buildForm(cutText(question.message, MESSAGE_CHARACTERS), question);
}

/** The same, folded for a screen: the message has the first lines of a long text, and the field's description goes on with it in one line. */
export function toDetailedForm(question: ChoiceQuestion): Form {
  const text = cutText(question.message, DETAILS_CHARACTERS);
  const lines = foldText(text, MESSAGE_WIDTH);
  if (lines.length <= MESSAGE_LINES) return buildForm(lines.join("\n"), question);
  const shown = lines.slice(0, MESSAGE_LINES).join("\n");
  return buildForm(`${shown} …`, question, `… ${lines.slice(MESSAGE_LINES).join(" ")}`);
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
  const description = [details, first.description ?? ""].join(" ").trim().toWellFormed();
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
