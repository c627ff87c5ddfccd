// The use cases of the two thread tools: start a thread, continue one.
import { type AgentNames, CODEX, nameTools } from "../../domain/agents.ts";
import type { ErrorReport } from "../../domain/errors.ts";
import type { CallContext, ReplyRequest, StartRequest, TurnEnd } from "../requests.ts";
import { expectAnswer } from "./answers/expect-answer.ts";
import type { DelegationParts } from "./delegation-parts.ts";
import { handFiles } from "./handoff/hand-files.ts";
import { replyToThread } from "./reply-to-thread.ts";
import { startThread } from "./start-thread.ts";
import { endCall } from "./turn-end.ts";

/** Starts and continues threads. Neither throws: every call has an end, as data. */
export interface Delegation {
  start(request: StartRequest, call: CallContext): Promise<TurnEnd>;
  reply(request: ReplyRequest, call: CallContext): Promise<TurnEnd>;
}

/** Makes the use cases. */
export function createDelegation(parts: DelegationParts): Delegation {
  const { clock, agent } = parts.options;
  // The words of errors are written once, with the tools of Codex.
  const name = (end: TurnEnd): TurnEnd =>
    end.kind === "completed" ? end : { ...end, error: nameOwn(end.error, agent) };
  return {
    start: async (request, call) =>
      name(
        await endCall(call, clock, async (counted) =>
          startThread(handFiles(await expectAnswer(parts, request, counted), request, parts.runner), request, counted),
        ),
      ),
    reply: async (request, call) =>
      name(
        await endCall(call, clock, async (counted, state) =>
          replyToThread(
            handFiles(await expectAnswer(parts, request, counted), request, parts.runner),
            request,
            counted,
            state,
          ),
        ),
      ),
  };
}

function nameOwn(error: ErrorReport, agent: AgentNames): ErrorReport {
  if (agent.id === CODEX.id) return error;
  return { ...error, message: nameTools(error.message, agent), nextStep: nameTools(error.nextStep, agent) };
}
