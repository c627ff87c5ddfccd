import { expect, test } from "vitest";
import { createRedactor, isSecretName, redactSecrets } from "../../src/domain/redact.ts";

test.each([
  "sk-proj-abcdefgh12345678",
  "sk-ant-api03-abcdefghijkl",
  "ghp_abcdefghijklmnopqrst",
  "github_pat_abcdefghijklmnopqrst",
  "AKIAABCDEFGHIJKLMNOP",
  `AIza${"a".repeat(35)}`,
  `npm_${"a1".repeat(18)}`,
  "xoxb-1234567890-abc",
  "eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.sig",
])("%s does not survive", (secret) => {
  const text = redactSecrets(`key ${secret} was refused`);
  expect(text).toBe("key [redacted] was refused");
});

test("bearer tokens and URL passwords go, the words around them stay", () => {
  expect(redactSecrets("Authorization: Bearer abcdefghijkl; x")).toBe("Authorization: Bearer [redacted]; x");
  expect(redactSecrets("https://me:hunter22@host/x")).toBe("https://me:[redacted]@host/x");
});

test("ordinary text is left alone", () => {
  const text = "Run sk-ip and task-list; the asterisk-shaped risk-free desk-top";
  expect(redactSecrets(text)).toBe(text);
});

test.each([
  ["OPENAI_API_KEY", true],
  ["STRIPE_KEY", true],
  ["AWS_ACCESS_KEY_ID", true],
  ["HF_TOKEN", true],
  ["npm_config__authToken", true],
  ["DB_PASSWORD", true],
  ["GOOGLE_APPLICATION_CREDENTIALS", true],
  ["PATH", false],
  ["PWD", false],
  ["SSH_AUTH_SOCK", false],
  ["SSH_PUBLIC_KEY", false],
  ["KEY_PATH", false],
  ["TOKEN_LIMIT", false],
  ["TOKENIZERS_PARALLELISM", false],
  ["KEYBOARD", false],
  ["DATABASE_URL", false],
])("%s names a secret: %s", (name, isSecret) => {
  expect(isSecretName(name)).toBe(isSecret);
});

test("the secrets of an environment go by value, the longer one first; short values are words", () => {
  const redact = createRedactor({
    A_TOKEN: "plainvalue",
    B_TOKEN: "plainvalue-and-more",
    C_TOKEN: "true",
    D: "visible-value",
  });
  expect(redact("plainvalue-and-more plainvalue true visible-value")).toBe("[redacted] [redacted] true visible-value");
});

test.each([
  "sk-learn-contrib is a package",
  "npm_config_registry_of_my_company pk_customer_order_line_items hf_hub_download_with_retries",
  "task-2024-report desk-1234567",
  "use sha256-abcdef1234567890abcdef1234567890 and 0f1e2d3c4b5a69788796a5b4c3d2e1f0",
  "thread 01a1fa4f-63b2-7772-b0a6-be473084c496 of https://host/path?x=1",
  "sourceMappingURL=data:application/json;base64,eyJ2ZXJzaW9uIjozLCJmaWxlIjoi",
])("%s stays", (text) => {
  expect(redactSecrets(text)).toBe(text);
});

test("a key behind an escaped line break goes too", () => {
  expect(redactSecrets(`{"output":"a\\ngsk_${"a1".repeat(20)}"}`)).toBe('{"output":"a\\n[redacted]"}');
});
