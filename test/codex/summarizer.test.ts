// `summarizer: "codex"` with the real Codex CLI: one turn of which nothing is kept but what its chain has used, then the task with its summary.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { test } from "../support/fixture.ts";
import { CLI, say } from "../support/lab.ts";

const SUMMARY =
  "Goal: round once, at the end. State: two of nine tests of totals are red, since each line is rounded. Next: move the rounding to the sum, then run all nine. Decided: amounts stay in cents.";
const FILLER = Array.from({ length: 2_000 }, (_, at) => `Remark ${at} says little about day ${at}.`).join("\n");

test.skipIf(!CLI.takesInstructions)(
  "a model sums up a long context, or the bridge does where it fails",
  async ({ lab, bridge }) => {
    const rules = JSON.parse(readFileSync(join(import.meta.dirname, "../../delegation-rules.json"), "utf8"));
    Object.assign(rules.routing_config.context_window, { summarizer: "codex" });
    for (const rule of rules.routing_config.routing_rules) rule.action.context_strategy = "compressed";
    const path = join(lab.root, "rules.json");
    writeFileSync(path, JSON.stringify(rules));
    lab.writeConfig({ provider: "request_max_retries = 0\nstream_max_retries = 0\n" });
    await bridge.restart({ env: { DELEGATION_RULES: path, BRIDGE_BUDGET_CALLS: "2" } });
    const isSummary = (texts: readonly string[]) => texts.some((text) => text.startsWith("Sum up the material"));
    lab.respond((request) => say(isSummary(request.userTexts) ? SUMMARY : "fixed")(request));
    const task = { task: "Run the failing test suite and fix it", mode: "run", context: FILLER };
    const { structured, text } = await bridge.call("route_task", task);
    expect(structured["outcome"], text).toBe("completed");
    expect(structured["handoff"]).toMatchObject({ summarizer: "codex", left: [{ source: "what was summed up" }] });
    const prompts = lab.standIn.requests.map(({ userTexts }) => userTexts.at(-1) ?? "");
    expect(prompts.map((prompt) => prompt.includes("Remark 7 "))).toEqual([true, false]);
    expect(prompts[1]).toMatch(/## Context[^\n]*\nFrom a summary by a model:\n\[… summed up; whole: \S+\]\n/);
    expect(prompts[1]?.endsWith(`\n${SUMMARY}`)).toBe(true);
    const rollouts = readdirSync(join(lab.codexHome, "sessions"), { recursive: true, encoding: "utf8" });
    expect(rollouts.filter((name) => name.endsWith(".jsonl"))).toHaveLength(1);

    const chains = readdirSync(join(lab.stateDir, "chains")).map((name) =>
      JSON.parse(readFileSync(join(lab.stateDir, "chains", name), "utf8")),
    );
    expect(chains).toMatchObject([{ calls: 2, depth: 1, tokens: 240 }]);

    const refusal = { error: { status: 400, body: { error: { message: "odd" } } } };
    lab.respond((request) => (isSummary(request.userTexts) ? refusal : say("fixed")(request)));
    const again = await bridge.call("route_task", { ...task, task: "Run the other failing tests and fix them" });
    expect(again.structured["handoff"], again.text).toMatchObject({ summarizer: "extract", strategy: "compressed" });
    expect(JSON.stringify(again.structured["warnings"])).toMatch(
      /cut by the bridge itself: the summary of Codex could not be used \(\[TURN_FAILED\]/,
    );
  },
);
