// The forms by which secrets are recognised in any text. A text can be megabytes long and written to do harm, so every repetition is
// bounded: an unbounded one overflows the stack of the regular expression (seen on Node 20 with 6.5 MB of base64). The rest of a secret
// behind a bounded match is skipped piece by piece.

/** Replaces a secret. */
export const REDACTED = "[redacted]";

/** Limit for one repetition, in characters. A match of at least this length may continue. */
const LONG = 2_000;

interface SecretForm {
  readonly pattern: RegExp;
  /** Matches the next piece of a secret that continues behind the match. */
  readonly rest?: RegExp;
  /** Whether it may continue behind a short match too. */
  readonly isBlock?: boolean;
  /** Matches the end of the secret, once. */
  readonly end?: RegExp;
}

// Where a key may begin: not inside a word, but also behind an escaped line break, a terminal's colour or a URL's escape.
const START = String.raw`(?:(?<![A-Za-z0-9])|(?<=\\[bfnrt])|(?<=\x1b\[[0-9;]{0,10}[mK])|(?<=%[0-9A-Fa-f]{2}))`;

/** Keys with a prefix of their provider: a secret wherever they stand. `N` is LONG. */
const KEY_FORMS: readonly string[] = [
  // OpenAI, Anthropic, OpenRouter, DeepSeek and similar; also in the short form of a provider's message: sk-test1***56789
  "sk-(?:proj|ant|or|svcacct|admin)-(?=[A-Za-z0-9_-]{0,200}[0-9])[A-Za-z0-9_-]{16,N}",
  "sk-[A-Za-z0-9]{20,N}",
  String.raw`sk-[A-Za-z0-9_-]{0,40}\*{3,N}[A-Za-z0-9]{0,40}`,
  // Stripe, ElevenLabs
  "(?:(?:sk|rk)_(?:live|test)_|whsec_)[A-Za-z0-9]{16,N}",
  "sk_[0-9a-f]{40,N}",
  // GitHub, GitLab
  "gh[pousr]_[A-Za-z0-9]{20,N}",
  "github_pat_[A-Za-z0-9_]{20,N}",
  "gl(?:pat|rt|dt|cbt|ptt|ft)-[A-Za-z0-9_-]{20,N}",
  // Slack
  "xox[abeprs]-[0-9][A-Za-z0-9-]{9,N}",
  "xapp-[0-9]-[A-Za-z0-9-]{10,N}",
  // AWS access key ids, Bedrock keys
  "(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])",
  "ABSK[A-Za-z0-9+/=]{30,N}",
  // Google API keys, OAuth tokens and client secrets
  "AIza[A-Za-z0-9_-]{30,N}",
  String.raw`ya29\.[A-Za-z0-9_-]{20,N}`,
  "GOCSPX-[A-Za-z0-9_-]{20,N}",
  // Hugging Face, Groq, Replicate, Fireworks, Cerebras, Perplexity, xAI; npm, Notion, Linear, DigitalOcean, Databricks
  "(?:hf_|gsk_|r8_|fw_|csk-|pplx-|xai-|npm_|ntn_|lin_api_|do[opr]_v1_|dapi)[A-Za-z0-9]{20,N}",
  // NVIDIA, Together, LangSmith, Tavily; PyPI, Docker, Shopify, Figma, Atlassian, Supabase, Sentry, Vault; SendGrid; age
  "(?:nvapi-|tgp_v1_|lsv2_(?:pt|sk)_|tvly-|pypi-Ag|dckr_pat_|shp(?:at|ca|pa|ss)_|figd_|ATATT3|sb_secret_|sntrys_|hvs\\.)[A-Za-z0-9_=-]{20,N}",
  String.raw`SG\.[A-Za-z0-9_-]{16,N}\.[A-Za-z0-9_-]{16,N}`,
  "AGE-SECRET-KEY-1[A-Z0-9]{20,N}",
];

const KEY = KEY_FORMS.join("|").replaceAll("N}", `${LONG}}`);
const LINE_BREAK = String.raw`(?:\s|\\[nr]){1,40}`;
const BASE64 = "[A-Za-z0-9+/=]";
const KEY_HEADERS = String.raw`(?:${LINE_BREAK}[A-Za-z][A-Za-z-]{0,30}: [^\n\\]{0,200}){0,5}`;

/** JSON web tokens, including ChatGPT's login. Their first part is a short header. */
const JWT = String.raw`eyJ[A-Za-z0-9_-]{10,20000}(?:\.[A-Za-z0-9_-]{0,20000}){1,2}`;

const FORMS: readonly SecretForm[] = [
  { pattern: new RegExp(`${START}(?:${KEY})`, "g"), rest: /[A-Za-z0-9_+/=.-]{1,2000}/y },
  { pattern: new RegExp(String.raw`(?:(?<![\w-])|(?<=\\[bfnrt]))${JWT}`, "g"), rest: /[\w.-]{1,2000}/y },
  {
    pattern: new RegExp(String.raw`(?<=\bbearer\s{1,4})(?=[^\s"']{0,200}[0-9])[A-Za-z0-9._~+/=-]{12,${LONG}}`, "gi"),
    rest: /[A-Za-z0-9._~+/=-]{1,2000}/y,
  },
  {
    pattern: new RegExp(
      String.raw`(?<=\bauthorization["']?\s{0,3}[:=]\s{0,3}["']?(?:basic|token)\s{1,4})[A-Za-z0-9._~+/=-]{8,${LONG}}`,
      "gi",
    ),
    rest: /[A-Za-z0-9._~+/=-]{1,2000}/y,
  },
  // user:password@ in a URL
  { pattern: /(?<=\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:@/]{0,100}:)[^\s@/?#"'`<>\\]{1,200}(?=@)/gi },
  // The lines of a private key, with its headers. The line that announces the key is not secret.
  {
    pattern: new RegExp(
      `(?<=-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----)${KEY_HEADERS}${LINE_BREAK}${BASE64}{40,${LONG}}`,
      "g",
    ),
    rest: new RegExp(`${BASE64}{1,${LONG}}|${LINE_BREAK}${BASE64}{30,${LONG}}`, "y"),
    isBlock: true,
    end: new RegExp(`${LINE_BREAK}${BASE64}{1,29}`, "y"),
  },
];

const WHOLE_SECRET = new RegExp(`^(?:${KEY}|${JWT})$`);

/** The text with everything that has the form of a secret replaced. */
export function redactForms(text: string): string {
  return FORMS.reduce(replaceForm, text);
}

/** Whether a text is a key or a token and nothing else. */
export function isWholeSecret(text: string): boolean {
  return WHOLE_SECRET.test(text);
}

function replaceForm(text: string, form: SecretForm): string {
  const { pattern } = form;
  let result = "";
  let from = 0;
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    result += text.slice(from, match.index) + REDACTED;
    from = skipRest(text, { from: match.index, to: pattern.lastIndex }, form);
    pattern.lastIndex = from;
  }
  return from === 0 ? text : result + text.slice(from);
}

// Gives the offset where the secret ends.
function skipRest(
  text: string,
  { from, to }: { from: number; to: number },
  { rest, isBlock, end }: SecretForm,
): number {
  if (rest === undefined || (isBlock !== true && to - from < LONG)) return to;
  let at = to;
  for (let next = skipOne(text, at, rest); next > at; next = skipOne(text, at, rest)) at = next;
  return end === undefined ? at : skipOne(text, at, end);
}

function skipOne(text: string, at: number, piece: RegExp): number {
  piece.lastIndex = at;
  return piece.test(text) ? piece.lastIndex : at;
}
