// What the app server asks, and the answers. The requests are as 0.120 to 0.169 sent them.
import { describe, expect, test } from "vitest";
import { createServerQuestions } from "../../../src/agents/codex-app-server/questions/server-questions.ts";
import type { JsonObject } from "../../../src/domain/json.ts";
import type { AgentAnswer, AgentQuestion, ApprovalChoice, FieldValue } from "../../../src/domain/questions.ts";

const IDS = { threadId: "t", turnId: "u", itemId: "call_1" };
const chosen = (id: ApprovalChoice): AgentAnswer => ({ kind: "chosen", id });
const filled = (values: Record<string, FieldValue>): AgentAnswer => ({ kind: "filled", values });

/** Has a request answered by `person`. */
async function ask(method: string, params: JsonObject, person: AgentAnswer, item?: JsonObject) {
  const questions: AgentQuestion[] = [];
  const warnings: string[] = [];
  let paused = 0;
  const asked = createServerQuestions({
    ask: async (question) => {
      questions.push(question);
      expect(paused).toBe(1);
      return person;
    },
    pause: () => {
      paused += 1;
      return () => {
        paused -= 1;
      };
    },
    warn: (sentence) => warnings.push(sentence),
  });
  if (item !== undefined) asked.see("item/started", { ...IDS, item });
  const result = await asked.answer(method, { ...IDS, ...params }, new AbortController().signal);
  expect(paused).toBe(0);
  return { result, questions, question: questions[0], warnings };
}

const COMMAND = "item/commandExecution/requestApproval";
const TOUCH = {
  command: "/bin/bash -lc 'touch x && echo made'",
  cwd: "/repo",
  reason: "because I want",
  proposedExecpolicyAmendment: ["touch", "x"],
  availableDecisions: ["accept", { acceptWithExecpolicyAmendment: { execpolicy_amendment: ["touch", "x"] } }, "cancel"],
};

describe("a command", () => {
  test("is shown as the model wrote it, with directory and reason", async () => {
    expect((await ask(COMMAND, TOUCH, chosen("once"))).question).toEqual({
      kind: "command",
      summary: "touch x && echo made",
      cwd: "/repo",
      reason: "because I want",
      choices: ["no", "once", "thread", "stop"],
    });
  });

  test.each<[AgentAnswer, string]>([
    [chosen("once"), "accept"],
    [chosen("thread"), "acceptForSession"],
    [chosen("no"), "decline"],
    [chosen("stop"), "cancel"],
    [filled({}), "decline"],
    [{ kind: "declined" }, "decline"],
    [{ kind: "timed out" }, "decline"],
    [{ kind: "nobody to ask" }, "decline"],
  ])("%j is sent as %s", async (answer, decision) => {
    expect((await ask(COMMAND, TOUCH, answer)).result).toEqual({ decision });
  });

  test.each<[JsonObject, ApprovalChoice[]]>([
    [{ availableDecisions: ["accept", "cancel"] }, ["no", "once", "stop"]],
    [{ availableDecisions: ["decline"] }, ["no"]],
    [{ availableDecisions: [{ applyNetworkPolicyAmendment: {} }] }, ["no"]],
    [{ availableDecisions: ["accept", "acceptForSession", "decline"] }, ["no", "once", "thread"]],
    [{ availableDecisions: null }, ["no", "once", "thread", "stop"]],
    [{ command: null }, ["no", "once", "stop"]],
  ])("%j leaves the choices %j", async (change, choices) => {
    const { question } = await ask(COMMAND, { ...TOUCH, ...change }, chosen("no"));
    expect(question).toMatchObject({ choices });
  });

  test.each<[JsonObject, string]>([
    [{ command: "ls -l" }, "ls -l"],
    [{ command: null }, "(Codex does not say which command)"],
    [{ kind: "writeStdin", command: "yes" }, "(input for a running command) yes"],
    [
      { command: "make", additionalPermissions: { network: { enabled: true }, fileSystem: { write: ["/x"] } } },
      "make\nwith more: use the network\nwith more: write /x",
    ],
    [{ networkApprovalContext: { host: "example.org", protocol: "https" } }, "reach example.org (https)"],
  ])("%j is shown as %j", async (change, summary) => {
    expect((await ask(COMMAND, { ...TOUCH, ...change }, chosen("no"))).question?.summary).toBe(summary);
  });

  test.each<[string, JsonObject[string]]>([
    ["of another kind", { devices: {} }],
    ["of no kind", "all"],
    ["with paths that are no texts", { fileSystem: { write: ["/x", {}] } }],
    ["with entries that are no objects", { fileSystem: { entries: ["/x"] } }],
  ])("with permissions %s is declined without a question", async (_name, additionalPermissions) => {
    const asked = await ask(COMMAND, { ...TOUCH, additionalPermissions }, chosen("once"));
    expect([asked.result, asked.questions]).toEqual([{ decision: "decline" }, []]);
    expect(asked.warnings).toEqual([
      "Codex asked to run a command with permissions that the bridge does not know, so that was declined.",
    ]);
  });
});

describe("changes of files", () => {
  const FILES = "item/fileChange/requestApproval";
  const item = {
    ...{ type: "fileChange", id: "call_1", status: "inProgress" },
    changes: [
      { path: "/repo/a.txt", kind: { type: "add" }, diff: "hello\nthere\n" },
      { path: "/repo/b\nc.txt", kind: { type: "update", move_path: "/repo/d" }, diff: "@@ -1 +1,2 @@\n-x\n+y\n+z\n" },
      { path: "/repo/e", kind: { type: "delete" }, diff: "gone\n" },
      { path: "/repo/f", kind: { type: "add" }, diff: "" },
    ],
  };

  test("are listed from the item that the request names", async () => {
    const { question, result } = await ask(FILES, { reason: null, grantRoot: "/" }, chosen("thread"), item);
    expect(question).toEqual({
      kind: "patch",
      summary: [
        "/repo/a.txt (add +2)",
        "/repo/b c.txt (update +2 -1, moved to /repo/d)",
        "/repo/e (delete -1)",
        "/repo/f (add +0)",
        "and from now on anything below /",
      ].join("\n"),
      reason: undefined,
      choices: ["no", "once", "thread", "stop"],
    });
    expect(result).toEqual({ decision: "acceptForSession" });
  });

  test("that Codex does not name are allowed once at most", async () => {
    const { question } = await ask(FILES, {}, chosen("once"));
    expect(question).toMatchObject({ summary: "(Codex does not say which files)", choices: ["no", "once", "stop"] });
  });
});

describe("permissions", () => {
  const METHOD = "item/permissions/requestApproval";
  const entry = { path: { type: "path", path: "/data" }, access: "write" };
  const permissions = {
    network: { enabled: true },
    fileSystem: {
      read: null,
      write: ["/data"],
      entries: [entry, { path: { type: "special", value: { kind: "root" } }, access: "read" }],
    },
  };

  test("are shown one a line, and granted as asked for", async () => {
    const { question, result } = await ask(METHOD, { cwd: "/repo", reason: "need it", permissions }, chosen("once"));
    expect(question).toEqual({
      ...{ kind: "permission", cwd: "/repo", reason: "need it", choices: ["no", "once", "thread"] },
      summary: "use the network\nwrite /data\nread root",
    });
    expect(result).toEqual({ permissions, scope: "turn" });
    const later = await ask(
      METHOD,
      { permissions: { network: { enabled: true }, fileSystem: null } },
      chosen("thread"),
    );
    expect(later.result).toEqual({ permissions: { network: { enabled: true } }, scope: "session" });
  });

  test.each<AgentAnswer>([chosen("no"), chosen("stop"), { kind: "declined" }, { kind: "nobody to ask" }])(
    "nothing is granted by %j",
    async (answer) => {
      expect((await ask(METHOD, { permissions }, answer)).result).toEqual({ permissions: {}, scope: "turn" });
    },
  );

  test.each<JsonObject>([
    {},
    { permissions: { network: { enabled: false } } },
    { permissions: { network: { enabled: true, hosts: ["x"] } } },
    { permissions: { network: { enabled: true }, devices: {} } },
    { permissions: { network: { enabled: true }, fileSystem: "all" } },
  ])("%j is more than can be shown, so nobody is asked", async (params) => {
    const { result, questions, warnings } = await ask(METHOD, params, chosen("thread"));
    expect([result, questions]).toEqual([{ permissions: {}, scope: "turn" }, []]);
    expect(warnings).toEqual(["Codex asked for permissions that the bridge does not know, so that was declined."]);
  });
});

describe("input for the model", () => {
  const METHOD = "item/tool/requestUserInput";
  const options = [
    { label: "Red", description: "warm" },
    { label: "Blue", description: "cold" },
  ];
  const color = { id: "color", header: "Color", question: "Which color?", isOther: true, isSecret: false, options };

  test("is asked by fields, and a model may answer it", async () => {
    const { question, result } = await ask(METHOD, { questions: [color] }, filled({ q1: "2" }));
    expect(question).toMatchObject({
      ...{ kind: "input", summary: "Which color?", isForModel: true },
      fields: [
        {
          id: "q1",
          title: "Color",
          isRequired: false,
          value: { type: "choice", options: [{ id: "1", title: "Red" }, {}] },
        },
        { id: "q1_other", title: "Color: something else", isRequired: false, value: { type: "text" } },
      ],
    });
    expect(result).toEqual({ answers: { color: { answers: ["Blue"] } } });
  });

  test.each<[Record<string, FieldValue>, JsonObject]>([
    [{ q1_other: "Green" }, { color: { answers: ["Green"] } }],
    [{ q1: "1", q1_other: "Green" }, { color: { answers: ["Red", "Green"] } }],
    [{ q1: "9" }, {}],
    [{}, {}],
  ])("%j is sent as %j", async (values, answers) => {
    expect((await ask(METHOD, { questions: [color] }, filled(values))).result).toEqual({ answers });
  });

  test("a text is asked for where there are no options", async () => {
    const name = { id: "name", header: "Name", question: "Your name?", isOther: false, isSecret: false, options: null };
    const { result, question } = await ask(METHOD, { questions: [name, color] }, filled({ q1: "Ada", q2: "1" }));
    expect(question?.summary).toBe("Your name?\nWhich color?");
    expect(result).toEqual({ answers: { name: { answers: ["Ada"] }, color: { answers: ["Red"] } } });
  });

  test("a tool's approval in this form is a person's, and nothing is allowed for good", async () => {
    const labels = ["Allow", "Allow for this session", "Allow and don't ask me again", "Cancel"];
    const approval = {
      ...{ id: "mcp_tool_call_approval_call_1", header: "Approve app tool call?", question: "Allow it?" },
      ...{ isOther: true, isSecret: false, options: labels.map((label) => ({ label, description: "" })) },
    };
    const { question, result } = await ask(METHOD, { questions: [approval] }, filled({ q1: "3" }));
    expect(question).toMatchObject({ isForModel: false });
    expect(question?.kind === "input" && question.fields).toMatchObject([
      {
        isRequired: true,
        value: { options: [{ title: "Allow" }, { title: "Allow for this session" }, { title: "Cancel" }] },
      },
    ]);
    expect(result).toEqual({ answers: { mcp_tool_call_approval_call_1: { answers: ["Cancel"] } } });
  });

  const approve = (question: string, labels: string[]): JsonObject => ({
    questions: [{ ...color, id: "mcp_tool_call_approval_1", question, options: labels.map((label) => ({ label })) }],
  });

  test.each<[JsonObject, RegExp]>([
    [approve("x ".repeat(200), ["Allow", "Cancel"]), /for an approval that is too long to show/],
    [approve("a\nb\nc", ["Allow", "Cancel"]), /for an approval that is too long to show/],
    [approve("Allow it?", ["Allow", "x".repeat(100)]), /for an approval that is too long to show/],
    [approve("Allow it?", ["Always allow", "Don't ask again"]), /does not know/],
    [approve("Allow it?", []), /does not know/],
    [{ questions: [{ ...color, isSecret: true }] }, /for a secret/],
    [{ questions: [] }, /does not know/],
    [{ questions: Array.from({ length: 11 }, () => color) }, /does not know/],
    [{ questions: [{ ...color, id: 5 }] }, /does not know/],
  ])("%j is not asked", async (params, warning) => {
    const { result, questions, warnings } = await ask(METHOD, params, filled({ q1: "1" }));
    expect([result, questions]).toEqual([{ answers: {} }, []]);
    expect(warnings).toEqual([expect.stringMatching(warning)]);
  });
});

describe("an MCP server of Codex's", () => {
  const METHOD = "mcpServer/elicitation/request";
  const DECLINED = { action: "decline", content: null, _meta: null };
  const tool = {
    ...{ serverName: "p", mode: "form", message: 'Allow the p MCP server to run tool "wipe"?' },
    _meta: {
      ...{ codex_approval_kind: "mcp_tool_call", persist: ["session", "always"], tool_params: { path: "/x" } },
      tool_params_display: [{ name: "path", value: "/x", display_name: "path" }],
    },
    requestedSchema: { type: "object", properties: {} },
  };
  const form = (properties: JsonObject, required: string[] = []) => ({
    ...{ serverName: "p", mode: "form", _meta: null, message: "Which?" },
    requestedSchema: { type: "object", properties, required },
  });

  test.each<[AgentAnswer, JsonObject]>([
    [chosen("once"), { action: "accept", content: {}, _meta: null }],
    [chosen("thread"), { action: "accept", content: {}, _meta: { persist: "session" } }],
    [chosen("no"), DECLINED],
    [{ kind: "timed out" }, DECLINED],
  ])("may run a tool: %j", async (answer, expected) => {
    const { question, result } = await ask(METHOD, tool, answer);
    expect(question).toEqual({
      ...{ kind: "tool", server: "p", choices: ["no", "once", "thread"] },
      summary: 'Allow the p MCP server to run tool "wipe"?\npath: "/x"',
    });
    expect(result).toEqual(expected);
  });

  test("keeps a tool's approval for the thread only where Codex offers that", async () => {
    const _meta = { codex_approval_kind: "mcp_tool_call", persist: ["always"], tool_params: { path: "/x" } };
    const { question } = await ask(METHOD, { ...tool, _meta }, chosen("no"));
    expect(question).toMatchObject({ choices: ["no", "once"], summary: expect.stringContaining('{"path":"/x"}') });
  });

  test.each<[JsonObject[string], JsonObject[string], string[]]>([
    [{ path: "/x", force: true }, [{ name: "path", value: "/x", display_name: "Path" }], ['Path: "/x"', "force: true"]],
    [{ path: "/x" }, [{ name: "path", value: "/y", display_name: "Path" }], ['Path: "/y"', 'path: "/x"']],
    [{ path: "/x" }, [], ['path: "/x"']],
    [["/x"], [], ['["/x"]']],
  ])("shows all that a tool gets: %j displayed as %j", async (tool_params, tool_params_display, shown) => {
    const _meta = { codex_approval_kind: "mcp_tool_call", tool_params, tool_params_display };
    const { question } = await ask(METHOD, { ...tool, _meta }, chosen("no"));
    expect(question?.summary.split("\n").slice(1)).toEqual(shown);
  });

  test("asks by its own form, whose names and values come back as it wrote them", async () => {
    const properties = {
      port: { type: "integer", title: "Port", minimum: 1 },
      mode: { type: "string", enum: ["a", "b"], enumNames: ["First", "Second"] },
      kind: { type: "string", oneOf: [{ const: "k", title: "K" }] },
      many: {
        type: "array",
        items: {
          anyOf: [
            { const: "m", title: "M" },
            { const: "n", title: "N" },
          ],
        },
        maxItems: 2,
      },
      mail: { type: "string", format: "email", maxLength: 50 },
      ok: { type: "boolean", description: "Sure?" },
    };
    const values = { f1: 5, f2: "2", f3: "1", f4: ["2", "1"], f5: "a@b.c", f6: false };
    const { question, result } = await ask(METHOD, form(properties, ["port"]), filled(values));
    expect(question).toMatchObject({ kind: "input", server: "p", isForModel: false });
    expect(question?.kind === "input" && question.fields.slice(0, 2)).toEqual([
      {
        ...{ id: "f1", title: "Port", description: undefined, isRequired: true },
        value: { type: "number", isInteger: true, minimum: 1, maximum: undefined },
      },
      {
        ...{ id: "f2", title: "mode", description: undefined, isRequired: false },
        value: {
          type: "choice",
          options: [
            { id: "1", title: "First" },
            { id: "2", title: "Second" },
          ],
        },
      },
    ]);
    const content = { port: 5, mode: "b", kind: "k", many: ["n", "m"], mail: "a@b.c", ok: false };
    expect(result).toEqual({ action: "accept", content, _meta: null });
    expect((await ask(METHOD, form(properties), { kind: "declined" })).result).toEqual(DECLINED);
  });

  test("that only wants a yes gets one, or none", async () => {
    const accepted = await ask(METHOD, form({}), filled({ ok: true }));
    expect(accepted.result).toEqual({ action: "accept", content: {}, _meta: null });
    expect((await ask(METHOD, form({}), filled({ ok: false }))).result).toEqual(DECLINED);
  });

  test.each<[string, JsonObject, RegExp]>([
    [
      "a web page",
      { serverName: "p", mode: "url", url: "https://x", elicitationId: "1" },
      /"p" to have a web page opened/,
    ],
    ["a verification", { serverName: "p", mode: "openai/userVerification", title: "x" }, /does not know/],
    ["an object within", form({ a: { type: "object" } }), /does not know/],
    ["a choice of nothing", form({ a: { type: "string", enum: [] } }), /does not know/],
    [
      "twenty-one fields",
      form(Object.fromEntries(Array.from({ length: 21 }, (_, at) => [`a${at}`, { type: "boolean" }]))),
      /does not know/,
    ],
    ["no schema", { serverName: "p", mode: "form", message: "?" }, /does not know/],
    ["another approval", { ...tool, _meta: { codex_approval_kind: "network" } }, /approval of a kind/],
  ])("is declined without a question: %s", async (_name, params, warning) => {
    const { result, questions, warnings } = await ask(METHOD, params, filled({ ok: true }));
    expect([result, questions]).toEqual([DECLINED, []]);
    expect(warnings).toEqual([expect.stringMatching(warning)]);
  });
});

test.each(["item/tool/call", "account/chatgptAuthTokens/refresh", "execCommandApproval", "toString", ""])(
  "%j is refused",
  async (method) => {
    await expect(ask(method, {}, chosen("once"))).rejects.toMatchObject({ name: "RpcError", code: -32_601 });
  },
);
