// The step of a turn that gives its agent the messages that were left for the thread.
import type { AgentNames } from "../../domain/agents.ts";
import type { Mailbox } from "../messages/mailbox.ts";
import { describeMessages } from "../messages/message-words.ts";
import type { TurnStep } from "./turn-steps.ts";

/** What the step needs. */
export interface MessageOptions {
  readonly mailbox: Mailbox;
  /** The agent that runs the turn, and all agents of the bridge. */
  readonly agent: AgentNames;
  readonly agents: readonly AgentNames[];
}

/** Puts them before the prompt. A turn that did nothing may not have read them: then they wait for the next one. */
export function giveMessages({ mailbox, agent, agents }: MessageOptions): TurnStep {
  const nameOf = (id: string): string => agents.find((one) => one.id === id)?.name ?? id;
  return (next) => async (turn) => {
    const { threadId, prompt } = turn.request;
    const delivery = threadId === undefined ? undefined : mailbox.take({ agent: agent.id, threadId });
    if (delivery === undefined || delivery.messages.length === 0) return next(turn);
    const told = describeMessages(delivery.messages, nameOf);
    try {
      const outcome = await next({ ...turn, request: { ...turn.request, prompt: `${told}\n\n${prompt}` } });
      if (outcome.kind === "completed" || outcome.report.hasWorked) {
        delivery.delivered();
        turn.call.onMessages?.();
      }
      return outcome;
    } finally {
      delivery.putBack();
    }
  };
}
