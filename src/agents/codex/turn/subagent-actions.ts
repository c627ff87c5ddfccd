// What Codex does with its subagents, by the tool that it calls.
import type { SubagentAction } from "../../../domain/turn-events.ts";

/** Tools of the item in the event stream (snake_case) and of the app server (camelCase), without the underscores, in lower case. */
const ACTIONS: Readonly<Record<string, SubagentAction>> = {
  spawnagent: "start",
  resumeagent: "start",
  sendinput: "message",
  sendmessage: "message",
  followuptask: "message",
  wait: "wait",
  closeagent: "end",
  interruptagent: "end",
};

/** The action of a tool, by its name. */
export function toSubagentAction(tool: string): SubagentAction {
  return ACTIONS[tool.replaceAll("_", "").toLowerCase()] ?? "other";
}
