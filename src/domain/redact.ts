// Secrets in text: replaced before a text is logged or shown.

const PATTERNS: readonly RegExp[] = [
  // OpenAI, Anthropic and like keys: sk-…, sk-proj-…, sk-ant-…
  /\bsk-[A-Za-z0-9_*-]{8,}/g,
  /\b(?:ghp|gho|ghu|ghs|ghr|glpat|github_pat)[_-][A-Za-z0-9_-]{16,}/g,
  /\bxox[abprs]-[A-Za-z0-9-]{10,}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\bAIza[A-Za-z0-9_-]{30,}/g,
  // JSON web tokens
  /\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*/g,
  /(?<=\bbearer\s+)[A-Za-z0-9._~+/=-]{8,}/gi,
  // user:password@ in a URL
  /(?<=\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:@/]{1,100}:)[^\s@/]{1,200}(?=@)/gi,
];

/** The text with every known form of a secret replaced by `[redacted]`. */
export function redactSecrets(text: string): string {
  return PATTERNS.reduce((result, pattern) => result.replace(pattern, "[redacted]"), text);
}
