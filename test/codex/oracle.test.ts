// The recorded calls of the removed official server (0.150.0), replayed: the same result field by field, but for what is listed
// in `oracle-differences.ts` with its reason.
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import type { StandInAnswer, StandInRequest } from "../../src/setup/demo/responses-standin.ts";
import type { ToolResult } from "../support/bridge.ts";
import { test as labTest } from "../support/fixture.ts";
import { DIFFERENCES } from "./oracle-differences.ts";

const FOLDER = join(import.meta.dirname, "../fixtures/oracle");

interface Recorded {
  readonly id: number;
  readonly call: { readonly name?: string; readonly arguments?: Record<string, unknown> | null };
  readonly result: {
    readonly isError?: boolean;
    readonly content: { readonly text: string }[];
    readonly structuredContent?: { readonly threadId: string; readonly content: string };
  };
}

const test = labTest
  .extend("lab", ({ lab }) => {
    lab.respond(answer);
    lab.writeConfig({ provider: "request_max_retries = 0\nstream_max_retries = 0\n" });
    mkdirSync(join(lab.project, "sub"));
    return lab;
  })
  .override("bridgeOptions", { env: { BRIDGE_MAX_SANDBOX: "danger-full-access" } });

/** The model of the recordings: a script in the prompt, else an echo. */
function answer({ userTexts, toolOutputs }: StandInRequest): StandInAnswer {
  const asked = userTexts.at(-1) ?? "";
  const script = /^SCRIPT(.*)END$/s.exec(asked)?.[1];
  if (script === undefined) return { steps: [{ say: `ECHO: ${asked}` }] };
  const { steps } = JSON.parse(script) as { steps: Record<string, any>[] };
  const step = steps[Math.min(toolOutputs.length, steps.length - 1)] ?? {};
  if (step["status"] !== undefined) return { error: { status: step["status"], body: step["body"] } };
  if (step["failed"] !== undefined) {
    return { events: [{ type: "response.failed", response: { id: "r", error: step["failed"] } }] };
  }
  if (step["call"] !== undefined) return { steps: [{ say: "first" }, { run: step["call"].args.cmd }] };
  return { steps: step["say"] === undefined ? [] : [{ say: step["say"] }] };
}

function readScenario(name: string): Recorded[] {
  const lines = readFileSync(join(FOLDER, `${name}.jsonl`), "utf8")
    .trim()
    .split("\n");
  const messages = lines.map((line) => JSON.parse(line) as { dir: string; msg: Record<string, any> });
  const calls = messages.filter(({ dir, msg }) => dir === "in" && msg["method"] === "tools/call");
  return calls.flatMap(({ msg: { id, params } }) => {
    const out = messages.find(({ dir, msg }) => dir === "out" && msg["id"] === id && msg["result"] !== undefined);
    return out === undefined || params.name === "nope" ? [] : [{ id, call: params, result: out.msg["result"] }];
  });
}

/** What is compared: the error flag, the answer, and whether it is of the thread that was asked for. */
function toFields(result: Recorded["result"], args: Record<string, unknown>): Record<string, unknown> {
  const { isError = false, content, structuredContent } = result;
  const threadId = structuredContent?.threadId ?? "";
  const text = content[0]?.text.replace(/^ECHO\[\d+\]/, "ECHO");
  const asked = args["threadId"] ?? args["conversationId"];
  const thread = threadId === "" ? "none" : threadId === asked ? "asked" : "new";
  return {
    isError,
    thread,
    ...(isError ? {} : { text, content: structuredContent?.content.replace(/^ECHO\[\d+\]/, "ECHO") }),
  };
}

const toWire = (result: ToolResult): Recorded["result"] => ({
  isError: result.isError,
  content: [{ text: result.text }],
  structuredContent: result.structured,
});

const NAMES = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".jsonl"))
  .map((name) => name.slice(0, -6));

describe.each(NAMES)("%s", (name) => {
  test("answers as the official server did, or as is listed", async ({ lab, bridge }) => {
    // Their thread ids, and ours in their place.
    const threads = new Map<unknown, string>();
    for (const { id, call, result } of readScenario(name)) {
      const recorded = call.arguments ?? {};
      const args = Object.fromEntries(
        Object.entries(recorded).map(([key, value]) => [key, threads.get(value) ?? value]),
      );
      if (args["cwd"] === "$REPO") args["cwd"] = lab.project;
      const difference = DIFFERENCES.find((entry) => entry.scenario === name && entry.id === id);
      const got = await bridge.call(call.name ?? "", difference?.send?.(args) ?? args);
      if (result.structuredContent !== undefined && got.structured.threadId !== "") {
        threads.set(result.structuredContent.threadId, got.structured.threadId);
      }
      const where = `${name} ${id}: ${got.text}`;
      const [mine, official] = [toFields(toWire(got), args), toFields(result, recorded)];
      if (difference?.text === undefined) expect(mine, where).toEqual(official);
      else {
        expect(got.text, where).toMatch(difference.text);
        expect(mine, `${where}: this difference is no longer there`).not.toEqual(official);
      }
    }
  });
});

test("every listed difference is of a recorded call", () => {
  for (const { scenario, id, reason } of DIFFERENCES) {
    expect(
      readScenario(scenario).map((recorded) => recorded.id),
      reason,
    ).toContain(id);
  }
});

test.for(["0.50.0", "0.120.0", "0.150.0"])(
  "every argument of the official server %s is there, by name and type",
  async (version, { bridge }) => {
    const { tools } = JSON.parse(readFileSync(join(FOLDER, `tools-list.${version}.json`), "utf8"));
    const { tools: own } = await bridge.client.listTools();
    for (const tool of tools) {
      const mine = own.find(({ name }) => name === tool.name)?.inputSchema as Record<string, any> | undefined;
      for (const [name, schema] of Object.entries<Record<string, any>>(tool.inputSchema.properties)) {
        expect(mine?.["properties"][name]?.type, `${tool.name} ${name}`).toBe(schema["type"]);
        for (const value of schema["enum"] ?? []) expect(mine?.["properties"][name].enum).toContain(value);
      }
    }
  },
);
