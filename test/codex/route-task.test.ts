// `route_task` with the real Codex CLI: what decide says is what run does; two failures escalate; nobody loops.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startBridge, type TestBridge } from "../support/bridge.ts";
import { createLab, type Lab, say } from "../support/lab.ts";

const TASK = "Run the failing test suite and fix it";
let lab: Lab;
let bridge: TestBridge;

beforeEach(async () => {
  lab = await createLab(say("fixed"));
  lab.writeConfig({ provider: "request_max_retries = 0\nstream_max_retries = 0\n" });
  bridge = await startBridge({ env: lab.env, cwd: lab.project });
});
afterEach(async () => {
  await bridge.close();
  await lab.close();
});

async function restart(env: Record<string, string> = {}): Promise<void> {
  await bridge.close();
  bridge = await startBridge({ env: { ...lab.env, ...env }, cwd: lab.project });
}

/** Shipped rules with a change, as a file of the lab. */
function writeRules(change: (config: any) => void): string {
  const path = join(lab.root, "rules.json");
  const rules = JSON.parse(readFileSync(join(import.meta.dirname, "../../delegation-rules.json"), "utf8"));
  change(rules.routing_config);
  writeFileSync(path, JSON.stringify(rules));
  return path;
}

const run = (args: Record<string, unknown> = {}) => bridge.call("route_task", { task: TASK, mode: "run", ...args });
/** The model's answer is refused by the API in a way that counts. */
const refuse = () => ({ error: { status: 400, body: { error: { message: "odd" } } } });

describe("a decision", () => {
  test("is all that is given by default, with its reasons, and nothing runs", async () => {
    const result = await bridge.call("route_task", { task: TASK });
    expect(result.structured).toMatchObject({
      outcome: "decided",
      decision: { agent: "codex_cli", ruleId: "execution_required", silenceMs: 300_000 },
    });
    expect(result.text).toMatch(/^codex_cli by rule execution_required \(keywords: run.*lead: "run" leads/);
    expect(lab.standIn.requests).toHaveLength(0);
  });

  test("is what a run does", async () => {
    await restart({ DELEGATION_MODE: "automatic" });
    const result = await bridge.call("route_task", { task: TASK });
    expect(result.structured).toMatchObject({
      outcome: "completed",
      content: "fixed",
      decision: { ruleId: "execution_required" },
      attempts: [{ agent: "codex_cli", outcome: "completed" }],
    });
    expect(result.structured.threadId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("for Claude comes back with instructions", async () => {
    const result = await run({ task: "Explain how the billing module works" });
    expect(result.structured).toMatchObject({ outcome: "handed_back", decision: { agent: "claude_code" } });
    expect(result.text).toContain("Do this task yourself");
    expect(lab.standIn.requests).toHaveLength(0);
  });

  test("follows a rules file of the user's, changed while the bridge runs", async () => {
    const path = writeRules((config) => {
      config.default_agent = "codex_cli";
    });
    await restart({ DELEGATION_RULES: path });
    expect((await bridge.call("route_task", { task: "hm" })).structured["decision"]).toMatchObject({
      agent: "codex_cli",
    });
    writeRules(() => {});
    expect((await bridge.call("route_task", { task: "hm" })).structured["decision"]).toMatchObject({
      agent: "claude_code",
    });
  });

  test("without good rules is an error that says where", async () => {
    writeFileSync(join(lab.root, "bad.json"), '{"routing_config": 1}');
    await restart({ DELEGATION_RULES: join(lab.root, "bad.json") });
    const result = await bridge.call("route_task", { task: "hm" });
    expect(result.text).toMatch(/^\[RULES_INVALID\].*bad\.json: line 1, routing_config/);
    expect(result.structured["outcome"]).toBe("failed");
  });
});

test("the context goes along as the rule says, and what was dropped is told", async () => {
  const context = `src/pay/invoice.ts rounds wrongly.\n\nThe weather is nice.\n\nThe failing suite is test/pay.`;
  const result = await run({ context: `${"filler line\n".repeat(100)}\n${context}` });
  const prompt = lab.standIn.requests[0]?.userTexts.at(-1) ?? "";
  expect(prompt).toContain("src/pay/invoice.ts");
  expect(prompt).not.toContain("The weather");
  expect(String(result.structured["contextDropped"])).toMatch(/characters of the context/);
});

describe("failures", () => {
  test("one is tried again on the same thread, and the task completes", async () => {
    let tries = 0;
    lab.respond(() => {
      tries += 1;
      return tries === 1 ? refuse() : { steps: [{ say: "fixed" }] };
    });
    const result = await run();
    expect(result.structured).toMatchObject({
      outcome: "completed",
      attempts: [{ outcome: "failed", code: "TURN_FAILED" }, { outcome: "completed" }],
    });
    const [first, second] = result.structured["attempts"] as { threadId: string }[];
    expect(second?.threadId).toBe(first?.threadId);
    expect(lab.standIn.requests.at(-1)?.userTexts.at(-1)).toContain("Look at what is done already");
  });

  test("two escalate: Codex once more with compressed context, then back to Claude in parts, and nobody loops", async () => {
    lab.respond(refuse);
    const result = await run();
    expect(result.structured).toMatchObject({
      outcome: "handed_back",
      escalation: { policyId: "two_failure_rule", step: 2, strategy: "decompose_task" },
    });
    expect(result.structured["attempts"]).toHaveLength(5);
    expect(result.text).toMatch(/Break it into smaller parts.*do not route it again/);
    const asked = lab.standIn.requests.length;
    await restart();
    const again = await run();
    expect(again.structured["outcome"]).toBe("handed_back");
    expect(again.text).toContain("step 2 of two_failure_rule");
    expect(lab.standIn.requests).toHaveLength(asked);
    expect((await run({ task: "Run the other suite and fix it" })).structured["attempts"]).toHaveLength(5);
  });

  test("a fallback to Claude hands back at the first step", async () => {
    lab.respond(refuse);
    const result = await run({ task: "Optimize the sorting algorithm" });
    expect(result.structured).toMatchObject({ outcome: "handed_back", escalation: { step: 1, strategy: "retry" } });
  });

  test("at the end of a path a person is asked", async () => {
    const path = writeRules((config) => {
      config.escalation_policies[0].escalation_path = [{ step: 1, agent: "human_intervention", strategy: "alert" }];
    });
    await restart({ DELEGATION_RULES: path });
    lab.respond(refuse);
    const result = await run();
    expect(result.structured).toMatchObject({ outcome: "needs_human", escalation: { step: 1, agent: "human" } });
    expect(result.text).toContain("Codex failed 2 times at this task, last with TURN_FAILED");
  });

  test("what another try would not help fails at once, with everything in the text", async () => {
    lab.respond(() => ({ error: { status: 401, body: { error: { message: "no" } } } }));
    const result = await run();
    expect(result.isError).toBe(true);
    expect(result.text).toMatch(
      /^\[CODEX_UNAUTHENTICATED\][\s\S]*by rule execution_required[\s\S]*Attempt 1: codex_cli failed with CODEX_UNAUTHENTICATED[\s\S]*does not count[\s\S]*codex login/,
    );
    expect(result.structured).toMatchObject({ outcome: "failed", error: { code: "CODEX_UNAUTHENTICATED" } });
  });

  test("a wrong argument is no attempt", async () => {
    const result = await run({ cwd: "gone" });
    expect(result.text).toMatch(/^\[INVALID_ARGUMENT\][\s\S]*has to be corrected first/);
    expect((await run({ context: "a\ud800" })).structured["outcome"]).toBe("failed");
  });

  test("the deadline is one for all attempts", async () => {
    lab.respond(() => ({ ending: "hang" }));
    const result = await run({ timeoutMs: 1_500 });
    expect(result.text).toMatch(/^\[TURN_TIMED_OUT\][\s\S]*no time is left/);
  });
});
