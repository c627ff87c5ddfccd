// The questions of one job: they go to the call as long as the job belongs to it, and stand in the job's record afterwards.
import { BridgeError } from "../../domain/errors.ts";
import { readFields } from "../../domain/field-values.ts";
import type { CallContext, ChoiceAnswer, ChoiceQuestion } from "../requests.ts";
import type { JobQuestion } from "./job.ts";

/** How many questions a job may ask once it is kept. Further ones count as unanswered. */
export const MOST_QUESTIONS = 15;

/** Options of createJobQuestions. */
export interface JobQuestionsOptions {
  readonly call: Pick<CallContext, "askUser" | "canTask">;
  readonly newId: () => string;
  /** Called with the question that the job waits for now, or undefined when it goes on. */
  readonly onChange: (pending: JobQuestion | undefined) => void;
}

/** The questions of one job. */
export interface JobQuestions {
  /** As CallContext.askUser: undefined where nobody can be asked. */
  readonly ask: CallContext["askUser"];
  /** How many questions were not asked because there were too many. */
  readonly unasked: number;
  /** The job is kept: an open question now stands in its record. */
  keep(): void;
  /** Throws INVALID_ARGUMENT for an answer that the question does not take. */
  answer(key: string, answer: ChoiceAnswer, by: "person" | "model"): "taken" | "late" | "forbidden";
  /** The job has ended, or is about to: an open question counts as unanswered, and so does every later one. */
  close(): void;
}

interface OpenQuestion {
  readonly question: ChoiceQuestion;
  readonly settle: (answer: ChoiceAnswer) => void;
  /** Once it stands in the record. */
  pending: JobQuestion | undefined;
  /** Withdraws the client's form, if there is one. */
  readonly withdrawal: AbortController;
  hasForm: boolean;
}

const UNANSWERED: ChoiceAnswer = { kind: "unanswered" };

/** Creates the questions of a job. */
export function createJobQuestions({ call, newId, onChange }: JobQuestionsOptions): JobQuestions {
  let open: OpenQuestion | undefined;
  let isKept = false;
  let isClosed = false;
  let asked = 0;
  let unasked = 0;
  /** One question at a time. */
  let last: Promise<unknown> = Promise.resolve();

  function publish(entry: OpenQuestion): void {
    asked += 1;
    entry.pending = { key: newId(), question: entry.question, kind: entry.question.kind ?? "decision" };
    onChange(entry.pending);
  }

  // The client's form. Without tasks it is a person's only way to answer a kept job, so a form that was closed ends the question as it does in
  // a call. With tasks the client fetches the question from the job.
  function showForm(entry: OpenQuestion): void {
    if (isKept && call.canTask) return;
    entry.hasForm = true;
    void call.askUser?.(entry.question, entry.withdrawal.signal).then((answer) => {
      entry.hasForm = false;
      const staysOpen = isKept && (call.canTask || entry.pending?.kind === "input");
      if (answer.kind !== "unanswered" || !staysOpen) entry.settle(answer);
    });
  }

  function askOne(question: ChoiceQuestion, signal: AbortSignal | undefined): Promise<ChoiceAnswer> {
    if (isClosed || signal?.aborted === true) return Promise.resolve(UNANSWERED);
    if (isKept && asked >= MOST_QUESTIONS) {
      unasked += 1;
      return Promise.resolve(UNANSWERED);
    }
    return new Promise((resolve) => {
      const timer = setTimeout(() => entry.settle(UNANSWERED), question.timeoutMs).unref();
      const settle = (answer: ChoiceAnswer): void => {
        clearTimeout(timer);
        if (open !== entry) return;
        open = undefined;
        signal?.removeEventListener("abort", withdraw);
        if (entry.hasForm) entry.withdrawal.abort();
        if (entry.pending !== undefined) onChange(undefined);
        resolve(answer);
      };
      const withdraw = (): void => settle(UNANSWERED);
      signal?.addEventListener("abort", withdraw, { once: true });
      const entry: OpenQuestion = {
        ...{ question, settle, pending: undefined },
        ...{ withdrawal: new AbortController(), hasForm: false },
      };
      open = entry;
      if (isKept) publish(entry);
      showForm(entry);
    });
  }

  return {
    get unasked() {
      return unasked;
    },
    ask:
      call.askUser === undefined && !call.canTask
        ? undefined
        : (question, signal) => {
            const answer = last.then(() => askOne(question, signal));
            last = answer;
            return answer;
          },
    keep: () => {
      isKept = true;
      if (open !== undefined) publish(open);
    },
    answer: (key, answer, by) => {
      const pending = open?.pending;
      if (open === undefined || pending?.key !== key) return "late";
      if (pending.kind === "decision" && by !== "person") return "forbidden";
      checkAnswer(pending.question, answer);
      open.settle(answer);
      return "taken";
    },
    close: () => {
      isClosed = true;
      open?.settle(UNANSWERED);
    },
  };
}

// Checked here, since a model may have written it, or another bridge sent it.
function checkAnswer({ choices, fields }: ChoiceQuestion, answer: ChoiceAnswer): void {
  if (answer.kind === "filled" && (fields === undefined || readFields(fields, answer.values) === undefined)) {
    throw new BridgeError("INVALID_ARGUMENT", "The values do not fit the fields of the question.");
  }
  if (answer.kind !== "chosen" || choices.some(({ id }) => id === answer.id)) return;
  const ids = choices.map(({ id }) => JSON.stringify(id)).join(", ");
  throw new BridgeError("INVALID_ARGUMENT", `The question has no choice ${JSON.stringify(answer.id.slice(0, 80))}.`, {
    nextStep: `Answer with one of: ${ids}.`,
  });
}
