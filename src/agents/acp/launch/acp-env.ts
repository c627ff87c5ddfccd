// Builds the environment of an agent. Its commands see all of it.
import { isSecret } from "../../../domain/redact.ts";
import type { AcpAgent } from "../acp-agent.ts";

/** What belongs to the session that the bridge was called from, to the bridge itself, or to other agents. */
const WITHHELD = [/^CLAUDECODE$/, /^(?:CLAUDE|ANTHROPIC|CODEX|OPENAI|BRIDGE|DELEGATION)_/];

/** The environment: that of the bridge, without secrets and what is of others, and `add`. `pass` and the agent name what is kept all the same. */
export function toAcpEnv(
  env: Readonly<Record<string, string | undefined>>,
  { envPass, env: own }: Pick<AcpAgent, "envPass" | "env">,
  pass: readonly string[],
  add: Readonly<Record<string, string>>,
): Record<string, string> {
  const kept = new Set([...envPass, ...pass]);
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || (!kept.has(name) && isWithheld(name, value))) continue;
    result[name] = value;
  }
  return { ...result, ...own, ...add };
}

function isWithheld(name: string, value: string): boolean {
  return WITHHELD.some((pattern) => pattern.test(name)) || isSecret(name, value);
}
