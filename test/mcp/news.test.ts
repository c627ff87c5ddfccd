import { expect, test } from "vitest";
import type { CallContext } from "../../src/delegation/requests.ts";
import type { CalledTool } from "../../src/mcp/call-tool.ts";
import { withNews } from "../../src/mcp/news.ts";

const call = (canTask: boolean, signal = new AbortController().signal): CallContext => ({
  ...{ signal, report: () => {}, canReport: false, canTask },
});
const RESULT = { content: [{ type: "text", text: "done" }], structuredContent: { content: "done" } };
const TASK = { handle: {}, drop: () => {}, jobId: "cx-12345678" };

async function ask(called: CalledTool | undefined, context: CallContext, lines: readonly string[]) {
  const heard: string[] = [];
  const read = () => ({ lines, told: () => void heard.push("told") });
  return { answer: await withNews(async () => called, read)("x", {}, context), heard };
}

test("news stand in the structure and in the text", async () => {
  const { answer, heard } = await ask({ result: RESULT }, call(false), ["a message"]);
  expect(answer?.result).toEqual({
    content: [...RESULT.content, { type: "text", text: "a message" }],
    structuredContent: { content: "done", news: ["a message"] },
  });
  expect(heard).toEqual(["told"]);
});

test("without news, with a task in place of a result, or after a cancel, the answer is what it was", async () => {
  const [plain, task] = [{ result: RESULT }, { result: RESULT, task: TASK }];
  expect(await ask(plain, call(false), [])).toEqual({ answer: plain, heard: [] });
  expect(await ask(task, call(true), ["a message"])).toEqual({ answer: task, heard: [] });
  expect(await ask(plain, call(false, AbortSignal.abort()), ["a message"])).toEqual({ answer: plain, heard: [] });
  expect((await ask(task, call(false), ["a message"])).heard).toEqual(["told"]);
});
