import { expect, test } from "vitest";
import { redactSecrets } from "../../src/domain/redact.ts";

test.each([
  "sk-proj-abcdefgh12345678",
  "sk-ant-api03-abcdefghijkl",
  "ghp_abcdefghijklmnopqrst",
  "github_pat_abcdefghijklmnopqrst",
  "AKIAABCDEFGHIJKLMNOP",
  `AIza${"a".repeat(35)}`,
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
