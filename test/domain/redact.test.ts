import { describe, expect, test } from "vitest";
import { createRedactor, isSecret, redactSecrets } from "../../src/domain/redact.ts";
import { redactJson } from "../../src/domain/redact-json.ts";

const A1 = "a1B2".repeat(20);

describe("a key that its form gives away goes", () => {
  test.each([
    "sk-proj-abcdefgh12345678",
    "sk-ant-api03-abcdefghijkl",
    `sk-${A1.slice(0, 48)}`,
    "sk-test1***56789",
    "ghp_abcdefghijklmnopqrst",
    "github_pat_abcdefghijklmnopqrst",
    "glrt-abcdefghijklmnopqrst",
    "AKIAABCDEFGHIJKLMNOP",
    `AIza${"a".repeat(35)}`,
    `GOCSPX-${A1.slice(0, 28)}`,
    `npm_${"a1".repeat(18)}`,
    `dckr_pat_${A1.slice(0, 27)}`,
    `tvly-${A1.slice(0, 32)}`,
    `sk_${"0a".repeat(24)}`,
    "xoxb-1234567890-abc",
    "eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.sig",
  ])("%s", (secret) => {
    expect(redactSecrets(`key ${secret} was refused`)).toBe("key [redacted] was refused");
  });

  test.each([
    ['{"output":"a\\n%"}', "an escaped line break"],
    ["\u001b[01;31m\u001b[K%\u001b[m", "a terminal's colour"],
    ["?k%3D%&x", "a URL's escape"],
    ["PREFIX_%", "an underscore"],
  ])("%j", (around) => {
    const secret = `sk-proj-${A1}`;
    expect(redactSecrets(around.replace(/%(?!3D)/, secret))).toBe(around.replace(/%(?!3D)/, "[redacted]"));
  });
});

test("tokens of a header, a URL's password and the lines of a private key go, the words around them stay", () => {
  expect(redactSecrets("Authorization: Bearer abcdefghijkl1; x")).toBe("Authorization: Bearer [redacted]; x");
  expect(redactSecrets('"Authorization": "Basic dXNlcjpwYXNz"')).toBe('"Authorization": "Basic [redacted]"');
  expect(redactSecrets("https://me:hunter22@host/x redis://:pw1@h")).toBe(
    "https://me:[redacted]@host/x redis://:[redacted]@h",
  );
  const headers = "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,0A1B\n\n";
  const lines = `${"MIIEvQ".repeat(10)}\n${"Ab1+/x".repeat(10)}\nAbC=`;
  const key = (body: string) => `-----BEGIN PRIVATE KEY-----${body}\n-----END PRIVATE KEY-----\nand more`;
  expect(redactSecrets(key(`\n${lines}`))).toBe(key("[redacted]"));
  expect(redactSecrets(key(`${headers}${lines}`))).toBe(key("[redacted]"));
  expect(redactSecrets(key(`\n${" ".repeat(12)}${lines}`))).toBe(key("[redacted]"));
});

describe("ordinary text stays:", () => {
  test.each([
    "Run sk-ip and task-list; the asterisk-shaped risk-free desk-top",
    "sk-learn-contrib is a package, sk-fading-circle10 a class, sk-admin-dashboard a folder",
    "pypi-attestations-validator-tool-package ghp-pages-deploy-action-v3 xapp-stylesheet-loader",
    "npm_config_registry_of_my_company pk_customer_order_line_items hf_hub_download_with_retries",
    "a bearer instrument, a bearer of bad news",
    "task-2024-report desk-1234567",
    "use sha256-abcdef1234567890abcdef1234567890 and 0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    "thread 01a1fa4f-63b2-7772-b0a6-be473084c496 of https://host/path?x=1",
    "sourceMappingURL=data:application/json;base64,eyJ2ZXJzaW9uIjozLCJmaWxlIjoi",
    'The test expects "-----BEGIN PRIVATE KEY-----" in line 3. Verdict: merge.',
    '{"base":"http://localhost:4321","owner":"me@example.com"}',
  ])("%s", (text) => {
    expect(redactSecrets(text)).toBe(text);
  });
});

describe("a variable is a secret by its name, a key by its value too", () => {
  test.each([
    ["OPENAI_API_KEY", "x", true],
    ["OPENAI_API_KEYS", "x", true],
    ["AWS_ACCESS_KEY_ID", "x", true],
    ["STRIPE_KEY", "abcdef0123456789", true],
    ["SORT_KEY", "created_at", false],
    ["GPG_KEY", "0xABC", false],
    ["HF_TOKEN", "x", true],
    ["TOKEN2", "x", true],
    ["MAX_TOKENS", "4096", false],
    ["npm_config__authToken", "x", true],
    ["NPM_CONFIG__AUTH", "x", true],
    ["PGPASSWORD", "x", true],
    ["MYSQL_PWD", "x", true],
    ["AZURE_STORAGE_CONNECTION_STRING", "x", true],
    ["GOOGLE_APPLICATION_CREDENTIALS", "x", true],
    ["ANYTHING", `ghp_${A1.slice(0, 36)}`, true],
    ["JWT", "x", true],
    ["MY_JWT", "x", true],
    ["ANYTHING", "eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.sig", true],
    ["ANYTHING", `/work/ghp_${A1.slice(0, 36)}/bin:/bin`, false],
    ["PATH", "/work/sk-admin-dashboard/bin", false],
    ["PWD", "/x", false],
    ["SSH_AUTH_SOCK", "/x", false],
    ["SSH_PUBLIC_KEY", "abcdef0123456789", false],
    ["KEY_PATH", "/x", false],
    ["TOKEN_LIMIT", "5", false],
    ["TOKENIZERS_PARALLELISM", "true", false],
    ["GIT_CONFIG_KEY_0", "safe.directory", false],
    ["GIT_CREDENTIAL_HELPER", "store", false],
    ["DATABASE_URL", "postgres://u:p@h/d", false],
    ["HTTPS_PROXY", "http://u:p@h", false],
    ["KEYBOARD", "abcdef0123456789", false],
  ])("%s=%s: %s", (name, value, expected) => {
    expect(isSecret(name, value)).toBe(expected);
  });
});

test("the secrets of an environment go by value, whole, the longer one first, as JSON has them too; words stay", () => {
  const redact = createRedactor({
    A_TOKEN: "plain-value-1",
    B_TOKEN: "plain-value-1-and-more",
    C_TOKEN: "true",
    D_PASSWORD: "postgres",
    E_PASSWORD: 'p"ss\\ord-12345',
    F: "visible-value-1",
  });
  expect(redact("plain-value-1-and-more plain-value-1 true visible-value-1 xplain-value-12 p%22ss%5Cord-12345")).toBe(
    "[redacted] [redacted] true visible-value-1 x[redacted]2 [redacted]",
  );
  expect(redact("In postgresql.ts the password of postgres")).toBe("In postgresql.ts the password of postgres");
  expect(redact(JSON.stringify({ e: 'p"ss\\ord-12345' }))).toBe('{"e":"[redacted]"}');
});

test.each([
  " ",
  "\n",
  "bearer ",
  "sk-",
  "sk-proj-",
  "-eyJ",
  "eyJ",
  "a:",
  "a://",
  "-----BEGIN ",
  "-----BEGIN PRIVATE KEY-----\n",
  "xox",
  "authorization: basic ",
])("a megabyte of %j is read in one go", (piece) => {
  // With a pattern that looks back from everywhere this would take minutes, and the server would answer nothing meanwhile.
  const text = `a${piece.repeat(1_000_000 / piece.length)}b`;
  expect(redactSecrets(text).slice(0, 1)).toBe("a");
});

describe("a secret without end goes whole, and overflows nothing:", () => {
  const millions = "a1".repeat(10_000_000);
  test.each<[string, string, string]>([
    ["a key", `sk-${millions} x`, "[redacted] x"],
    ["a token of three parts", `eyJhbGciOiJIUzI1.eyJzdWIi.${millions} x`, "[redacted] x"],
    ["a bearer", `bearer ${millions} x`, "bearer [redacted] x"],
    [
      "a private key of many lines",
      `-----BEGIN PRIVATE KEY-----\n${`${"A1".repeat(32)}\n`.repeat(200_000)}AbC=\n-----END`,
      "-----BEGIN PRIVATE KEY-----[redacted]\n-----END",
    ],
    [
      "a private key of one line",
      `-----BEGIN PRIVATE KEY-----\n${millions}\n-----END`,
      "-----BEGIN PRIVATE KEY-----[redacted]\n-----END",
    ],
  ])("%s", (_name, text, expected) => {
    expect(redactSecrets(text)).toBe(expected);
  });

  test("what only begins like one is read in one go", () => {
    const text = "eyJ".repeat(6_000_000);
    expect(redactSecrets(text) === text).toBe(true);
  });
});

describe("in JSON", () => {
  const redact = createRedactor({ A_TOKEN: "plain-value-1" });

  test("strings and names go one by one; it stays JSON, with its spaces and numbers", () => {
    const text =
      '{ "plain-value-1": 12345678901234567890, "plain-value-1": 2, "\\u0070lain-value-1": "x\\"plain-value-1\\\\" }';
    const clean = '{ "[redacted]": 12345678901234567890, "[redacted] (2)": 2, "[redacted] (3)": "x\\"[redacted]\\\\" }';
    expect(redactJson(text, redact)).toBe(clean);
    expect(JSON.parse(clean)).toBeTypeOf("object");
  });

  test("what holds no secret stays as it was, byte for byte", () => {
    const text = '\n[ 1.0, "a\\/b", {"x" : "\\u00e9"} ]';
    expect(redactJson(text, redact)).toBe(text);
  });

  test("it may nest without end, or be none", () => {
    const nest = (inner: string): string => `${'{"a":'.repeat(100_000)}"${inner}"${"}".repeat(100_000)}`;
    expect(redactJson(nest("plain-value-1"), redact) === nest("[redacted]")).toBe(true);
    expect(redactJson('plain-value-1 "plain-value-1', redact)).not.toContain("plain-value-1");
    expect(redactJson("plain-value-1", redact)).toBe("[redacted]");
  });
});

test("the password of an address in the environment goes, also alone and decoded; a plain word stays", () => {
  const redact = createRedactor({
    DATABASE_URL: "postgres://app:s3cret%2Fword@db/x?y=1",
    MIRRORS: "https://a:first-pass-1@x, https://b:second-pass-2@y",
    CACHE_URL: "redis://:postgres@cache",
  });
  expect(redact("s3cret%2Fword s3cret/word first-pass-1 second-pass-2")).toBe(
    "[redacted] [redacted] [redacted] [redacted]",
  );
  expect(redact("a postgres server")).toBe("a postgres server");
});
