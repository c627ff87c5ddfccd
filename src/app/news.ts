// What a session is told with the next result of a call.
import type { Mailbox } from "../delegation/messages/mailbox.ts";
import { describeMessages } from "../delegation/messages/message-words.ts";
import type { CallContext } from "../delegation/requests.ts";
import { CLAUDE, CODEX } from "../domain/agents.ts";
import type { Role } from "../domain/role.ts";
import type { News } from "../mcp/news.ts";

const NAMES = new Map([CODEX, CLAUDE].map(({ id, name }) => [id, name]));

/**
 * Makes the reader of the news. They are for the agent that calls: one registration may serve both, and a message that an agent has sent must not
 * come back to itself. A client that does not say which it is counts by the role.
 */
export function createNewsReader(mailbox: Mailbox, role: Role): (call: Pick<CallContext, "caller">) => News {
  return ({ caller }) => {
    const agent = caller?.agent ?? (role === "codex" ? CODEX.id : CLAUDE.id);
    const { messages, delivered } = mailbox.take({ agent });
    const lines = messages.length === 0 ? [] : [describeMessages(messages, (id) => NAMES.get(id) ?? id)];
    return { lines, told: delivered };
  };
}
