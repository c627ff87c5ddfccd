// Finds the credential of the next turn before the turn starts, since Codex notices a missing one only after half a minute of retries.
// If the bridge cannot know, the turn starts and Codex decides (docs/codex-cli.md#credentials).
import { existsSync } from "node:fs";
import { join } from "node:path";
import { BridgeError } from "../../../domain/errors.ts";
import { isUnexpandedKey } from "../../../domain/unexpanded.ts";
import { readSmallTextIfAny } from "../../../files/small-file.ts";
import type { Variables } from "./env-file.ts";
import type { UserConfig } from "./user-config.ts";

/** Where a turn's credential comes from. `variables` are set for Codex in addition to its own environment. */
export interface Credential {
  readonly source:
    | "codex login"
    | "provider key"
    | "CODEX_API_KEY"
    | "CODEX_ACCESS_TOKEN"
    | "OPENAI_API_KEY"
    | "none needed"
    | "left to Codex";
  readonly variables: Readonly<Record<string, string>>;
}

/** Where to look for credentials. */
export interface CredentialSources {
  readonly codexHome: string;
  /** Environment of the bridge. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Variables that `$CODEX_HOME/.env` sets. They win over the environment. */
  readonly envFile: Variables;
}

/** A config layer that wins over all others and may name another provider. If it exists, the bridge leaves the decision to Codex. */
export const MANAGED_CONFIG = "/etc/codex/managed_config.toml";

/**
 * Finds the credential of the next turn, in Codex's own order: CODEX_API_KEY (observed with 0.50 to 0.169), then CODEX_ACCESS_TOKEN (0.142
 * and later; older versions ignore it), then the login. Codex ignores OPENAI_API_KEY (0.50, 0.169), so the bridge passes it on as
 * CODEX_API_KEY if there is nothing else. Throws AGENT_UNAUTHENTICATED if there is no credential.
 */
export function findCredential(config: UserConfig, { codexHome, env, envFile }: CredentialSources): Credential {
  const { provider } = config;
  const all = { ...env, ...envFile };
  if (provider.needsEnvKey && provider.envKey !== undefined) return findProviderKey(provider.id, provider.envKey, all);
  if (!provider.needsOpenAiLogin) return { source: "none needed", variables: {} };
  for (const source of ["CODEX_API_KEY", "CODEX_ACCESS_TOKEN"] as const) {
    if (isSet(env[source])) return { source, variables: {} };
  }
  if (config.credentialStore === "other" || hasLogin(codexHome)) return { source: "codex login", variables: {} };
  const key = all["OPENAI_API_KEY"];
  if (isSet(key)) return { source: "OPENAI_API_KEY", variables: { CODEX_API_KEY: key } };
  return leaveOrRefuse(
    "Codex has no login and no API key.",
    "run `codex login`, or to set CODEX_API_KEY for the bridge",
  );
}

function findProviderKey(id: string, envKey: string, env: CredentialSources["env"]): Credential {
  if (isSet(env[envKey])) return { source: "provider key", variables: {} };
  return leaveOrRefuse(
    `The API key of model provider ${JSON.stringify(id)} is missing: ${envKey} is not set.`,
    `set ${envKey} in the environment of the bridge, or in the file .env of Codex's home`,
  );
}

function leaveOrRefuse(message: string, step: string): Credential {
  if (existsSync(MANAGED_CONFIG)) return { source: "left to Codex", variables: {} };
  throw new BridgeError("AGENT_UNAUTHENTICATED", message, { nextStep: `Ask the user to ${step}.` });
}

// Every CLI treats an auth.json without a credential as no login.
function hasLogin(codexHome: string): boolean {
  const text = readSmallTextIfAny(join(codexHome, "auth.json"));
  try {
    const login: unknown = text === undefined ? undefined : JSON.parse(text);
    return holdsText(login);
  } catch {
    return false;
  }
}

/** Members of auth.json that describe a login without being a credential. */
const DESCRIPTIONS = ["auth_mode", "last_refresh"];

// Every kind of login contains a non-empty string somewhere.
function holdsText(value: unknown): boolean {
  if (typeof value === "string") return value.trim() !== "";
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([name, member]) => !DESCRIPTIONS.includes(name) && holdsText(member));
}

// A client that does not expand `${NAME}` passes the text itself, and Codex would send that as the key.
function isSet(value: string | undefined): value is string {
  return value !== undefined && value.trim() !== "" && !isUnexpandedKey(value);
}
