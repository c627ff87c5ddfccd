// What each agent of a panel looks at above all, so that several find more than one.
import type { AgentId } from "../../../domain/agents.ts";

const VIEWS: Readonly<Record<AgentId, string>> = {
  claude:
    "Look above all at the design: whether the approach is right, where it fits badly into what is there, what it makes harder later, what is simpler.",
  codex:
    "Look above all at correctness: wrong results, missed cases, races, lost errors, broken callers, tests that prove nothing.",
};

/** Of an agent that has no view of its own. */
const OTHER =
  "Look above all at what people who use or attack it would meet: security, bad input, failure, performance, unclear behaviour.";

/** The view of an agent. `own` is the one that the user gave it. */
export function findView(agent: AgentId, own: string | undefined): string {
  return own ?? VIEWS[agent] ?? OTHER;
}
