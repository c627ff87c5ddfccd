import { expect, test } from "vitest";
import { readCodexWords } from "../../../../src/agents/codex/program/codex-words.ts";

const WARNING = "WARNING: proceeding, even though we could not create PATH aliases: Refusing\n";
const TRACE = "\nStack backtrace:\n   0: <unknown>\n   1: <unknown>\n";

// As 0.50 to 0.169 and Node print it.
test.each([
  [
    `${WARNING}Error: failed to load bootstrap configuration\n\nCaused by:\n    0: /h/config.toml:1:6: unclosed array, expected \`]\`\n    1: TOML parse error at line 1, column 6\n         |\n       1 | x = [\n         |      ^\n       unclosed array, expected \`]\`\n       \n${TRACE}`,
    "Error: failed to load bootstrap configuration: /h/config.toml:1:6: unclosed array, expected `]`: TOML parse error at line 1, column 6: unclosed array, expected `]`",
  ],
  [
    "Error loading config.toml:\n/h/config.toml:11:6: unclosed array, expected `]`\n   |\n11 | x = [\n   |      ^\n",
    "Error loading config.toml: /h/config.toml:11:6: unclosed array, expected `]`",
  ],
  [
    "file:///p/bin/codex.js:98\n  throw new Error(\n        ^\n\nError: Missing optional dependency @openai/codex-linux-x64. Reinstall Codex: npm install -g @openai/codex@latest\n    at file:///p/bin/codex.js:98:9\n\nNode.js v20.20.2\n",
    "Error: Missing optional dependency @openai/codex-linux-x64. Reinstall Codex: npm install -g @openai/codex@latest",
  ],
  [
    "2026-11-26T05:13:41.7Z ERROR codex_core::codex: Failed to create session: Read-only file system (os error 30)\nError: internal error; agent loop died unexpectedly\n",
    "Failed to create session: Read-only file system (os error 30)",
  ],
  ["EOF while parsing an object at line 1 column 1\n", "EOF while parsing an object at line 1 column 1"],
  ["error: unexpected argument '--nope' found\n\nUsage: codex exec\n", "error: unexpected argument '--nope' found"],
  [`${WARNING}Reading prompt from stdin...\n`, ""],
])("%j", (stderr, words) => {
  expect(readCodexWords(stderr)).toBe(words);
});
