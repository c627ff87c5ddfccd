// Answers as real app servers send them, shortened, and what is missing or odd in them.
import { describe, expect, test } from "vitest";
import { readGlobalNotice } from "../../../../src/agents/codex-app-server/protocol/global-notices.ts";
import { readModelPage } from "../../../../src/agents/codex-app-server/protocol/models.ts";
import { readAccountLimits, readRateLimits } from "../../../../src/agents/codex-app-server/protocol/rate-limits.ts";
import {
  readSandboxPolicy,
  writeSandboxPolicy,
} from "../../../../src/agents/codex-app-server/protocol/sandbox-policy.ts";
import { readLoadedThread, readThread } from "../../../../src/agents/codex-app-server/protocol/thread-answers.ts";
import { readTurn, readTurnId } from "../../../../src/agents/codex-app-server/protocol/turn-answers.ts";
import { FULL_ACCESS, READ_ONLY, type SandboxPolicy } from "../../../../src/domain/sandbox.ts";

const WORKSPACE: SandboxPolicy = {
  mode: "workspace-write",
  networkAccess: true,
  writableRoots: ["/data"],
  excludeSlashTmp: true,
  excludeTmpdir: false,
};

describe("a thread", () => {
  const ANSWER = {
    thread: {
      ...{ id: "01a2", preview: "", ephemeral: false, historyMode: "paginated", status: { type: "idle" }, name: null },
      ...{
        path: "/h/r.jsonl",
        cwd: "/p",
        cliVersion: "0.169.0",
        createdAt: 1_795_704_257,
        updatedAt: 1_795_704_258,
        turns: [],
      },
    },
    ...{ model: "gpt-5.5", modelProvider: "standin", serviceTier: null, cwd: "/p", approvalPolicy: "never" },
    ...{ sandbox: { type: "readOnly", networkAccess: false }, activePermissionProfile: null, reasoningEffort: "high" },
  };

  test("is read with what holds for its next turn", () => {
    expect(readLoadedThread(ANSWER)).toEqual({
      thread: {
        ...{ id: "01a2", path: "/h/r.jsonl", status: "idle", name: undefined, preview: undefined, cwd: "/p" },
        ...{ forkedFromId: undefined, isEphemeral: false, cliVersion: "0.169.0" },
        ...{ createdAt: 1_795_704_257, updatedAt: 1_795_704_258 },
      },
      ...{ cwd: "/p", model: "gpt-5.5", modelProvider: "standin", reasoningEffort: "high" },
      ...{ approvalPolicy: "never", sandbox: READ_ONLY, profile: undefined },
    });
  });

  test("has no sandbox and no policy where they are missing or not known", () => {
    const read = (fields: object) => readLoadedThread({ ...ANSWER, ...fields });
    expect(read({ sandbox: undefined })?.sandbox).toBeUndefined();
    expect(read({ sandbox: { type: "externalSandbox", networkAccess: "enabled" } })?.sandbox).toBeUndefined();
    expect(read({ approvalPolicy: { granular: {} } })?.approvalPolicy).toBeUndefined();
    expect(read({ activePermissionProfile: { id: "bro", extends: null } })?.profile).toEqual({ name: "bro" });
    expect(readLoadedThread({ ...ANSWER, thread: {} })).toBeUndefined();
  });

  test.each([
    ["active", "active"],
    ["notLoaded", "unloaded"],
    ["systemError", "broken"],
    ["new", undefined],
  ])("status %s is %s", (type, status) => {
    expect(readThread({ id: "a", status: { type } })?.status).toBe(status);
  });
});

describe("a sandbox", () => {
  test.each([READ_ONLY, FULL_ACCESS, WORKSPACE])("%j is the same when read back", (policy) => {
    expect(readSandboxPolicy(writeSandboxPolicy(policy))).toEqual(policy);
  });

  test("0.120 tells what may be read as well", () => {
    const access = { type: "fullAccess" };
    expect(readSandboxPolicy({ type: "readOnly", access, networkAccess: false })).toEqual(READ_ONLY);
    const policy = { ...writeSandboxPolicy(WORKSPACE), readOnlyAccess: access };
    expect(readSandboxPolicy(policy)).toEqual(WORKSPACE);
  });

  test.each(["writableRoots", "networkAccess", "excludeTmpdirEnvVar", "excludeSlashTmp"])(
    "without %s is not taken for the narrow one",
    (name) => {
      expect(readSandboxPolicy({ ...writeSandboxPolicy(WORKSPACE), [name]: undefined })).toBeUndefined();
    },
  );

  test("with an odd root or without its network is not known", () => {
    expect(readSandboxPolicy({ ...writeSandboxPolicy(WORKSPACE), writableRoots: ["/a", 7] })).toBeUndefined();
    expect(readSandboxPolicy({ type: "readOnly" })).toBeUndefined();
    expect(readSandboxPolicy(undefined)).toBeUndefined();
  });
});

describe("a turn", () => {
  test("is read with its error", () => {
    const error = { message: "m", codexErrorInfo: "serverOverloaded", additionalDetails: "d" };
    expect(readTurn({ turn: { id: "t", items: [], status: "failed", error } })).toMatchObject({
      ...{ id: "t", status: "failed", error: { message: "m", info: { name: "server_overloaded" }, details: "d" } },
    });
    expect(readTurn({ turn: { id: "t", status: "inProgress", error: null } })).toEqual({
      ...{ id: "t", status: "running", error: undefined, items: [] },
    });
    expect(readTurn({ turn: { status: "completed" } })).toBeUndefined();
    expect(readTurn({})).toBeUndefined();
  });

  test("is named by both kinds of notifications, and by the answer to a steer", () => {
    expect(readTurnId({ turnId: "t" })).toBe("t");
    expect(readTurnId({ turn: { id: "t" } })).toBe("t");
    expect(readTurnId({ threadId: "x" })).toBeUndefined();
  });
});

describe("limits", () => {
  const primary = { usedPercent: 43, windowDurationMins: 300, resetsAt: 1_795_300_000 };
  const codex = {
    limitId: "codex",
    limitName: null,
    primary,
    secondary: null,
    credits: { hasCredits: false, unlimited: true, balance: null },
    rateLimitReachedType: null,
  };

  test("are read, those of other kinds after Codex's own", () => {
    const other = { limitId: "x", primary: { usedPercent: 100 } };
    expect(
      readAccountLimits({ ordinaryUsageAllowed: true, rateLimits: codex, rateLimitsByLimitId: { codex, x: other } }),
    ).toEqual({
      isUsageAllowed: true,
      limits: [
        {
          ...{
            limitId: "codex",
            limitName: undefined,
            reached: undefined,
            hasCredits: true,
            isSpendReached: undefined,
          },
          windows: [{ usedPercent: 43, minutes: 300, resetsAt: 1_795_300_000 }],
        },
        {
          ...{ limitId: "x", limitName: undefined, reached: undefined, hasCredits: false, isSpendReached: undefined },
          windows: [{ usedPercent: 100, minutes: undefined, resetsAt: undefined }],
        },
      ],
    });
  });

  test("that are not told are not made up", () => {
    expect(readAccountLimits({})).toBeUndefined();
    expect(readRateLimits({ rateLimits: { primary: null } })?.windows).toEqual([]);
    expect(readRateLimits({ rateLimits: { primary: { usedPercent: null } } })?.windows).toEqual([]);
  });
});

test("models are read, with the page that follows", () => {
  const efforts = [{ reasoningEffort: "low", description: "d" }, { reasoningEffort: "high" }];
  const model = {
    id: "i",
    model: "gpt-6.1-sol",
    hidden: false,
    supportedReasoningEfforts: efforts,
    defaultReasoningEffort: "low",
    isDefault: true,
  };
  expect(readModelPage({ data: [model, { id: "x" }], nextCursor: "c" })).toEqual({
    models: [
      { model: "gpt-6.1-sol", isDefault: true, isHidden: false, efforts: ["low", "high"], defaultEffort: "low" },
    ],
    nextCursor: "c",
  });
  expect(readModelPage({ data: [{ model: "m" }], nextCursor: null })?.models[0]?.efforts).toBeUndefined();
  expect(readModelPage({})).toBeUndefined();
});

test("what the server says of itself", () => {
  const params = {
    summary: "Error parsing rules; custom rules not applied.",
    details: "starlark",
    path: "/h/default.rules",
  };
  expect(readGlobalNotice("configWarning", params)).toEqual({
    ...{ kind: "config", text: params.summary, details: "starlark", path: "/h/default.rules" },
  });
  expect(readGlobalNotice("deprecationNotice", { summary: "s", details: null })?.kind).toBe("deprecation");
  expect(readGlobalNotice("warning", { message: "m" })).toBeUndefined();
});
