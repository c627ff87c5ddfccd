// The use cases of the two thread tools: start a thread, continue one.
import type { CallContext, ReplyRequest, StartRequest, TurnEnd } from "../requests.ts";
import { expectAnswer } from "./answers/expect-answer.ts";
import type { DelegationParts } from "./delegation-parts.ts";
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
  const { clock } = parts.options;
  return {
    start: (request, call) =>
      endCall(call, clock, async (counted) =>
        startThread(await expectAnswer(parts, request, counted), request, counted),
      ),
    reply: (request, call) =>
      endCall(call, clock, async (counted, state) =>
        replyToThread(await expectAnswer(parts, request, counted), request, counted, state),
      ),
  };
}
