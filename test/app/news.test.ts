import { expect, test } from "vitest";
import { createNewsReader } from "../../src/app/news.ts";
import type { Receiver } from "../../src/delegation/messages/mailbox.ts";

test.each([
  ["any", { agent: "codex" }, "codex"],
  ["any", undefined, "claude"],
  ["claude", { agent: "codex" }, "codex"],
  ["claude", undefined, "claude"],
  ["codex", { agent: "codex" }, "codex"],
  ["codex", undefined, "codex"],
] as const)("in the role %s, with the caller %o, they are for %s", (role, caller, agent) => {
  const taken: Receiver[] = [];
  const take = (receiver: Receiver) => {
    taken.push(receiver);
    return { messages: [], delivered: () => {}, putBack: () => {} };
  };
  expect(createNewsReader({ take, leave: () => "" }, role)({ caller }).lines).toEqual([]);
  expect(taken).toEqual([{ agent }]);
});
