import { describe, expect, test } from "vitest";
import {
  type AgentMessage,
  addPhases,
  chooseAnswer,
  readMessages,
} from "../../../../src/agents/codex/turn/final-answer.ts";

const same = (text: string) => text;
const say = (text: string, phase?: string, isAfterWork = false): AgentMessage => ({ text, phase, isAfterWork });
const record = (payload: object): string => JSON.stringify({ type: "response_item", payload });
const message = (text: string, phase?: string): string =>
  record({
    type: "message",
    role: "assistant",
    content: [{ type: "output_text", text }],
    ...(phase === undefined ? {} : { phase }),
  });

describe("the answer among", () => {
  test.each<[string, AgentMessage[], string, boolean]>([
    ["nothing", [], "", false],
    ["one message", [say("a")], "a", false],
    ["a comment and a final answer", [say("a", "commentary"), say("b", "final_answer", true)], "b", false],
    ["a final answer and a comment", [say("b", "final_answer"), say("c", "commentary")], "b", false],
    [
      "two final answers",
      [say("a", "final_answer"), say("x", "commentary"), say("b", "final_answer")],
      "a\n\nb",
      false,
    ],
    ["a final answer and one of no phase", [say("a", "final_answer"), say("b")], "a\n\nb", false],
    ["comments", [say("a", "commentary"), say("b", "commentary", true)], "b", true],
    ["a comment and one of no phase", [say("a", "commentary"), say("b")], "b", false],
    ["messages of no phase, with work between", [say("a"), say("b", undefined, true)], "b", false],
    ["messages of no phase in one go", [say("a"), say("b", undefined, true), say("c")], "b\n\nc", false],
  ])("%s", (_name, messages, content, isComment) => {
    const answer = chooseAnswer(messages, false, same);
    expect(answer).toMatchObject({ content, isComment });
    expect(answer.warnings).toHaveLength(isComment ? 1 : 0);
  });
});

test("JSON for a schema is one message: the last, and the earlier ones are told without their secrets", () => {
  const messages = [say('{"a":"key"}', "final_answer"), say('{"b":2}', "final_answer")];
  const { content, warnings } = chooseAnswer(messages, true, (text) => text.replace("key", "[redacted]"));
  expect(content).toBe('{"b":2}');
  expect(warnings.join()).toContain("2 final messages; this is the last");
  expect(warnings.join()).toContain("[redacted]");
});

test("messages are read from the rollout with their phases and what was done between", () => {
  const rollout = [
    '2","content":[{"type":"output_text","text":"half a line, role assistant"}]}}',
    message("one", "commentary"),
    record({ type: "function_call", name: "exec_command" }),
    record({ type: "function_call_output", output: '"assistant"' }),
    record({ type: "message", role: "user", content: [{ text: 'I say "assistant"' }] }),
    message("two", "final_answer"),
    message("three"),
    '{"type":"event_msg","payload":{"type":"agent_message","message":"\\"assistant\\""}}',
    record({ type: "function_call", name: "update_plan" }),
  ].join("\n");
  const messages = [say("one", "commentary"), say("two", "final_answer", true), say("three")];
  expect(readMessages(rollout)).toEqual({ messages, hasLateWork: false });
  const late = `${rollout}\n${record({ type: "function_call", name: "exec_command" })}`;
  expect(readMessages(late)).toEqual({ messages, hasLateWork: true });
});

test("streamed messages get the phases of those that the rollout has, from the end, alike ones too", () => {
  const stored = [say("same", "commentary"), say("lost", "commentary"), say("same", "final_answer", true)];
  expect(addPhases([say("same"), say("same ")], stored)).toEqual([
    say("same", "commentary"),
    say("same ", "final_answer", true),
  ]);
  expect(addPhases([say("new"), say("same")], stored)).toEqual([say("new"), say("same", "final_answer", true)]);
  expect(addPhases([say("a", undefined, true)], [])).toEqual([say("a", undefined, true)]);
});
