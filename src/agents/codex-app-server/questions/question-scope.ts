// What the answers to the app server's questions are made with.
import type { JsonObject } from "../../../domain/json.ts";
import type { AgentAnswer, AgentQuestion } from "../../../domain/questions.ts";
import type { Fields } from "../protocol/fields.ts";

/** How a question is answered. */
export interface QuestionScope {
  /** Asks a person. Never rejects. */
  readonly ask: (question: AgentQuestion) => Promise<AgentAnswer>;
  /** What the app server told of an item when it began: the request for a change of files does not say which. */
  readonly findItem: (itemId: string) => Fields | undefined;
  /** Tells of a question that is declined without asking anybody, as part of a sentence that begins with "Codex asked". */
  readonly tellDeclined: (what: string) => void;
}

/** Answers one kind of question. Never rejects. */
export type AnswerQuestion = (params: JsonObject, scope: QuestionScope) => Promise<JsonObject>;
