// Secrets in text: replaced before a text is logged, stored or shown. Every pattern is linear: texts are megabytes long.

// Where a key may begin: not within a word, or behind an escaped line break, a terminal's colour or a URL's escape.
const START = String.raw`(?:(?<![A-Za-z0-9])|(?<=\\[bfnrt])|(?<=\x1b\[[0-9;]{0,10}[mK])|(?<=%[0-9A-Fa-f]{2}))`;

/** Keys that their provider's prefix gives away: a text that holds one is a secret wherever it stands. */
const KEY_FORMS: readonly string[] = [
  // OpenAI, Anthropic, OpenRouter, then DeepSeek and like ones; also as a provider's message shortens them: sk-test1***56789
  "sk-(?:proj|ant|or|svcacct|admin)-(?=[A-Za-z0-9_-]{0,200}[0-9])[A-Za-z0-9_-]{16,}",
  "sk-[A-Za-z0-9]{20,}",
  String.raw`sk-[A-Za-z0-9_-]{0,40}\*{3,}[A-Za-z0-9]{0,40}`,
  // Stripe, ElevenLabs
  "(?:(?:sk|rk)_(?:live|test)_|whsec_)[A-Za-z0-9]{16,}",
  "sk_[0-9a-f]{40,}",
  // GitHub, GitLab
  "gh[pousr]_[A-Za-z0-9]{20,}",
  "github_pat_[A-Za-z0-9_]{20,}",
  "gl(?:pat|rt|dt|cbt|ptt|ft)-[A-Za-z0-9_-]{20,}",
  // Slack
  "xox[abeprs]-[0-9][A-Za-z0-9-]{9,}",
  "xapp-[0-9]-[A-Za-z0-9-]{10,}",
  // AWS access key ids, Bedrock keys
  "(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])",
  "ABSK[A-Za-z0-9+/=]{30,}",
  // Google API keys, OAuth tokens and client secrets
  "AIza[A-Za-z0-9_-]{30,}",
  String.raw`ya29\.[A-Za-z0-9_-]{20,}`,
  "GOCSPX-[A-Za-z0-9_-]{20,}",
  // Hugging Face, Groq, Replicate, Fireworks, Cerebras, Perplexity, xAI; npm, Notion, Linear, DigitalOcean, Databricks
  "(?:hf_|gsk_|r8_|fw_|csk-|pplx-|xai-|npm_|ntn_|lin_api_|do[opr]_v1_|dapi)[A-Za-z0-9]{20,}",
  // NVIDIA, Together, LangSmith, Tavily; PyPI, Docker, Shopify, Figma, Atlassian, Supabase, Sentry, Vault; SendGrid; age
  "(?:nvapi-|tgp_v1_|lsv2_(?:pt|sk)_|tvly-|pypi-Ag|dckr_pat_|shp(?:at|ca|pa|ss)_|figd_|ATATT3|sb_secret_|sntrys_|hvs\\.)[A-Za-z0-9_=-]{20,}",
  String.raw`SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}`,
  "AGE-SECRET-KEY-1[A-Z0-9]{20,}",
];

const KEYS = new RegExp(`${START}(?:${KEY_FORMS.join("|")})`, "g");
const WHOLE_KEY = new RegExp(`^(?:${KEY_FORMS.join("|")})$`);

const LINE_BREAK = String.raw`(?:\s|\\[nr]){1,4}`;
const OTHER_FORMS: readonly RegExp[] = [
  // JSON web tokens, the login of ChatGPT among them
  /(?:(?<![\w-])|(?<=\\[bfnrt]))eyJ[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]*){1,2}/g,
  /(?<=\bbearer\s{1,4})(?=[^\s"']{0,200}[0-9])[A-Za-z0-9._~+/=-]{12,}/gi,
  /(?<=\bauthorization["']?\s{0,3}[:=]\s{0,3}["']?(?:basic|token)\s{1,4})[A-Za-z0-9._~+/=-]{8,}/gi,
  // user:password@ in a URL
  /(?<=\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:@/]{0,100}:)[^\s@/?#"'`<>\\]{1,200}(?=@)/gi,
  // What stands between the lines of a private key; the line that announces one is no secret.
  new RegExp(
    `(?<=-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----)(?:${LINE_BREAK}[A-Za-z0-9+/=]{40,})(?:${LINE_BREAK}[A-Za-z0-9+/=]{30,})*(?:${LINE_BREAK}[A-Za-z0-9+/=]{1,})?`,
    "g",
  ),
];

const REDACTED = "[redacted]";

/** Replaces secrets in a text. */
export type Redact = (text: string) => string;

/** The text with everything that has the form of a secret replaced by `[redacted]`. */
export function redactSecrets(text: string): string {
  return [KEYS, ...OTHER_FORMS].reduce((result, form) => result.replace(form, REDACTED), text);
}

/** A redactor that also replaces the secrets of an environment, by value: not every provider's keys have a form. */
export function createRedactor(env: Readonly<Record<string, string | undefined>>): Redact {
  const values = Object.entries(env)
    .map(([name, value = ""]): [string, string] => [name, value.trim()])
    .filter(([name, value]) => isSecret(name, value) && isUnmistakable(value))
    // As a JSON text has it, too.
    .flatMap(([, value]) => [value, JSON.stringify(value).slice(1, -1)]);
  // The longest first: one may be the beginning of another.
  const known = [...new Set(values)].sort((a, b) => b.length - a.length).map(escapePattern);
  if (known.length === 0) return redactSecrets;
  const pattern = new RegExp(`${START}(?:${known.join("|")})(?![A-Za-z0-9])`, "g");
  return (text) => redactSecrets(text.replace(pattern, REDACTED));
}

/** Whether an environment variable holds a secret: by its name, where that says so, else by its value too. */
export function isSecret(name: string, value: string): boolean {
  if (value === "" || NO_SECRET_NAME.test(name)) return false;
  if (SECRET_NAME.test(name)) return true;
  if (/TOKENS?\d*$/i.test(name)) return !/^\d+$/.test(value);
  // `SORT_KEY=created_at` is none, `STRIPE_KEY=…` is.
  return WHOLE_KEY.test(value) || (/(?:^|_|[a-z])KEY\d*$/i.test(name) && isRandom(value));
}

// The place, size or name of a secret; git's way of handing its configuration on.
const NO_SECRET_NAME =
  /^(?:PWD|OLDPWD|GIT_CONFIG_\w+)$|_(?:PATH|FILE|DIR|URL|HOST|PORT|SOCK|NAME|LIMIT|COUNT|TIMEOUT|TTL|MODE|TYPE|HELPER|PROXY)$|PUBLIC_?KEY$/i;
const SECRET_NAME =
  /(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|CREDENTIAL|APIKEY|AUTHTOKEN)S?\d*$|(?:^|_)(?:(?:API|ACCESS|SECRET|PRIVATE|SIGNING|ENCRYPTION|MASTER)_?KEYS?(?:_ID)?\d*|PASS|PAT|PWD|AUTH|CONNECTION_STRING)$|(?:^|_)(?:SECRET|CREDENTIALS?)_/i;

function isRandom(value: string): boolean {
  return value.length >= 16 && /^\S+$/.test(value) && /\d/.test(value) && /[A-Za-z]/.test(value);
}

// `postgres` and `password` stand in ordinary texts.
function isUnmistakable(value: string): boolean {
  return value.length >= 16 || (value.length >= 8 && /\d/.test(value) && /[^\d]/.test(value));
}

/** A text as a regular expression that matches it. */
export function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
}
