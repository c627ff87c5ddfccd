import { mkdtempSync, rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createAgentThreadFiles } from "../../src/state/agent-thread-files.ts";

test("a record does not grow until it cannot be read any more", () => {
  const stateDir = mkdtempSync(join(tmpdir(), "agent-thread-files-"));
  try {
    const files = createAgentThreadFiles(stateDir, "agent");
    files.begin({ threadId: "t-1", session: "s-1", cwd: "/p" });
    files.add("t-1", { role: "user", text: "first" }, 1);
    const path = join(stateDir, "agent-threads/agent/t-1.jsonl");
    truncateSync(path, 67_108_864 - 20);
    files.add("t-1", { role: "assistant", text: "too much" }, 2);
    expect(statSync(path).size).toBe(67_108_864 - 20);
  } finally {
    rmSync(stateDir, { recursive: true, force: true });
  }
});
