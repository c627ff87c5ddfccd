// Secrets in text: replaced before a text is logged, stored or shown.

// At the beginning of a word, or behind the escaped line break of a JSON text.
const shape = (key: string): RegExp => new RegExp(String.raw`(?:\b|(?<=\\[bfnrt]))${key}`, "g");

/** Keys that their provider's prefix gives away: a text that holds one is a secret wherever it stands. */
const KEY_SHAPES: readonly RegExp[] = [
  // OpenAI, Anthropic, OpenRouter, DeepSeek and like keys; also as a provider's message shortens them: sk-test1***56789
  shape("sk-(?=[A-Za-z0-9_-]*[0-9*])[A-Za-z0-9_*-]{12,}"),
  shape("sk-(?:proj|ant|or|svcacct|admin)-[A-Za-z0-9_*-]{8,}"),
  // Stripe
  shape("(?:(?:sk|rk)_(?:live|test)_|whsec_)[A-Za-z0-9]{16,}"),
  // GitHub, GitLab
  shape("(?:ghp|gho|ghu|ghs|ghr|glpat|github_pat)[_-][A-Za-z0-9_-]{16,}"),
  // Slack
  shape("xox[abeprs]-[A-Za-z0-9-]{10,}"),
  shape("xapp-[A-Za-z0-9-]{10,}"),
  // AWS access key ids, Bedrock keys
  shape(String.raw`(?:AKIA|ASIA)[A-Z0-9]{16}\b`),
  shape("ABSK[A-Za-z0-9+/=]{30,}"),
  // Google API keys and OAuth tokens
  shape("AIza[A-Za-z0-9_-]{30,}"),
  shape(String.raw`ya29\.[A-Za-z0-9_-]{20,}`),
  // Hugging Face, Groq, Replicate, Fireworks, Cerebras, Perplexity, xAI; npm, Notion, Linear, DigitalOcean, Databricks
  shape("(?:hf_|gsk_|r8_|fw_|csk-|pplx-|xai-|npm_|ntn_|lin_api_|do[opr]_v1_|dapi)[A-Za-z0-9]{20,}"),
  // NVIDIA, Together; PyPI, Sentry, Vault; SendGrid
  shape(String.raw`(?:nvapi-|tgp_v1_|pypi-|sntrys_|hvs\.)[A-Za-z0-9_=-]{24,}`),
  shape(String.raw`SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}`),
];

const OTHER_SHAPES: readonly RegExp[] = [
  // JSON web tokens, the login of ChatGPT among them
  shape(String.raw`eyJ[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]*){1,2}`),
  /(?<=\bbearer\s+)[A-Za-z0-9._~+/=-]{8,}/gi,
  // user:password@ in a URL
  /(?<=\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:@/]{1,100}:)[^\s@/]{1,200}(?=@)/gi,
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]{0,10000}?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g,
];

const REDACTED = "[redacted]";
/** A shorter value is a word (`true`, `dummy`) that stands in ordinary texts too. */
const MIN_SECRET_CHARACTERS = 8;

/** Replaces secrets in a text. */
export type Redact = (text: string) => string;

/** The text with everything that has the form of a secret replaced by `[redacted]`. */
export function redactSecrets(text: string): string {
  return [...KEY_SHAPES, ...OTHER_SHAPES].reduce((result, pattern) => result.replace(pattern, REDACTED), text);
}

/** A redactor that also replaces the secrets of an environment, by value: not every provider's keys have a form. */
export function createRedactor(env: Readonly<Record<string, string | undefined>>): Redact {
  const values = Object.entries(env)
    .filter(([name, value]) => isSecretName(name) && value !== undefined)
    .map(([, value]) => (value ?? "").trim())
    .filter((value) => value.length >= MIN_SECRET_CHARACTERS);
  // The longest first: one may be the beginning of another.
  const known = [...new Set(values)].sort((a, b) => b.length - a.length);
  return (text) => redactSecrets(known.reduce((result, value) => result.replaceAll(value, REDACTED), text));
}

/** Whether an environment variable of this name holds a secret, not the place, size or name of one. */
export function isSecretName(name: string): boolean {
  if (/_(?:PATH|FILE|DIR|URL|HOST|PORT|SOCK|NAME|LIMIT|COUNT|TIMEOUT|TTL|MODE|TYPE)$/i.test(name)) return false;
  if (/(?:^|_)PUBLIC_?KEY$/i.test(name)) return false;
  return /(?:^|_)(?:\w*KEY|KEY_ID|SECRET|\w*TOKEN|PASS|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|PAT)(?:_|$)/i.test(name);
}

/** Whether a text holds a key that its provider's prefix gives away. */
export function holdsKey(text: string): boolean {
  // A regular expression with the flag g remembers where it was.
  return KEY_SHAPES.some((pattern) => text.search(pattern) !== -1);
}
