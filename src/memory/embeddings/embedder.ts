// Asks an OpenAI-compatible endpoint for the vectors of texts. Nobody but the address that the user has set is asked, and what it answers is not
// believed before it has been looked at.

/** The endpoint, as the user has set it. */
export interface Endpoint {
  /** Where texts are posted: ends in `/embeddings`. */
  readonly url: string;
  /** Goes into the request where one is set. */
  readonly model: string | undefined;
  readonly key: string | undefined;
}

/** Gives the vectors of texts, in their order, all of one length. Throws EmbeddingError. */
export type Embed = (texts: readonly string[], signal: AbortSignal) => Promise<readonly (readonly number[])[]>;

/** Why there are no vectors. The message is for the user: it has none of the endpoint's own words, which may quote what was sent. */
export class EmbeddingError extends Error {
  override readonly name = "EmbeddingError";
  /** Whether the endpoint refused these texts, and may take others. */
  readonly refusesTexts: boolean;

  constructor(message: string, refusesTexts = false) {
    super(message);
    this.refusesTexts = refusesTexts;
  }
}

/** Those of the largest models have 4,096. */
const MOST_NUMBERS = 16_384;
/** Of an answer: more than 32 vectors of 4,096 numbers in full. */
const MOST_BYTES = 8_388_608;

/** Makes the client of an endpoint. */
export function createEmbedder({ url, model, key }: Endpoint): Embed {
  const headers = {
    "content-type": "application/json",
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
  };
  return async (texts, signal) => {
    const body = JSON.stringify({ ...(model === undefined ? {} : { model }), input: texts });
    let response: Response;
    try {
      // Elsewhere nobody has allowed the texts to go.
      response = await fetch(url, { method: "POST", headers, body, signal, redirect: "error" });
    } catch (error) {
      throw toError(error, signal);
    }
    if (!response.ok) {
      await response.body?.cancel().catch(() => undefined);
      throw new EmbeddingError(`it answered with HTTP ${response.status}`, [400, 413, 422].includes(response.status));
    }
    const text = await readText(response, signal);
    return readVectors(text, texts.length);
  };
}

async function readText({ body }: Response, signal: AbortSignal): Promise<string> {
  const decoder = new TextDecoder();
  let [text, size] = ["", 0];
  try {
    for await (const chunk of body ?? []) {
      size += chunk.byteLength;
      if (size > MOST_BYTES) break;
      text += decoder.decode(chunk, { stream: true });
    }
  } catch (error) {
    throw toError(error, signal);
  }
  if (size > MOST_BYTES) throw new EmbeddingError("its answer is too long");
  return text;
}

function toError(error: unknown, signal: AbortSignal): EmbeddingError {
  if (signal.aborted) return new EmbeddingError("it did not answer in time");
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && "code" in cause && typeof cause.code === "string" ? ` (${cause.code})` : "";
  return new EmbeddingError(`it cannot be reached${code}`);
}

// `{ data: [{ index, embedding: [numbers] }] }`. The order is that of `index`, which some leave out.
function readVectors(text: string, count: number): readonly (readonly number[])[] {
  const items = readItems(text);
  if (items?.length !== count) throw new EmbeddingError("its answer is no list with a vector for each text");
  const vectors: (readonly number[])[] = [];
  for (const [at, item] of items.entries()) {
    const index = item["index"] ?? at;
    const vector = readVector(item["embedding"]);
    if (vector === undefined || typeof index !== "number" || !(index in items) || vectors[index] !== undefined) {
      throw new EmbeddingError("its answer has something other than vectors");
    }
    vectors[index] = vector;
  }
  if (new Set(vectors.map(({ length }) => length)).size > 1)
    throw new EmbeddingError("its vectors have different lengths");
  return vectors;
}

function readItems(text: string): readonly Readonly<Record<string, unknown>>[] | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    const items = isObject(answer) ? answer["data"] : undefined;
    return Array.isArray(items) && items.every(isObject) ? items : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

// A vector of zeros has no direction.
function readVector(value: unknown): readonly number[] | undefined {
  if (!Array.isArray(value) || value.length === 0 || value.length > MOST_NUMBERS) return undefined;
  const isGood = value.every((number) => Number.isFinite(number)) && value.some((number) => number !== 0);
  return isGood ? value : undefined;
}
