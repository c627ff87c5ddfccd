// Recognises that a provider refuses an argument of the call: the output schema, the effort, an image, or a key of `config`.
import type { Explanation } from "./codex-failures.ts";
import type { ProviderAnswer } from "./provider-answer.ts";

/** The parts of a turn's request that a provider may refuse. */
export interface AskedFor {
  /** Whether it continues a thread. */
  readonly isResume: boolean;
  readonly imageCount: number;
  readonly hasOutputSchema: boolean;
  /** Effort of the thread's frame; undefined if the user's own config decides. */
  readonly reasoningEffort: string | undefined;
  /** Names of the Codex config keys of the thread's frame. */
  readonly configKeys: readonly string[];
}

/** A request without any of these. */
export const NOTHING_ASKED: AskedFor = {
  isResume: false,
  imageCount: 0,
  hasOutputSchema: false,
  reasoningEffort: undefined,
  configKeys: [],
};

/** Parameters of the Responses API, with Codex's config key for each. */
const PARAMETERS: readonly (readonly [parameter: RegExp, key: string])[] = [
  [/\btext\.format\b|response_format|invalid_json_schema/, "outputSchema"],
  [/\breasoning[._]effort\b/, "model_reasoning_effort"],
  [/\breasoning[._]summary\b/, "model_reasoning_summary"],
  [/\btext\.verbosity\b/, "model_verbosity"],
  [/\bservice_tier\b/, "service_tier"],
  [/\bmax_output_tokens\b/, "model_max_output_tokens"],
];
const REFUSES =
  /\b(?:unsupported|not support(?:ed)?|does not support|invalid|unknown|unrecognized|not allowed|must be one of)\b/i;

/** Explains a refused argument, with the values that the provider accepts; undefined if the answer is not about an argument. */
export function readRefusedArgument(answer: ProviderAnswer, asked: AskedFor): Explanation | undefined {
  if (answer.status !== 400 && answer.status !== 422) return undefined;
  const { param } = answer;
  const words = answer.words.slice(0, 4_096);
  if (/organization must be verified/i.test(words) || !(REFUSES.test(words) || param !== "")) return undefined;
  const named = PARAMETERS.find(([pattern]) => (param === "" ? pattern.test(words) : pattern.test(param)));
  if (named === undefined) return undefined;
  const [, key] = named;
  if (key === "outputSchema") return asked.hasOutputSchema ? SCHEMA : undefined;
  const values = listValues(words);
  const takes = values.length === 0 ? "" : ` It accepts ${values.join(", ")}.`;
  if (key === "model_reasoning_effort" && asked.reasoningEffort !== undefined) {
    return {
      code: "INVALID_ARGUMENT",
      summary: `The model provider refuses reasoningEffort ${asked.reasoningEffort} for this model.${takes}`,
      nextStep: "Name an effort that the model accepts, or leave reasoningEffort out, then call again.",
      details: { argument: "reasoningEffort", ...(values.length === 0 ? {} : { supported: values }) },
    };
  }
  if (asked.configKeys.includes(key)) {
    return {
      code: "INVALID_ARGUMENT",
      summary: `The model provider refuses config.${key}.${takes}`,
      nextStep: "Correct the value or leave the key out, and start a new thread with codex.",
      details: { argument: `config.${key}`, ...(values.length === 0 ? {} : { supported: values }) },
    };
  }
  return {
    code: "CONFIG_INVALID",
    summary: `The model provider refuses \`${key}\` of Codex's config, or Codex's own default for it.${takes}`,
    nextStep: `Ask the user to set \`${key}\` in Codex's config to a value that the model accepts, or name another model.`,
  };
}

const SCHEMA: Explanation = {
  code: "INVALID_ARGUMENT",
  summary: "The model provider refuses outputSchema.",
  nextStep:
    "Correct outputSchema as the provider's message says (many require `additionalProperties: false` and every property in `required`), or leave it out, then call again.",
  details: { argument: "outputSchema" },
};

// Only short plain words count: they become part of our own sentence, and the text comes from the provider.
function listValues(words: string): string[] {
  const list = /Supported values are:([^.]{1,300})/i.exec(words)?.[1] ?? "";
  return [...list.matchAll(/'([a-z0-9_-]{1,24})'/gi)].map(([, value = ""]) => value).slice(0, 12);
}

// OpenAI (the first three), Codex's own words, Anthropic, OpenRouter.
const IMAGE =
  /does not represent a valid image|image_url'?\W{1,3}.{0,40}Expected a base64|unsupported_image|Invalid image in your last message|Image poisoning|Could not process image|that support image input/is;

/** Explains that a provider cannot read an image: one of this call, or one that the thread contains and sends with every turn. */
export function readRefusedImage(words: string, asked: AskedFor): Explanation | undefined {
  if (!IMAGE.test(words.slice(0, 4_096))) return undefined;
  if (asked.imageCount > 0) {
    return {
      code: "INVALID_ARGUMENT",
      summary: "The model provider cannot read an image of `images`.",
      nextStep: asked.isResume
        ? 'Call codex-reply with other images and onLostThread: "rebuild", since the thread may contain the image now.'
        : "Start a new thread with codex and other images (PNG, JPEG, GIF or WebP), since this one may contain the image now.",
      details: { argument: "images" },
    };
  }
  return {
    code: "THREAD_BROKEN",
    summary:
      "The thread contains an image that the model provider cannot read, and every further turn would send it again.",
  };
}
