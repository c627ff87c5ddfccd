// Asks the user at the end of an escalation path, if the client can show a form.
import type { CallContext } from "../requests.ts";

/** What the user can choose. */
export type WhatNow = "retry" | "claude" | "stop";

const CHOICES: readonly { readonly id: WhatNow; readonly title: string }[] = [
  { id: "retry", title: "Let Codex try again" },
  { id: "claude", title: "Let Claude do it" },
  { id: "stop", title: "Stop" },
];

/** Asks. undefined if nobody can be asked or nobody answered. A declined form means stop; `cancelled` means that the call was cancelled meanwhile. */
export async function askWhatNow(
  { askUser, report, signal }: CallContext,
  summary: string,
  timeoutMs: number,
): Promise<WhatNow | "cancelled" | undefined> {
  if (askUser === undefined) return undefined;
  report("Waiting for the user's decision");
  const answer = await askUser({ message: `${summary}\nWhat now?`, choices: CHOICES, timeoutMs });
  if (signal.aborted) return "cancelled";
  if (answer.kind === "declined") return "stop";
  return answer.kind === "chosen" ? CHOICES.find(({ id }) => id === answer.id)?.id : undefined;
}
