// `mcpServer/elicitation/request`: an MCP server of Codex's asks something, or Codex asks whether a tool of it may run.
import { isRecord } from "../../../domain/guards.ts";
import type { JsonObject } from "../../../domain/json.ts";
import type { AgentAnswer, FieldValue } from "../../../domain/questions.ts";
import { type Fields, readFields, readList, readText, readTexts } from "../protocol/fields.ts";
import { type FormField, readForm, toFormValue } from "./elicitation-form.ts";
import type { AnswerQuestion, QuestionScope } from "./question-scope.ts";

const DECLINED: JsonObject = { action: "decline", content: null, _meta: null };
const UNNAMED = "(without a name)";

/** Answers it. */
export const answerElicitation: AnswerQuestion = async (params, scope) => {
  const meta = readFields(params, "_meta");
  if (params["mode"] !== "form") return declineMode(params, scope);
  if (meta?.["codex_approval_kind"] === "mcp_tool_call") return toToolAnswer(await askForTool(params, meta, scope));
  if (meta?.["codex_approval_kind"] !== undefined) {
    scope.tellDeclined("for an approval of a kind that the bridge does not know");
    return DECLINED;
  }
  return askByForm(params, scope);
};

// A page of somebody's, opened on a server's word, is how people are robbed; the other modes belong to OpenAI's own apps.
function declineMode(params: Fields, { tellDeclined }: QuestionScope): JsonObject {
  const server = JSON.stringify((readText(params, "serverName") ?? UNNAMED).slice(0, 100));
  const what = params["mode"] === "url" ? "to have a web page opened" : "in a form that the bridge does not know";
  tellDeclined(`for the MCP server ${server} ${what}`);
  return DECLINED;
}

function askForTool(params: Fields, meta: Fields, { ask }: QuestionScope): Promise<AgentAnswer> {
  const message = readText(params, "message") ?? readText(meta, "tool_name") ?? "(Codex does not say which tool)";
  // "always" writes to the user's config, so it is never given.
  const canKeep = (readTexts(meta, "persist") ?? []).includes("session");
  return ask({
    kind: "tool",
    summary: [message, ...listArguments(meta)].join("\n"),
    server: readText(params, "serverName") ?? UNNAMED,
    choices: ["no", "once", ...(canKeep ? (["thread"] as const) : [])],
  });
}

// What is displayed may be less than what the tool gets, so the rest follows.
function listArguments(meta: Fields): string[] {
  const displayed = readList(meta, "tool_params_display");
  const params = meta["tool_params"];
  const shown = (displayed ?? []).map(
    (param) =>
      `${readText(param, "display_name") ?? readText(param, "name") ?? UNNAMED}: ${JSON.stringify(param["value"])}`,
  );
  if (params === undefined || params === null) return shown;
  if (displayed === undefined || !isRecord(params)) return [...shown, JSON.stringify(params)];
  const isDisplayed = (name: string, value: unknown): boolean =>
    displayed.some((param) => param["name"] === name && JSON.stringify(param["value"]) === JSON.stringify(value));
  const rest = Object.entries(params).filter(([name, value]) => !isDisplayed(name, value));
  return [...shown, ...rest.map(([name, value]) => `${name}: ${JSON.stringify(value)}`)];
}

function toToolAnswer(answer: AgentAnswer): JsonObject {
  if (answer.kind !== "chosen") return DECLINED;
  if (answer.id === "once") return { action: "accept", content: {}, _meta: null };
  return answer.id === "thread" ? { action: "accept", content: {}, _meta: { persist: "session" } } : DECLINED;
}

async function askByForm(params: Fields, { ask, tellDeclined }: QuestionScope): Promise<JsonObject> {
  const server = readText(params, "serverName") ?? UNNAMED;
  const form = readForm(readFields(params, "requestedSchema"));
  if (form === undefined) {
    tellDeclined(`for the MCP server ${JSON.stringify(server.slice(0, 100))} in a form that the bridge does not know`);
    return DECLINED;
  }
  const answer = await ask({
    kind: "input",
    summary: readText(params, "message") ?? "(no question)",
    server,
    isForModel: false,
    fields: form.length === 0 ? [CONSENT] : form.map(({ field }) => field),
  });
  if (answer.kind !== "filled") return DECLINED;
  if (form.length === 0 && answer.values[CONSENT.id] !== true) return DECLINED;
  return { action: "accept", content: toContent(form, answer.values), _meta: null };
}

/** For a form without fields, which only wants a yes. */
const CONSENT = { id: "ok", title: "Agree", isRequired: true, value: { type: "boolean" } } as const;

function toContent(form: readonly FormField[], values: Readonly<Record<string, FieldValue>>): JsonObject {
  return Object.fromEntries(
    form.flatMap((entry) => {
      const value = values[entry.field.id];
      return value === undefined ? [] : [[entry.name, toFormValue(entry, value)]];
    }),
  );
}
