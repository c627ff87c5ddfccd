// `item/commandExecution/requestApproval`: a command, input for one that runs, or a host that a command wants to reach.
import type { JsonObject } from "../../../domain/json.ts";
import type { ApprovalQuestion } from "../../../domain/questions.ts";
import { toPlainCommand } from "../../codex/turn/plain-command.ts";
import { readFields, readText } from "../protocol/fields.ts";
import { readChoices, toDecision } from "./decisions.ts";
import { listPermissions, toGranted } from "./permission-approval.ts";
import type { AnswerQuestion } from "./question-scope.ts";

/** Answers it. A command with permissions that cannot be shown is declined. */
export const answerCommandApproval: AnswerQuestion = async (params, { ask, tellDeclined }) => {
  const permissions = params["additionalPermissions"] ?? {};
  if (toGranted(permissions) === undefined) {
    tellDeclined("to run a command with permissions that the bridge does not know");
    return { decision: "decline" };
  }
  return toDecision(await ask(toQuestion(params)));
};

function toQuestion(params: JsonObject): ApprovalQuestion {
  const network = readFields(params, "networkApprovalContext");
  const common = { cwd: readText(params, "cwd"), reason: readText(params, "reason"), choices: readChoices(params) };
  if (network !== undefined) {
    const host = readText(network, "host") ?? "a host that Codex does not name";
    return { kind: "permission", summary: `reach ${host} (${readText(network, "protocol") ?? "network"})`, ...common };
  }
  const command = readText(params, "command");
  if (command === undefined) {
    // Nobody can allow for good what nobody knows.
    const choices = common.choices.filter((choice) => choice !== "thread");
    return { kind: "command", summary: "(Codex does not say which command)", ...common, choices };
  }
  const isInput = params["kind"] === "writeStdin";
  const more = listPermissions(readFields(params, "additionalPermissions")).map((line) => `with more: ${line}`);
  const lines = [isInput ? `(input for a running command) ${command}` : toPlainCommand(command), ...more];
  return { kind: "command", summary: lines.join("\n"), ...common };
}
