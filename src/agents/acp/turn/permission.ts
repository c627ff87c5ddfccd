// Answers an agent that asks for permission. An answer is found by its kind, never by its place: Gemini CLI's first one is "always". One that
// lasts beyond the call is never given.
import { isRecord } from "../../../domain/guards.ts";
import type { JsonObject } from "../../../domain/json.ts";
import type { AgentAnswer, ApprovalQuestion } from "../../../domain/questions.ts";
import { isWiderMode } from "../../../domain/sandbox.ts";
import type { ThreadFrame } from "../../../domain/thread.ts";
import type { AcpLaunch } from "../launch/acp-launch.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What the frame says of a request by itself; `ask` where a person has to say it. */
export type Verdict = "allow" | "refuse" | "ask";

const EDITS: readonly unknown[] = ["edit", "delete", "move"];
const READS: readonly unknown[] = ["read", "search", "think"];

/** Judges a request. */
export function judgeRequest(
  call: Fields,
  { sandbox, approvalPolicy }: Pick<ThreadFrame, "sandbox" | "approvalPolicy">,
  heldBy: AcpLaunch["heldBy"],
): Verdict {
  // A person may not allow what the caller cannot do itself.
  if (!isWiderMode(sandbox.mode, "read-only")) return "refuse";
  if (heldBy === "mode") return "refuse";
  if (approvalPolicy === "untrusted") return "ask";
  if (heldBy === "system" && (EDITS.includes(call["kind"]) || READS.includes(call["kind"]))) return "allow";
  // Whatever runs in the sandbox of an agent has the network, since the agent needs it. A frame with network gives no less.
  if (heldBy === "system" && sandbox.networkAccess) return "allow";
  if (approvalPolicy !== "never") return "ask";
  return heldBy === "nothing" ? "allow" : "refuse";
}

/** The question for a person. */
export function toQuestion(call: Fields, cwd: string): ApprovalQuestion {
  const { kind, title, rawInput, locations } = call;
  const command = isRecord(rawInput) && typeof rawInput["command"] === "string" ? rawInput["command"] : undefined;
  const places = (Array.isArray(locations) ? locations : [])
    .filter(isRecord)
    .flatMap(({ path }) => (typeof path === "string" ? [path] : []));
  const name = typeof title === "string" && title !== "" ? title : "(it does not say what)";
  const choices = ["no", "once", "stop"] as const;
  if (kind === "execute") return { kind: "command", summary: command ?? name, cwd, choices };
  if (EDITS.includes(kind)) return { kind: "patch", summary: [name, ...places].join("\n"), cwd, choices };
  return { kind: "tool", summary: name, cwd, choices };
}

/** Whether an answer is a yes. */
export function isYes(answer: AgentAnswer): boolean {
  return answer.kind === "chosen" && answer.id === "once";
}

/** The reply; `cancelled` where the agent offers no answer of this kind. */
export function toReply(options: unknown, isAllowed: boolean): JsonObject {
  const kind = isAllowed ? "allow_once" : "reject_once";
  const found = (Array.isArray(options) ? options : []).filter(isRecord).find((option) => option["kind"] === kind);
  const optionId = found?.["optionId"];
  return { outcome: typeof optionId === "string" ? { outcome: "selected", optionId } : { outcome: "cancelled" } };
}
