// Reads the models that a server offers, and whether the account has just these (docs/codex-cli.md#models).
import { join } from "node:path";
import { isRecord } from "../../../domain/guards.ts";
import { readSmallTextIfAny } from "../../../files/small-file.ts";
import { readFields, readText } from "../protocol/fields.ts";
import { type ListedModel, readModelPage } from "../protocol/models.ts";
import type { RequestLimits, ServerConnection } from "../server/server-types.ts";

/** The models that a server offers. */
export interface OfferedModels {
  /** Hidden ones too. */
  readonly models: readonly ListedModel[];
  /** Whether the provider has told this list for the account. Otherwise it is the one that comes with Codex. */
  readonly isOfAccount: boolean;
}

/** A list has about a dozen models, on one page. */
const MOST_PAGES = 10;
/** Codex asks the provider again after five minutes. Its own file is not used longer than that. */
const FRESH_MS = 330_000;
/** Codex's file of the provider's list. It has each model's instructions. */
const CACHE_FILE = "models_cache.json";
const MOST_CACHE_BYTES = 16_777_216;

/** Asks a server. Rejects as a request of its connection; undefined if the answer cannot be read. `now` is epoch ms. */
export async function readOfferedModels(
  connection: ServerConnection,
  codexHome: string,
  limits: Pick<RequestLimits, "timeoutMs" | "signal">,
  now: () => number,
): Promise<OfferedModels | undefined> {
  const models: ListedModel[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const params = { includeHidden: true, ...(cursor === undefined ? {} : { cursor }) };
    const read = readModelPage(await connection.request("model/list", params, limits));
    if (read === undefined) return undefined;
    models.push(...read.models);
    cursor = read.nextCursor;
    if (cursor === undefined) return { models, isOfAccount: isTold(models, connection.userAgent, codexHome, now()) };
  }
  return undefined;
}

// The answer does not say where the list comes from. If Codex could ask the provider, the same models are in its file.
function isTold(models: readonly ListedModel[], userAgent: string, codexHome: string, now: number): boolean {
  const cache = readCache(codexHome);
  if (cache === undefined || models.length === 0) return false;
  const age = now - cache.fetchedAt;
  const isCurrent = age < FRESH_MS && age > -FRESH_MS && userAgent.includes(`/${cache.version} `);
  return isCurrent && models.every(({ model }) => cache.slugs.has(model));
}

interface ModelsCache {
  readonly fetchedAt: number;
  readonly version: string;
  readonly slugs: ReadonlySet<unknown>;
}

function readCache(codexHome: string): ModelsCache | undefined {
  const text = readSmallTextIfAny(join(codexHome, CACHE_FILE), MOST_CACHE_BYTES);
  try {
    const cache: unknown = JSON.parse(text ?? "");
    if (!isRecord(cache) || !Array.isArray(cache["models"])) return undefined;
    const { fetched_at: fetched, client_version: version } = cache;
    if (typeof fetched !== "string" || typeof version !== "string") return undefined;
    const slugs = cache["models"].map((model: unknown) => (isRecord(model) ? model["slug"] : undefined));
    return { fetchedAt: Date.parse(fetched), version, slugs: new Set(slugs) };
  } catch {
    return undefined;
  }
}

/** Whether a server is known to work with an API key. Without the account's service, it does not answer for a ChatGPT login. */
export async function usesApiKey(connection: ServerConnection, timeoutMs: number): Promise<boolean> {
  const answer = connection.request("account/read", {}, { timeoutMs });
  return answer.then(
    (result) => readText(readFields(result, "account"), "type") === "apiKey",
    () => false,
  );
}
