// What a list of models says against the model or the effort of a turn.
import type { ErrorCode } from "../../../domain/error-codes.ts";
import { BridgeError } from "../../../domain/errors.ts";
import type { FrameChoice } from "../../../domain/turn.ts";
import type { CodexFrame } from "../../codex/codex-frame.ts";
import type { ListedModel } from "../protocol/models.ts";

/** A model or effort that the list does not have. */
export interface ModelProblem {
  readonly argument: FrameChoice;
  readonly code: ErrorCode;
  /** A whole sentence. */
  readonly message: string;
  /** What the list has instead; names of a plain form only, since the list comes from the provider. */
  readonly supported: readonly string[];
  readonly nextStep: string;
}

/** Finds the problem of a turn; undefined if there is none, or if the list says nothing about it. */
export function findModelProblem(
  models: readonly ListedModel[],
  { model, reasoningEffort }: Pick<CodexFrame, "model" | "reasoningEffort">,
  chosen: readonly FrameChoice[],
): ModelProblem | undefined {
  const listed = models.find((each) => each.model === model);
  if (model !== undefined && listed === undefined) {
    return chosen.includes("model") && !looksLikeVariant(model, models) ? toUnknownModel(model, models) : undefined;
  }
  if (reasoningEffort === undefined) return undefined;
  // Without a name the user's own config decides on the model.
  const known = listed === undefined ? models : [listed];
  if (known.some(({ efforts = [] }) => efforts.length === 0 || efforts.includes(reasoningEffort))) return undefined;
  return toUnknownEffort(reasoningEffort, listed?.model, known, chosen.includes("reasoningEffort"));
}

/** The error for a turn that is not started. */
export function toModelError({ code, message, nextStep, argument, supported }: ModelProblem): BridgeError {
  return new BridgeError(code, `${message} No turn was started.`, { nextStep, details: { argument, supported } });
}

/** A listed model with a date or the like behind its name, or with a vendor before it, may be an alias that the list leaves out. */
function looksLikeVariant(model: string, models: readonly ListedModel[]): boolean {
  return models.some((each) => model.endsWith(`/${each.model}`) || /^[-:@]/.test(cutPrefix(model, each.model)));
}

function cutPrefix(text: string, prefix: string): string {
  return text.startsWith(prefix) ? text.slice(prefix.length) : "";
}

function toUnknownModel(model: string, models: readonly ListedModel[]): ModelProblem {
  const shown = models.filter(({ isHidden }) => !isHidden).map((each) => each.model);
  const supported = toPlain(shown, MOST_MODELS);
  return {
    argument: "model",
    code: "MODEL_NOT_FOUND",
    message: `The Codex account has no model ${JSON.stringify(model)}.`,
    supported,
    nextStep: `Name one of its models (${supported.join(", ")}), or leave \`model\` out.`,
  };
}

function toUnknownEffort(
  effort: string,
  model: string | undefined,
  known: readonly ListedModel[],
  isChosen: boolean,
): ModelProblem {
  const supported = toPlain([...new Set(known.flatMap(({ efforts = [] }) => efforts))], MOST_EFFORTS);
  const name = `${isChosen ? "" : "the thread's "}reasoningEffort ${JSON.stringify(effort)}`;
  const [who, where] =
    model === undefined
      ? ["No model of the Codex account takes", "a model"]
      : [`The model ${JSON.stringify(model)} does not take`, "the model"];
  return {
    argument: "reasoningEffort",
    code: "INVALID_ARGUMENT",
    message: `${who} ${name}.`,
    supported,
    nextStep: `Name an effort that ${where} takes (${supported.join(", ")})${isChosen ? ", or leave reasoningEffort out" : ""}.`,
  };
}

const MOST_MODELS = 12;
const MOST_EFFORTS = 12;

function toPlain(names: readonly string[], most: number): readonly string[] {
  return names.filter((name) => /^[\w.:/@-]{1,64}$/.test(name)).slice(0, most);
}
