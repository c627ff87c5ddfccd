// The form of a question, and its answer. How the form travels depends on the era.
import type { ChoiceAnswer, ChoiceQuestion } from "../../delegation/requests.ts";
import { cutText } from "../../domain/cut-text.ts";
import { isRecord } from "../../domain/guards.ts";
import { foldText } from "./fold-text.ts";

/** Parameters of `elicitation/create`. */
export type Form = ReturnType<typeof buildForm>;

/** Limit for the message of a form, in characters: a dialog is no place for a log. */
const MESSAGE_CHARACTERS = 1_000;
/** Claude Code shows three lines of a message and one of a description, and cuts each at the width of the screen (docs/claude-code.md#forms). */
const MESSAGE_LINES = 3;
const MESSAGE_WIDTH = 76;
const DETAILS_CHARACTERS = 4_000;

/** The form of a question, its whole text as message. */
export function toForm({ message, choices }: ChoiceQuestion): Form {
  return buildForm(cutText(message, MESSAGE_CHARACTERS), choices);
}

/** The same, folded for a screen: the message has the first lines of a long text, and the field's description goes on with it in one line. */
export function toDetailedForm({ message, choices }: ChoiceQuestion): Form {
  const text = cutText(message, DETAILS_CHARACTERS);
  const lines = foldText(text, MESSAGE_WIDTH);
  if (lines.length <= MESSAGE_LINES) return buildForm(lines.join("\n"), choices);
  const shown = lines.slice(0, MESSAGE_LINES).join("\n");
  return buildForm(`${shown} …`, choices, `… ${lines.slice(MESSAGE_LINES).join(" ")}`);
}

function buildForm(message: string, choices: ChoiceQuestion["choices"], details?: string) {
  return {
    mode: "form" as const,
    message: message.toWellFormed(),
    requestedSchema: {
      type: "object" as const,
      properties: {
        decision: {
          type: "string" as const,
          title: "Decision",
          ...(details === undefined ? {} : { description: details.toWellFormed() }),
          oneOf: choices.map(({ id, title }) => ({ const: id, title })),
        },
      },
      // No default: an Enter by mistake must not decide.
      required: ["decision"],
    },
  };
}

/** Reads an answer. The client should have checked it by the schema; it is checked again here, in case it did not. */
export function toAnswer({ choices }: ChoiceQuestion, result: unknown): ChoiceAnswer {
  const { action, content } = isRecord(result) ? result : {};
  if (action === "decline") return { kind: "declined" };
  const decision = action === "accept" && isRecord(content) ? content["decision"] : undefined;
  const choice = choices.find(({ id }) => id === decision);
  return choice === undefined ? { kind: "unanswered" } : { kind: "chosen", id: choice.id };
}
