import { expect, test } from "vitest";
import { askWhatNow } from "../../../src/delegation/tasks/ask-what-now.ts";

test("a call that is cancelled while the user is asked ends as cancelled", async () => {
  const abort = new AbortController();
  const askUser = async () => {
    abort.abort();
    return { kind: "unanswered" as const };
  };
  const asked = askWhatNow(
    { signal: abort.signal, report: () => {}, canReport: false, canTask: false, askUser },
    { summary: "It failed.", agentName: "Codex", timeoutMs: 1_000 },
  );
  await expect(asked).resolves.toBe("cancelled");
});
