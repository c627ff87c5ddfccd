// Which credential a turn will use, known before it starts: Codex itself finds out only after half a minute of retries.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { BridgeError } from "../../domain/errors.ts";
import { isUnexpandedKey } from "../../domain/unexpanded.ts";
import type { UserConfig } from "./user-config.ts";

/** Where a turn's credential comes from; `variables` are set for Codex besides its own environment. */
export interface Credential {
  readonly source: "codex login" | "provider key" | "CODEX_API_KEY" | "OPENAI_API_KEY" | "none needed";
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * The credential of the next turn. The user's own login comes first; Codex itself ignores OPENAI_API_KEY
 * (facts: Codex CLI 0.50 and 0.169), so it is handed on as CODEX_API_KEY where nothing else is there.
 * Throws CODEX_UNAUTHENTICATED when there is none.
 */
export function findCredential(
  config: UserConfig,
  codexHome: string,
  env: Readonly<Record<string, string | undefined>>,
): Credential {
  const { provider } = config;
  if (provider.needsEnvKey && provider.envKey !== undefined) return findProviderKey(provider.id, provider.envKey, env);
  if (!provider.needsOpenAiLogin) return { source: "none needed", variables: {} };
  if (isSet(env["CODEX_API_KEY"])) return { source: "CODEX_API_KEY", variables: {} };
  if (config.credentialStore === "other" || existsSync(join(codexHome, "auth.json"))) {
    return { source: "codex login", variables: {} };
  }
  const key = env["OPENAI_API_KEY"];
  if (isSet(key)) return { source: "OPENAI_API_KEY", variables: { CODEX_API_KEY: key } };
  throw new BridgeError("CODEX_UNAUTHENTICATED", "Codex has no login and no API key.", {
    nextStep: "Ask the user to run `codex login`, or to set CODEX_API_KEY for the bridge.",
  });
}

function findProviderKey(id: string, envKey: string, env: Readonly<Record<string, string | undefined>>): Credential {
  if (isSet(env[envKey])) return { source: "provider key", variables: {} };
  throw new BridgeError(
    "CODEX_UNAUTHENTICATED",
    `The API key of model provider "${id}" is missing: ${envKey} is not set.`,
    {
      nextStep: `Ask the user to set ${envKey} in the environment of the bridge.`,
    },
  );
}

// A client that does not expand `${NAME}` hands it on literally; Codex would send it as the key.
function isSet(value: string | undefined): value is string {
  return value !== undefined && value.trim() !== "" && !isUnexpandedKey(value);
}
