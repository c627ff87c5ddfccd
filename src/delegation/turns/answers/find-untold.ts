// What an answer lacks because the protocol of its agent does not tell it: so that a missing field is not taken for nothing.
import type { TurnReport, UntoldPart } from "../../../domain/turn.ts";

/** Those of `parts` that this turn's report lacks. */
export function findUntold(
  parts: readonly UntoldPart[],
  { usage, model, commands }: Pick<TurnReport, "usage" | "model" | "commands">,
): UntoldPart[] {
  const isMissing: Record<UntoldPart, boolean> = {
    "tokens used": usage === undefined,
    "model that ran": model === undefined,
    "exit codes of commands": commands.count > 0,
    // No agent over ACP was seen to tell one (docs/other-agents.md#failures).
    "rate limits of its provider": true,
  };
  return parts.filter((part) => isMissing[part]);
}
