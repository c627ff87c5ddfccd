// What a session is told with the next result of a call.
import type { Mailbox } from "../delegation/messages/mailbox.ts";
import { describeMessages } from "../delegation/messages/message-words.ts";
import { CLAUDE, CODEX } from "../domain/agents.ts";
import type { Role } from "../domain/role.ts";
import type { News } from "../mcp/news.ts";

const NAMES = new Map([CODEX, CLAUDE].map(({ id, name }) => [id, name]));

/** Makes the reader of the news. A bridge that serves Codex alone has no session of Claude Code. */
export function createNewsReader(mailbox: Mailbox, role: Role): () => News {
  return () => {
    const { messages, delivered } = mailbox.take({ agent: role === "codex" ? CODEX.id : CLAUDE.id });
    const lines = messages.length === 0 ? [] : [describeMessages(messages, (id) => NAMES.get(id) ?? id)];
    return { lines, told: delivered };
  };
}
