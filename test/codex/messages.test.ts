// send_to_codex with the real Codex CLI: what the model of the thread reads.
import { expect } from "vitest";
import { test } from "../support/fixture.ts";
import { say } from "../support/lab.ts";

test("a message stands before the thread's next prompt, once", async ({ lab, bridge }) => {
  lab.respond(say("ok"));
  const { structured } = await bridge.call("codex", { prompt: "one", sessionId: "talk" });
  const sent = await bridge.call("send_to_codex", { text: "The port is 8443.\nUse it.", sessionId: "talk" });
  expect(sent.text).toContain("waits for the thread's next prompt");
  const threadId = String(structured["threadId"]);
  await bridge.call("codex-reply", { prompt: "two", threadId });
  await bridge.call("codex-reply", { prompt: "three", threadId });
  const texts = lab.standIn.requests.at(-1)?.userTexts ?? [];
  const told = texts.filter((text) => text.includes("8443"));
  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(
    /^\[codex-bridge: message ms-.* from Claude Code\. .*\]\n> The port is 8443\.\n> Use it\.\n\ntwo$/,
  );
});

test("a turn that never began leaves the message to the next one", async ({ lab, bridge }) => {
  lab.respond(say("ok"));
  const { structured } = await bridge.call("codex", { prompt: "one" });
  const threadId = String(structured["threadId"]);
  await bridge.call("send_to_codex", { text: "The port is 8443.", threadId });
  lab.respond(() => ({ error: { status: 400, body: { error: { message: "no" } } } }));
  await bridge.call("codex-reply", { prompt: "two", threadId });
  lab.respond(say("ok"));
  await bridge.call("codex-reply", { prompt: "three", threadId });
  expect(lab.standIn.requests.at(-1)?.userTexts.at(-1)).toContain("8443");
});

test("an unknown thread is refused, with what to do", async ({ bridge }) => {
  const unknown = await bridge.call("send_to_codex", { text: "x", sessionId: "nobody" });
  expect(unknown.text).toContain("[SESSION_NOT_FOUND]");
  expect((await bridge.call("send_to_codex", { text: "x" })).text).toContain("[INVALID_ARGUMENT]");
});
