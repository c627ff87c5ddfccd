// The caller of a turn learns whether its agent got messages that were left for the thread.
import { expect, test } from "vitest";
import { giveMessages, type MessageOptions } from "../../../src/delegation/turns/give-messages.ts";
import type { Turn } from "../../../src/delegation/turns/turn-steps.ts";
import type { TurnOutcome } from "../../../src/domain/turn.ts";

test.for<[string, readonly unknown[], TurnOutcome["kind"], boolean, readonly string[]]>([
  ["a turn that completed", [{}], "completed", false, ["delivered", "told", "back"]],
  ["one that failed and had worked", [{}], "failed", true, ["delivered", "told", "back"]],
  ["one that failed before it did anything", [{}], "failed", false, ["back"]],
  ["a turn without messages", [], "completed", true, []],
])("%s", async ([, some, kind, hasWorked, expected]) => {
  const done: string[] = [];
  const message = { id: "m", at: 1, from: { agent: "codex" }, to: { agent: "codex" }, text: "Which colour?" };
  const delivery = {
    messages: some.map(() => message),
    delivered: () => void done.push("delivered"),
    putBack: () => void done.push("back"),
  };
  const agent = { id: "codex", name: "Codex" } as unknown as MessageOptions["agent"];
  const mailbox = { take: () => delivery } as unknown as MessageOptions["mailbox"];
  const step = giveMessages({ mailbox, agent, agents: [agent] });
  const turn = { request: { threadId: "t", prompt: "p" }, call: { onMessages: () => void done.push("told") } };
  await step(async () => ({ kind, report: { hasWorked } }) as unknown as TurnOutcome)(turn as unknown as Turn);
  expect(done).toEqual(expected);
});
