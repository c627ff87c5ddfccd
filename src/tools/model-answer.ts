// Turns the text with which a model answers a question into an answer.
import type { ChoiceAnswer, ChoiceQuestion } from "../delegation/requests.ts";
import { BridgeError } from "../domain/errors.ts";
import { readFields } from "../domain/field-values.ts";
import type { FieldType, InputField } from "../domain/questions.ts";

/** The answer. `question` is undefined where it is not known, or is not for a model. Throws INVALID_ARGUMENT for a text that does not answer it. */
export function toModelAnswer(question: ChoiceQuestion | undefined, text: string): ChoiceAnswer {
  const { choices = [], fields } = question ?? {};
  if (fields !== undefined) return { kind: "filled", values: toValues(fields, text) };
  if (choices.length > 0 && !choices.some(({ id }) => id === text)) {
    throw new BridgeError("INVALID_ARGUMENT", `\`text\` must be one of: ${choices.map(({ id }) => id).join(", ")}.`);
  }
  return { kind: "chosen", id: text };
}

function toValues(fields: readonly InputField[], text: string): NonNullable<ReturnType<typeof readFields>> {
  const [only, ...others] = fields;
  // A single field may be answered without its name.
  const bare = only === undefined || others.length > 0 ? undefined : { [only.id]: toValue(only.value, text) };
  const values = readFields(fields, parse(text)) ?? readFields(fields, bare);
  if (values !== undefined && Object.keys(values).length > 0) return values;
  const named = fields.map((field) => `${JSON.stringify(field.id)}: ${describeType(field.value)}`).join(", ");
  throw new BridgeError("INVALID_ARGUMENT", "`text` does not fit the fields of the question.", {
    nextStep: `Answer with a JSON object: {${named}}.`,
  });
}

function toValue({ type }: FieldType, text: string): unknown {
  return type === "text" || type === "choice" ? text : parse(text);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function describeType(type: FieldType): string {
  switch (type.type) {
    case "choice":
      return `one of ${listIds(type.options)}`;
    case "choices":
      return `array of ${listIds(type.options)}`;
    default:
      return type.type;
  }
}

function listIds(options: readonly { readonly id: string }[]): string {
  return options.map(({ id }) => JSON.stringify(id)).join(" | ");
}
