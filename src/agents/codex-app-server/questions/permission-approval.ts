// `item/permissions/requestApproval`: network, or paths to read or write, for the turn or for the thread.
import { isJsonObject, type JsonObject, type JsonValue } from "../../../domain/json.ts";
import type { AgentAnswer } from "../../../domain/questions.ts";
import { type Fields, readFields, readList, readText, readTexts } from "../protocol/fields.ts";
import type { AnswerQuestion } from "./question-scope.ts";

const NOTHING: JsonObject = { permissions: {}, scope: "turn" };

/** Answers it. What is granted is what was asked for and shown, and nothing else. */
export const answerPermissionApproval: AnswerQuestion = async (params, { ask, tellDeclined }) => {
  const lines = listPermissions(readFields(params, "permissions"));
  const granted = toGranted(params["permissions"]);
  if (lines.length === 0 || granted === undefined) {
    tellDeclined("for permissions that the bridge does not know");
    return NOTHING;
  }
  const answer = await ask({
    kind: "permission",
    summary: lines.join("\n"),
    cwd: readText(params, "cwd"),
    reason: readText(params, "reason"),
    choices: ["no", "once", "thread"],
  });
  return toAnswer(answer, granted);
};

function toAnswer(answer: AgentAnswer, permissions: JsonObject): JsonObject {
  if (answer.kind !== "chosen") return NOTHING;
  if (answer.id === "once") return { permissions, scope: "turn" };
  return answer.id === "thread" ? { permissions, scope: "session" } : NOTHING;
}

/** The permissions of a request in words, one a line. Empty if none is known. */
export function listPermissions(permissions: Fields | undefined): string[] {
  const files = readFields(permissions, "fileSystem");
  const paths = (["read", "write"] as const).flatMap((verb) =>
    (readTexts(files, verb) ?? []).map((path) => `${verb} ${path}`),
  );
  const lines = [
    ...(readFields(permissions, "network")?.["enabled"] === true ? ["use the network"] : []),
    // Newer versions say the same twice.
    ...paths,
    ...(readList(files, "entries") ?? []).map(describeEntry),
  ];
  return [...new Set(lines)];
}

function describeEntry(entry: Fields): string {
  const path = readFields(entry, "path");
  const special = readFields(path, "value");
  const name =
    readText(path, "path") ??
    readText(path, "pattern") ??
    [readText(special, "kind"), readText(special, "path"), readText(special, "subpath")].filter(Boolean).join(" ");
  return `${readText(entry, "access") ?? "use"} ${name === "" ? "(a place that Codex does not name)" : name}`;
}

type IsShown = (value: JsonValue) => boolean;
const isPaths: IsShown = (value) => Array.isArray(value) && value.every((path) => typeof path === "string");
const isEntries: IsShown = (value) => Array.isArray(value) && value.every(isJsonObject);

/** What a grant may consist of, and whether a value is one that is shown whole, or only bounds how a pattern is read. */
const GRANTABLE: ReadonlyMap<string, ReadonlyMap<string, IsShown>> = new Map([
  ["network", new Map<string, IsShown>([["enabled", (value) => typeof value === "boolean"]])],
  [
    "fileSystem",
    new Map<string, IsShown>([
      ["read", isPaths],
      ["write", isPaths],
      ["entries", isEntries],
      ["globScanMaxDepth", (value) => typeof value === "number"],
    ]),
  ],
]);

/** The same permissions without the parts that are null; undefined if some of it could not be shown. */
export function toGranted(permissions: JsonValue | undefined): JsonObject | undefined {
  if (!isJsonObject(permissions)) return undefined;
  const parts = Object.entries(permissions).filter(([, part]) => part !== null);
  const isKnown = parts.every(([name, part]) => {
    const fields = GRANTABLE.get(name);
    if (fields === undefined || !isJsonObject(part)) return false;
    return Object.entries(part).every(
      ([key, value]) => fields.has(key) && (value === null || fields.get(key)?.(value)),
    );
  });
  return isKnown ? Object.fromEntries(parts) : undefined;
}
