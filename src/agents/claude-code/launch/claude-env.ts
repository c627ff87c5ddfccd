// Builds the environment of Claude Code. Its commands see all of it (docs/claude-code.md#as-a-callee).
import { isSecret } from "../../../domain/redact.ts";

/** What belongs to the session that the bridge was called from, or to the bridge itself. */
const WITHHELD = [
  /^CLAUDECODE$/,
  /^CLAUDE_(?:PID|EFFORT)$/,
  /^CLAUDE_CODE_(?:SESSION|CHILD|MESSAGING|ENTRYPOINT|EXECPATH|SSE_PORT|DISABLE|MAX_RETRIES)/,
  /^(?:BRIDGE|DELEGATION|CODEX|OPENAI)_/,
];

/** Credentials that Claude Code itself needs. */
const ITS_OWN = /^(?:ANTHROPIC_|CLAUDE_CODE_)/;

/** Credentials of a cloud, by the variable with which the user turns its login on. */
const OF_CLOUDS: readonly (readonly [on: string, names: RegExp])[] = [
  ["CLAUDE_CODE_USE_BEDROCK", /^AWS_/],
  ["CLAUDE_CODE_USE_ANTHROPIC_AWS", /^AWS_/],
  ["CLAUDE_CODE_USE_VERTEX", /^GOOGLE_/],
];

const SETTINGS = {
  // A wrong key is otherwise told after three minutes.
  CLAUDE_CODE_MAX_RETRIES: "0",
  // A task in the background starts a turn of its own when it ends.
  CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: "1",
  // A prompt may quote what others wrote. Otherwise an `@.env` in a reviewed diff has Claude Code read that file and send it along.
  CLAUDE_CODE_DISABLE_FILE_MENTIONS: "1",
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
  DISABLE_AUTOUPDATER: "1",
};

/** The environment: that of the bridge, without secrets of others, and `add`. The variables named in `pass` are kept whatever they are. */
export function toClaudeEnv(
  env: Readonly<Record<string, string | undefined>>,
  pass: readonly string[],
  add: Readonly<Record<string, string>>,
): Record<string, string> {
  const result: Record<string, string> = {};
  const needed = [ITS_OWN, ...OF_CLOUDS.flatMap(([on, names]) => (isOn(env[on]) ? [names] : []))];
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || (!pass.includes(name) && isWithheld(name, value, needed))) continue;
    result[name] = value;
  }
  return { ...result, ...SETTINGS, ...add };
}

function isWithheld(name: string, value: string, needed: readonly RegExp[]): boolean {
  const isOther = isSecret(name, value) && !needed.some((names) => names.test(name));
  return isOther || WITHHELD.some((pattern) => pattern.test(name));
}

// In doubt it is on: Claude Code without its credentials is of no use.
function isOn(value = ""): boolean {
  return !["", "0", "false", "no", "off"].includes(value.trim().toLowerCase());
}
