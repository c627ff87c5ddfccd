// How a question travels, in either era: as a request of the server, or as the answer to the call, which the client then sends again.
import { isRecord } from "../../src/domain/guards.ts";
import { until } from "../support/lab.ts";
import { ERA, type Message, OUTLIVES, TASKS, toEnvelope } from "../support/stdio-bridge.ts";
import { type Attack, FAIL } from "./attack.ts";

export const IS_MODERN = ERA === "modern";

/** A question that the server has put. */
export interface Question {
  /** Of the request that asks, or of the one that was answered with the question. */
  readonly id: string | number;
  /** Of the call. */
  readonly call: string | number;
  readonly key: string;
  readonly requestState: string;
}

const FORMS = { elicitation: {}, ...(OUTLIVES ? TASKS : {}) };

/** Shakes hands as a client that can do this. */
export async function shake(it: Attack, capabilities: unknown = FORMS): Promise<void> {
  it.bridge.declare(capabilities);
  const old = { protocolVersion: "2025-11-25", capabilities, clientInfo: { name: "x", version: "1" } };
  it.ask("hello", IS_MODERN ? "server/discover" : "initialize", IS_MODERN ? {} : old);
  await it.bridge.answer("hello");
}

/** Every question so far. */
export function listQuestions({ bridge }: Attack): Message[] {
  const asks = ({ method, result }: Message): boolean =>
    IS_MODERN ? result?.["resultType"] === "input_required" : method === "elicitation/create";
  return bridge.messages.filter(asks);
}

const toCall = (id: string | number) => ({
  name: "route_task",
  arguments: { task: `Optimise parser ${id}: profile it. ${FAIL}`, mode: "run" },
});

/** Sends a call that fails, so that the bridge asks if it can. */
export const route = (it: Attack, id: string | number): void => it.ask(id, "tools/call", toCall(id));

/** Has the bridge ask. */
export async function provoke(it: Attack, call: string | number = "call"): Promise<Question> {
  const before = listQuestions(it).length;
  route(it, call);
  return nextQuestion(it, call, before);
}

/** Waits for the question after the first `before`. */
export async function nextQuestion(it: Attack, call: string | number, before: number): Promise<Question> {
  await until("the user is asked", () => listQuestions(it).length > before, 10_000);
  const { id, result } = listQuestions(it).at(-1) ?? {};
  const requests = isRecord(result?.["inputRequests"]) ? result["inputRequests"] : {};
  return {
    id: id ?? "",
    call,
    key: Object.keys(requests)[0] ?? "",
    requestState: String(result?.["requestState"]),
  };
}

/** Answers in JSON as text. `members` are those of a response: `"result":…`. Gives the id of the request that is answered for it. */
export function reply(it: Attack, question: Question, members: string): string | number {
  if (!IS_MODERN) {
    it.write(`{"jsonrpc":"2.0","id":${JSON.stringify(question.id)},${members}}\n`);
    return question.call;
  }
  const id = `${question.call} after ${question.id} ${it.bridge.messages.length} ${Math.random()}`;
  const { key, requestState, call } = question;
  const [name, args] = [toCall(call).name, JSON.stringify(toCall(call).arguments)];
  const response = members.slice(members.indexOf('"result":') + 9);
  const rest = `"requestState":${JSON.stringify(requestState)},"inputResponses":{"${key}":${response}}`;
  const params = `{"name":"${name}","arguments":${args},${rest},"_meta":${JSON.stringify(toEnvelope(FORMS))}}`;
  it.write(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"method":"tools/call","params":${params}}\n`, id);
  return id;
}
