// Measures how long a person takes to answer.
import type { Clock } from "../../../domain/clock.ts";
import type { CallContext } from "../../requests.ts";

/** The call, telling `onAnswered` after each question how many ms it was open. */
export function timeQuestions(call: CallContext, clock: Clock, onAnswered: (ms: number) => void): CallContext {
  const { askUser } = call;
  if (askUser === undefined) return call;
  return {
    ...call,
    askUser: async (question, signal) => {
      const askedAt = clock();
      const answer = await askUser(question, signal);
      onAnswered(Math.max(0, clock() - askedAt));
      return answer;
    },
  };
}
