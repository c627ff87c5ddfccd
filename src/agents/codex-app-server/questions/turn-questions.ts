// The questions of a running turn: they go to its caller's person, and a turn that the person stops is ended.
import { BridgeError } from "../../../domain/errors.ts";
import type { AgentAnswer, AgentQuestion } from "../../../domain/questions.ts";
import type { CodexTurn } from "../../codex/turn/codex-turn.ts";
import type { CodexTurnRequest } from "../../codex/turn/codex-turn-request.ts";
import { createServerQuestions, type ServerQuestions } from "./server-questions.ts";

/** Makes them. `pause` stops the turn's clocks until the function that it gives is called. */
export function createTurnQuestions(
  { ask }: Pick<CodexTurnRequest, "ask">,
  { state, stop }: Pick<CodexTurn, "state" | "stop">,
  pause: () => () => void,
): ServerQuestions {
  return createServerQuestions({
    ask: async (question: AgentQuestion, signal: AbortSignal): Promise<AgentAnswer> => {
      const answer = await ask(question, signal);
      // Once the server has its answer: it ends the turn by itself, but not what runs in it.
      if (answer.kind === "chosen" && answer.id === "stop") setImmediate(() => stop.endWith(toStopped()));
      return answer;
    },
    pause,
    warn: (sentence) => state.warnings.push(sentence),
  });
}

function toStopped(): BridgeError {
  return new BridgeError("STOPPED_BY_USER", "The user stopped the turn when Codex asked for approval.");
}
