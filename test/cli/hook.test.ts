// `codex-bridge hook`: whatever comes, it ends well and says nothing that Claude Code would show.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const BIN = join(import.meta.dirname, "../../dist/bin.js");

const run = (event: string, input: string) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, "hook", event], { input, encoding: "utf8" });
  return { status, stdout, stderr };
};

test.each([
  { what: "an unknown event", event: "session-start", input: "{}" },
  { what: "no payload", event: "subagent-stop", input: "" },
  { what: "half a payload", event: "subagent-stop", input: '{"last_assistant_message":"x' },
  { what: "a payload of another kind", event: "subagent-stop", input: "[]" },
  { what: "a payload of 20 MB", event: "subagent-stop", input: `{"x":"${"x".repeat(20_000_000)}"}` },
])("is silent with $what", ({ event, input }) => {
  expect(run(event, input)).toEqual({ status: 0, stdout: "", stderr: "" });
});

test("answers with one line of JSON", () => {
  const { status, stdout } = run("subagent-stop", JSON.stringify({ last_assistant_message: "My own words." }));
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ decision: "block" });
});
