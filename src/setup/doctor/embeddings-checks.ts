// Whether the endpoint for embeddings answers. Only asked where the user has set one.
import { createEmbedder, EmbeddingError } from "../../memory/embeddings/embedder.ts";
import { type Finding, ok, warning } from "./check.ts";
import type { DoctorSettings } from "./options.ts";

/** A model may have to be loaded first. */
const LIMIT_MS = 10_000;

/** Asks it for the vector of one word. */
export async function checkEmbeddings(
  { embeddingsModel: model, embeddingsKey: key }: DoctorSettings,
  url: string,
): Promise<Finding> {
  const { origin, protocol, hostname } = new URL(url);
  try {
    const [vector] = await createEmbedder({ url, model, key })(["heron"], AbortSignal.timeout(LIMIT_MS));
    const found = `${origin} answers with ${vector?.length ?? 0} numbers`;
    if (protocol === "https:" || /^(localhost|127\..*|\[::1\])$/.test(hostname)) return ok(found);
    return warning(
      `${found}, without encryption`,
      "What the memory stores can be read on its way there. Use https in BRIDGE_EMBEDDINGS_URL unless you trust the network.",
    );
  } catch (error) {
    if (!(error instanceof EmbeddingError)) throw error;
    return warning(
      `${origin}: ${error.message}; the memory searches by words alone`,
      "Start it, or correct BRIDGE_EMBEDDINGS_URL, BRIDGE_EMBEDDINGS_MODEL or BRIDGE_EMBEDDINGS_KEY.",
    );
  }
}
