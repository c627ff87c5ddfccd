// The four decisions that the app server takes on a command or a change of files. It offers others, which the bridge never gives: they write
// rules for later sessions into the user's Codex home (`acceptWithExecpolicyAmendment`, `applyNetworkPolicyAmendment`).
import type { JsonObject } from "../../../domain/json.ts";
import type { AgentAnswer, ApprovalChoice } from "../../../domain/questions.ts";
import type { Fields } from "../protocol/fields.ts";

type Decision = "accept" | "acceptForSession" | "decline" | "cancel";

const DECISIONS: Readonly<Record<ApprovalChoice, Decision>> = {
  once: "accept",
  thread: "acceptForSession",
  no: "decline",
  stop: "cancel",
};
const CHOICES: readonly ApprovalChoice[] = ["no", "once", "thread", "stop"];

/**
 * What a person can choose; everything where the request lists nothing. `decline` is taken on every version, listed or not. Where Codex offers
 * to allow a command by a rule for good, it also takes `acceptForSession`, which is less: the very same command, until the thread is unloaded
 * (docs/codex-cli.md#app-server-questions).
 */
export function readChoices(params: Fields): readonly ApprovalChoice[] {
  const listed = params["availableDecisions"];
  if (!Array.isArray(listed)) return CHOICES;
  const offersRule = listed.some((decision) => typeof decision === "object" && decision !== null);
  return CHOICES.filter((choice) => {
    if (choice === "no" || listed.includes(DECISIONS[choice])) return true;
    return choice === "thread" && offersRule && listed.includes("accept");
  });
}

/** The answer. Whatever is not a yes means no. */
export function toDecision(answer: AgentAnswer): JsonObject {
  return { decision: answer.kind === "chosen" ? DECISIONS[answer.id] : "decline" };
}
