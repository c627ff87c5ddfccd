// Answers what the app server asks while a turn runs. A question of a kind that is not known here is refused, so that the server does not wait.
import type { JsonObject } from "../../../domain/json.ts";
import type { AgentAnswer, AgentQuestion } from "../../../domain/questions.ts";
import { type Fields, readFields, readText } from "../protocol/fields.ts";
import { METHOD_NOT_FOUND } from "../server/rpc-message.ts";
import { RpcError } from "../server/server-errors.ts";
import { answerCommandApproval } from "./command-approval.ts";
import { answerElicitation } from "./elicitation.ts";
import { answerFileApproval } from "./file-approval.ts";
import { answerPermissionApproval } from "./permission-approval.ts";
import type { AnswerQuestion } from "./question-scope.ts";
import { answerUserInput } from "./user-input.ts";

/** What the questions of a turn need. */
export interface ServerQuestionsOptions {
  /** Asks a person. The signal withdraws the question. Never rejects. */
  readonly ask: (question: AgentQuestion, signal: AbortSignal) => Promise<AgentAnswer>;
  /** Stops the turn's clocks until the returned function is called. */
  readonly pause: () => () => void;
  /** Tells of a question that is declined without asking anybody: a whole sentence. */
  readonly warn: (sentence: string) => void;
}

/** The questions of one turn. */
export interface ServerQuestions {
  /** Call with each notification of the thread: a request for a change of files does not say which files. */
  see(method: string, params: Fields): void;
  /** Answers a request of the server's. Rejects with RpcError for a method that is not known. */
  answer(method: string, params: JsonObject, signal: AbortSignal): Promise<JsonObject>;
}

const ANSWERS: Readonly<Record<string, AnswerQuestion>> = {
  "item/commandExecution/requestApproval": answerCommandApproval,
  "item/fileChange/requestApproval": answerFileApproval,
  "item/permissions/requestApproval": answerPermissionApproval,
  "item/tool/requestUserInput": answerUserInput,
  "mcpServer/elicitation/request": answerElicitation,
};

/** Makes them. */
export function createServerQuestions({ ask, pause, warn }: ServerQuestionsOptions): ServerQuestions {
  /** Changes of files that have begun and not ended. */
  const open = new Map<string, Fields>();
  return {
    see: (method, params) => {
      const item = readFields(params, "item");
      const id = readText(item, "id") ?? readText(params, "itemId");
      if (id === undefined) return;
      if (method === "item/started" && item?.["type"] === "fileChange") open.set(id, item);
      else if (method === "item/fileChange/patchUpdated") open.set(id, params);
      else if (method === "item/completed") open.delete(id);
    },
    answer: async (method, params, signal) => {
      const act = Object.hasOwn(ANSWERS, method) ? ANSWERS[method] : undefined;
      if (act === undefined) throw new RpcError(METHOD_NOT_FOUND, `this client does not answer ${method}`);
      const goOn = pause();
      try {
        return await act(params, {
          ask: (question) => ask(question, signal),
          findItem: (id) => open.get(id),
          tellDeclined: (what) => warn(`Codex asked ${what}, so that was declined.`),
        });
      } finally {
        goOn();
      }
    },
  };
}
