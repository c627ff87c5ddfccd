// Asks the user at the end of an escalation path, if the client can show a form.
import type { CallContext } from "../requests.ts";

/** What the user can choose. */
export type WhatNow = "retry" | "claude" | "stop";

/** The question to the user. */
export interface WhatNowQuestion {
  /** What has happened so far. */
  readonly summary: string;
  /** Name of the agent that could not do the task. */
  readonly agentName: string;
  readonly timeoutMs: number;
}

/** Asks. undefined if nobody can be asked or nobody answered. A declined form means stop; `cancelled` means that the call was cancelled meanwhile. */
export async function askWhatNow(
  { askUser, report, signal }: CallContext,
  { summary, agentName, timeoutMs }: WhatNowQuestion,
): Promise<WhatNow | "cancelled" | undefined> {
  if (askUser === undefined) return undefined;
  report("Waiting for the user's decision");
  const choices = toChoices(agentName);
  const answer = await askUser({ message: `${summary}\nWhat now?`, choices, timeoutMs });
  if (signal.aborted) return "cancelled";
  if (answer.kind === "declined") return "stop";
  return answer.kind === "chosen" ? choices.find(({ id }) => id === answer.id)?.id : undefined;
}

function toChoices(agentName: string): readonly { readonly id: WhatNow; readonly title: string }[] {
  return [
    { id: "retry", title: `Let ${agentName} try again` },
    { id: "claude", title: "Let Claude do it" },
    { id: "stop", title: "Stop" },
  ];
}
