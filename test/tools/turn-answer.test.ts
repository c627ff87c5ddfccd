import { describe, expect, test } from "vitest";
import type { TurnAnswer } from "../../src/delegation/requests.ts";
import { reportError } from "../../src/domain/errors.ts";
import { toResult } from "../../src/mcp/tool-result.ts";
import { keepAnswer, toToolAnswer } from "../../src/tools/turn-answer.ts";

const ID = "01a1fa4f-63b2-7772-b0a6-be473084c496";
const LIMIT = 45_000;

function toAnswer(parts: Partial<TurnAnswer>): TurnAnswer {
  return {
    threadId: ID,
    sessionId: undefined,
    cwd: "/p",
    sandbox: { mode: "read-only" } as TurnAnswer["sandbox"],
    content: "done",
    usage: undefined,
    changes: [],
    commands: { count: 0, failed: 0 },
    refusedCommands: [],
    hasWorked: true,
    warnings: [],
    leftRunning: [],
    durationMs: 1,
    ...parts,
  };
}

const list = <Item>(length: number, make: (at: number) => Item): Item[] => Array.from({ length }, (_, at) => make(at));
const PATH = `/work/${"é".repeat(4_000)}`;
const MANY: Partial<TurnAnswer> = {
  changes: list(5_000, (at) => ({ path: `/work/${"x".repeat(200)}/${at}`, kind: "add" })),
  leftRunning: list(300, (pid) => ({ pid, command: `sleep 1234 ${"1".repeat(150)}` })),
  warnings: list(100, (at) => `${at} ${"w".repeat(2_000)}`),
};

describe("a result never exceeds its limit:", () => {
  test.each<[string, Partial<TurnAnswer>]>([
    ["a long message", { content: "0123456789 ".repeat(100_000) }],
    [
      "a message whose ends are denser than its middle",
      { content: `${"\u0001".repeat(60_000)}${"a".repeat(2_000_000)}${"\u0001".repeat(60_000)}` },
    ],
    ["a message in another script", { content: "日本".repeat(100_000) }],
    ["many processes, files and warnings", MANY],
    ["all of it", { ...MANY, content: "\u0001".repeat(1_000_000) }],
    ["long paths", { changes: list(100, () => ({ path: PATH, kind: "add" })), content: "é".repeat(500_000) }],
    [
      "a sandbox of many roots",
      {
        sandbox: {
          mode: "workspace-write",
          networkAccess: true,
          writableRoots: list(500, () => PATH),
          excludeSlashTmp: false,
          excludeTmpdir: false,
        },
      },
    ],
  ])("%s", (_name, parts) => {
    const { structured } = toToolAnswer(toAnswer(parts), () => "/state/results/x.txt", { decision: { ruleId: "a" } });
    const json = JSON.stringify(structured);
    expect(json.length).toBeLessThan(LIMIT);
    expect(Buffer.byteLength(json) / 3.5).toBeLessThan(20_000);
    expect(structured["threadId"]).toBe(ID);
    expect(String(structured["content"]).length).toBeGreaterThan(0);
  });
});

test("what was left out of a list is counted", () => {
  const { structured } = toToolAnswer(toAnswer(MANY), () => "/x");
  const { leftRunning, changes, warnings } = structured as Record<string, unknown[]>;
  expect(structured["moreLeftRunning"]).toBe(300 - (leftRunning?.length ?? 0));
  expect(structured["moreChanges"]).toBe(5_000 - (changes?.length ?? 0));
  expect(warnings?.at(-1)).toBe(`${100 - (warnings?.length ?? 0) + 1} more warnings were left out.`);
  const few = toToolAnswer(toAnswer({ leftRunning: [{ pid: 1, command: "sleep" }] }), () => "/x").structured;
  expect(few).toMatchObject({ leftRunning: [{ pid: 1, command: "sleep" }] });
  expect(few).not.toHaveProperty("moreLeftRunning");
});

test("a message that cannot be kept in a file is shown cut, with the reason", () => {
  const answer = toToolAnswer(toAnswer({ content: `START${"x ".repeat(100_000)}END` }), () => {
    throw new Error("ENOSPC: no space left on device, write");
  });
  const { content, truncated, warnings } = answer.structured as {
    content: string;
    truncated: object;
    warnings: string[];
  };
  expect(content.startsWith("START") && content.endsWith("END")).toBe(true);
  expect(content).toContain("it could not be kept in a file");
  expect(truncated).toEqual({ characters: 200_008 });
  expect(warnings.join()).toMatch(/could not be kept in a file \(ENOSPC/);
  expect(toResult(answer).content).toHaveLength(1);
});

test("a long answer that came before a cancel is in a file, a short one stands in the error", () => {
  const spilt: string[] = [];
  const spill = (text: string) => {
    spilt.push(text);
    return "/x";
  };
  const keep = (answered: string, agentText: string) =>
    keepAnswer({ ...reportError("CANCELLED", "x"), agentText }, { answered }, spill);
  expect(keep("Found it.", "Found it.").details).toEqual({});
  expect(keep("Found it, whole.", "Found it…").details).toEqual({ answerFile: "/x" });
  expect(spilt).toEqual(["Found it, whole."]);
});
