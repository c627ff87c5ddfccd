// What a session should know besides the answer of its call, told with the next result: nothing waits unseen where the client has no tasks.
import type { CallContext } from "../delegation/requests.ts";
import type { ToolCaller } from "./call-tool.ts";
import type { WireResult } from "./tool-result.ts";

/** News, to be told with a result. */
export interface News {
  /** One paragraph each; empty if there are none. */
  readonly lines: readonly string[];
  /** To be called when they stand in a result. */
  told(): void;
}

/** Adds the news to each result. A client that gets a task in place of a result, or has cancelled its call, is told with another one. */
export function withNews(callTool: ToolCaller, read: (call: CallContext) => News): ToolCaller {
  return async (name, args, call) => {
    const called = await callTool(name, args, call);
    if (called === undefined || call.signal.aborted || (called.task !== undefined && call.canTask)) return called;
    const news = read(call);
    if (news.lines.length === 0) return called;
    news.told();
    return { ...called, result: addNews(called.result, news.lines) };
  };
}

// Most clients show their model either the structure or the text.
function addNews(result: WireResult, lines: readonly string[]): WireResult {
  const texts = lines.map((text) => ({ type: "text", text }));
  return {
    ...result,
    content: [...result.content, ...texts],
    structuredContent: { ...result.structuredContent, news: lines },
  };
}
