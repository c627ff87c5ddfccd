// Takes an agent's questions to the person whom the call can ask, one after the other. A question ends with its turn.
import type { Logger } from "../../../domain/logger.ts";
import type { AgentAnswer, AgentQuestion } from "../../../domain/questions.ts";
import type { Redact } from "../../../domain/redact.ts";
import type { AskUser, CallContext, ChoiceAnswer } from "../../requests.ts";
import { addWarnings, type Turn, type TurnStep } from "../turn-steps.ts";
import {
  describeQuestion,
  describeRefusals,
  type QuestionScope,
  type Refusal,
  wordQuestion,
} from "./question-words.ts";

/** Options of the step. */
export interface AskPersonOptions {
  /** Name of the agent in sentences. */
  readonly agent: string;
  /** Ms after which a question counts as unanswered. */
  readonly questionMs: number;
  /** Whether a person started the calling agent. Below another agent, nobody knows who answers a form. */
  readonly isForPerson: (call: CallContext) => boolean;
  readonly redact: Redact;
  readonly logger: Logger;
}

/** Has the turn's questions asked. Its outcome says what was declined and why. */
export function askPerson(options: AskPersonOptions): TurnStep {
  return (next) => async (turn) => {
    const questions = new TurnQuestions(options, turn);
    try {
      const outcome = await next({ ...turn, request: { ...turn.request, ask: questions.ask } });
      return addWarnings(outcome, { after: questions.warnings });
    } finally {
      questions.close();
    }
  };
}

class TurnQuestions {
  readonly #options: AskPersonOptions;
  readonly #turn: Turn;
  readonly #askUser: AskUser | undefined;
  readonly #scope: QuestionScope;
  readonly #end = new AbortController();
  readonly #refused: { readonly why: Refusal; readonly what: string }[] = [];
  /** One question at a time: a person reads one form. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: AskPersonOptions, turn: Turn) {
    const { agent, redact } = options;
    this.#options = options;
    this.#turn = turn;
    this.#askUser = options.isForPerson(turn.call) ? turn.call.askUser : undefined;
    this.#scope = { agent, cwd: turn.request.frame.cwd, title: turn.thread.title, redact };
  }

  get warnings(): string[] {
    return describeRefusals(this.#refused, this.#options.agent);
  }

  /** Asks. Never rejects. */
  readonly ask = (question: AgentQuestion, signal?: AbortSignal): Promise<AgentAnswer> => {
    const ends = signal === undefined ? this.#end.signal : AbortSignal.any([this.#end.signal, signal]);
    const answer = this.#last.then(() => this.#askOne(question, ends));
    this.#last = answer.catch(() => {});
    return answer.catch((error: unknown): AgentAnswer => {
      this.#options.logger.error({ err: error }, "a question could not be asked");
      return { kind: "timed out" };
    });
  };

  /** The turn has ended: the open question is withdrawn, and no further one is asked. */
  close(): void {
    this.#end.abort();
  }

  async #askOne(question: AgentQuestion, signal: AbortSignal): Promise<AgentAnswer> {
    if (signal.aborted) return { kind: "timed out" };
    const { agent, questionMs: timeoutMs, logger } = this.#options;
    const what = describeQuestion(question, this.#scope);
    if (this.#askUser === undefined) {
      this.#refused.push({ why: "nobody to ask", what });
      return { kind: "nobody to ask" };
    }
    this.#turn.call.report(`${agent} asks you: ${what}`);
    const asked = { ...wordQuestion(question, this.#scope), timeoutMs };
    const answer = toAgentAnswer(question, await this.#askUser(asked, signal));
    if (signal.aborted) return { kind: "timed out" };
    const choice = answer.kind === "chosen" ? answer.id : undefined;
    logger.info({ kind: question.kind, answer: answer.kind, choice }, "the agent's question was answered");
    const why = findRefusal(answer);
    if (why !== undefined) this.#refused.push({ why, what });
    this.#turn.call.report(`${agent} has the answer`);
    return answer;
  }
}

// A form offers more than the agent may have listed, and nothing else counts.
function toAgentAnswer(question: AgentQuestion, answer: ChoiceAnswer): AgentAnswer {
  switch (answer.kind) {
    case "filled":
      return question.kind === "input" ? answer : { kind: "declined" };
    case "chosen": {
      const offered = question.kind === "input" ? [] : question.choices;
      const id = offered.find((choice) => choice === answer.id);
      return id === undefined ? { kind: "declined" } : { kind: "chosen", id };
    }
    case "declined":
      return { kind: "declined" };
    case "unanswered":
      return { kind: "timed out" };
  }
}

function findRefusal(answer: AgentAnswer): Refusal | undefined {
  if (answer.kind === "filled") return undefined;
  if (answer.kind !== "chosen") return answer.kind;
  return answer.id === "no" || answer.id === "stop" ? "declined" : undefined;
}
