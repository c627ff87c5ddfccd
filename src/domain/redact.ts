// Replaces secrets in a text before it is logged, stored or shown.
import { isWholeSecret, REDACTED, redactForms } from "./secret-forms.ts";

/** Replaces secrets in a text. */
export type Redact = (text: string) => string;

/** The text with everything that has the form of a secret replaced by `[redacted]`. */
export const redactSecrets: Redact = redactForms;

/** A redactor that also replaces the values of an environment's secrets: not every provider's keys have a recognisable form. */
export function createRedactor(env: Readonly<Record<string, string | undefined>>): Redact {
  const values = Object.entries(env)
    .map(([name, value = ""]): [string, string] => [name, value.trim()])
    .flatMap(([name, value]) => (isSecret(name, value) ? [value] : findUrlPasswords(value)))
    .filter(isUnmistakable)
    // As a JSON text and a URL have it, too.
    .flatMap((value) => [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value.toWellFormed())]);
  // The longest first: one may be the beginning of another.
  const known = [...new Set(values)].sort((a, b) => b.length - a.length).map(escapePattern);
  if (known.length === 0) return redactSecrets;
  // Wherever it stands: commands print values right beside other letters.
  const pattern = new RegExp(known.join("|"), "g");
  return (text) => redactSecrets(text.replace(pattern, REDACTED));
}

// `DATABASE_URL=postgres://user:password@host/db`: as it is written, and as a program reads it.
function findUrlPasswords(value: string): string[] {
  const found = [...value.matchAll(URL_PASSWORD)].map(([, password = ""]) => password);
  return [...found, ...found.map(decodePercent)];
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const URL_PASSWORD = /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:@/]{0,100}:([^\s@/?#"'`<>\\]{1,200})@/gi;

/** Whether an environment variable holds a secret: by its name, where that says so, else by its value too. */
export function isSecret(name: string, value: string): boolean {
  if (value === "" || NO_SECRET_NAME.test(name)) return false;
  if (SECRET_NAME.test(name)) return true;
  if (/TOKENS?\d*$/i.test(name)) return !/^\d+$/.test(value);
  // `SORT_KEY=created_at` is not a secret, `STRIPE_KEY=…` is.
  return isWholeSecret(value) || (/(?:^|_|[a-z])KEY\d*$/i.test(name) && isRandom(value));
}

// Not secrets: the path, size or name of one, and the variables by which git passes its configuration on.
const NO_SECRET_NAME =
  /^(?:PWD|OLDPWD|GIT_CONFIG_\w+)$|_(?:PATH|FILE|DIR|URL|HOST|PORT|SOCK|NAME|LIMIT|COUNT|TIMEOUT|TTL|MODE|TYPE|HELPER|PROXY)$|PUBLIC_?KEY$/i;
const SECRET_NAME =
  /(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|CREDENTIAL|APIKEY|AUTHTOKEN)S?\d*$|(?:^|_)(?:(?:API|ACCESS|SECRET|PRIVATE|SIGNING|ENCRYPTION|MASTER)_?KEYS?(?:_ID)?\d*|PASS|PAT|PWD|AUTH|JWT|BEARER|CONNECTION_STRING)$|(?:^|_)(?:SECRET|CREDENTIALS?)_/i;

function isRandom(value: string): boolean {
  return value.length >= 16 && /^\S+$/.test(value) && /\d/.test(value) && /[A-Za-z]/.test(value);
}

// Words such as `postgres` and `password` occur in ordinary texts.
function isUnmistakable(value: string): boolean {
  return value.length >= 16 || (value.length >= 8 && /\d/.test(value) && /[^\d]/.test(value));
}

/** A regular expression that matches exactly this text. */
export function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
}
