// `item/fileChange/requestApproval`: changes of files. The files stand in the item that the request names.
import type { ApprovalQuestion } from "../../../domain/questions.ts";
import { type Fields, readFields, readList, readText } from "../protocol/fields.ts";
import { readChoices, toDecision } from "./decisions.ts";
import type { AnswerQuestion, QuestionScope } from "./question-scope.ts";

/** Answers it. */
export const answerFileApproval: AnswerQuestion = async (params, scope) =>
  toDecision(await scope.ask(toQuestion(params, scope)));

function toQuestion(params: Fields, { findItem }: QuestionScope): ApprovalQuestion {
  const item = findItem(readText(params, "itemId") ?? "");
  const changes = (readList(item, "changes") ?? []).flatMap(toLine);
  const root = readText(params, "grantRoot");
  const lines = [
    ...(changes.length === 0 ? ["(Codex does not say which files)"] : changes),
    ...(root === undefined ? [] : [`and from now on anything below ${root}`]),
  ];
  const choices = readChoices(params);
  return {
    kind: "patch",
    summary: lines.join("\n"),
    reason: readText(params, "reason"),
    // Nobody can allow for the thread what nobody knows.
    choices: changes.length === 0 ? choices.filter((choice) => choice !== "thread") : choices,
  };
}

function toLine(change: Fields): string[] {
  const path = readText(change, "path");
  if (path === undefined) return [];
  const kind = readFields(change, "kind");
  const type = readText(kind, "type");
  const target = readText(kind, "move_path");
  const moved = target === undefined ? "" : `, moved to ${oneLine(target)}`;
  return [`${oneLine(path)} (${[type, countLines(type, readText(change, "diff"))].filter(Boolean).join(" ")}${moved})`];
}

// Of an added or deleted file, `diff` is the content; of a changed one, a unified diff without the names of the files.
function countLines(type: string | undefined, diff = ""): string {
  const lines = diff === "" ? [] : diff.replace(/\n$/, "").split("\n");
  if (type === "add") return `+${lines.length}`;
  if (type === "delete") return `-${lines.length}`;
  const starting = (mark: string): number => lines.filter((line) => line.startsWith(mark)).length;
  return `+${starting("+")} -${starting("-")}`;
}

function oneLine(path: string): string {
  return path.replace(/\s+/g, " ");
}
