import { expect, test } from "vitest";
import type { ReplyRequest, StartRequest, TurnEnd } from "../../src/delegation/requests.ts";
import type { ErrorCode } from "../../src/domain/error-codes.ts";
import { reportError } from "../../src/domain/errors.ts";
import type { ToolAgent } from "../../src/tools/agents.ts";
import { runAgentTool } from "../../src/tools/run-agent.ts";
import { createFakeJobs } from "../support/fake-jobs.ts";
import { makeContext } from "../support/tool-context.ts";

const refuse = (code: ErrorCode): TurnEnd => ({
  ...{ kind: "refused", startedAt: undefined, waitedMs: 0 },
  error: reportError(code, "no"),
});

async function run(args: Record<string, unknown>, reply: ErrorCode = "SESSION_NOT_FOUND") {
  const asked: { readonly kind: string; readonly request: StartRequest | ReplyRequest }[] = [];
  const opened: string[] = [];
  const delegation: ToolAgent["delegation"] = {
    start: async (request) => {
      asked.push({ kind: "start", request });
      return refuse("TURN_FAILED");
    },
    reply: async (request) => {
      asked.push({ kind: "reply", request });
      return refuse(reply);
    },
  };
  const context = makeContext({
    jobs: createFakeJobs(),
    agents: {
      names: [],
      open: async (id) => {
        opened.push(id);
        return {
          id,
          name: id,
          tools: { start: id, reply: id },
          backends: [],
          delegation,
          reviews: {} as never,
          threads: { find: () => undefined } as never,
          send: {} as never,
        };
      },
    },
    readPromptFile: async (path, cwd) => `from ${path} in ${cwd}`,
  });
  const end = await runAgentTool.run({ agent: "gemini", background: false, ...args }, context);
  return { end, asked, opened };
}

test("starts a thread of the named agent, with the bridge's own names for its arguments", async () => {
  const { asked, opened } = await run({
    prompt: "Fix it",
    effort: "high",
    model: "m",
    sandbox: "read-only",
    cwd: "/p",
  });
  expect(opened).toEqual(["gemini"]);
  expect(asked).toMatchObject([
    {
      kind: "start",
      request: { prompt: "Fix it", reasoningEffort: "high", model: "m", sandbox: "read-only", cwd: "/p" },
    },
  ]);
});

test("a thread of this name is continued, and otherwise a new one gets the name", async () => {
  const { asked } = await run({ prompt: "Go on", sessionId: "release" });
  expect(asked.map(({ kind, request }) => [kind, request.sessionId])).toEqual([
    ["reply", "release"],
    ["start", "release"],
  ]);
  expect((await run({ prompt: "Go on", sessionId: "release" }, "SESSION_BUSY")).asked).toHaveLength(1);
  expect((await run({ prompt: "Go on", threadId: "t-1" })).asked.map(({ kind }) => kind)).toEqual(["reply"]);
});

test("the prompt may stand in a file", async () => {
  const { asked } = await run({ promptFile: "task.md", cwd: "/p" });
  expect(asked).toMatchObject([{ request: { prompt: "from task.md in /p" } }]);
});

test.each([{}, { prompt: "a", promptFile: "b" }])("needs one of prompt and promptFile", async (args) => {
  await expect(run(args)).rejects.toMatchObject({ report: { code: "INVALID_ARGUMENT" } });
});
