// A message of Codex reaches the session of Claude Code: left through a bridge that serves Codex, read with the next result of one that serves Claude.
import { expect } from "vitest";
import { test } from "../support/fixture.ts";

const INITIALIZE = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "test", version: "1" } };

test("send_to_claude: the next result of any tool has it, once", async ({ lab, startServer }) => {
  const start = (...words: string[]) => {
    const server = startServer({ words, env: lab.env, cwd: lab.project });
    server.send({ id: 0, method: "initialize", params: INITIALIZE });
    return server;
  };
  const [codex, claude] = [start("serve", "--role", "codex"), start()];
  codex.call(1, "send_to_claude", { text: "The tests need port 8443." });
  expect(JSON.stringify((await codex.answer(1)).result)).toContain("waits until a session of Claude Code");
  claude.call(1, "codex-threads", {});
  const told = (await claude.answer(1)).result as {
    content: { text: string }[];
    structuredContent: { news: string[] };
  };
  expect(told.content.at(-1)?.text).toMatch(
    /^\[codex-bridge: message ms-.* from Codex\. .*\]\n> The tests need port 8443\.$/,
  );
  expect(told.structuredContent.news).toHaveLength(1);
  claude.call(2, "codex-threads", {});
  expect(JSON.stringify((await claude.answer(2)).result)).not.toContain("8443");
});
