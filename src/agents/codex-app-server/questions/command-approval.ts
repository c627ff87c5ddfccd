// `item/commandExecution/requestApproval`: a command, input for one that runs, or a host that a command wants to reach.
import { isJsonObject, type JsonObject, type JsonValue } from "../../../domain/json.ts";
import type { ApprovalQuestion } from "../../../domain/questions.ts";
import { toPlainCommand } from "../../codex/turn/plain-command.ts";
import { readFields, readText } from "../protocol/fields.ts";
import { readChoices, toDecision } from "./decisions.ts";
import { listPermissions, toGranted } from "./permission-approval.ts";
import type { AnswerQuestion } from "./question-scope.ts";

/** Answers it. */
export const answerCommandApproval: AnswerQuestion = async (params, { ask }) =>
  toDecision(await ask(toQuestion(params)));

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
  const more = listMore(params["additionalPermissions"]).map((line) => `with more: ${line}`);
  const lines = [isInput ? `(input for a running command) ${command}` : toPlainCommand(command), ...more];
  return { kind: "command", summary: lines.join("\n"), ...common };
}

function listMore(permissions: JsonValue | undefined): string[] {
  if (!isJsonObject(permissions)) return [];
  const unknown = toGranted(permissions) === undefined ? ["permissions that the bridge does not know"] : [];
  return [...listPermissions(permissions), ...unknown];
}
