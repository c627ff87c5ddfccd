// The failure table: every way that a model, its provider, the machine or the CLI fails in a turn, by the real Codex CLI.
// `npm run test:versions` prints it with a column for each version. Where versions cannot tell two causes apart, the answer has to name both.
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { ERROR_TRAITS, type ErrorCode } from "../../src/domain/error-codes.ts";
import { createProcessTable } from "../../src/process/process-table.ts";
import type { StandInAnswer } from "../../src/setup/demo/responses-standin.ts";
import { startBridge, type TestBridge, type ToolResult } from "../support/bridge.ts";
import { type LabBridge, test as labTest } from "../support/fixture.ts";
import { CLI, createLab, type Lab, NATIVE_CODEX, ON_APP_SERVER, runThenSay, until } from "../support/lab.ts";
import { PROVIDER_ROWS } from "./provider-answers.ts";

const NO_RETRIES = "request_max_retries = 0\nstream_max_retries = 0\n";

const test = labTest.extend("lab", async ({ lab }) => {
  lab.writeConfig({ provider: NO_RETRIES });
  return lab;
});

/** The code, in a sentence and a next step, with the thread; `says` must stand in the text. */
async function expectFailure(bridge: LabBridge, code: ErrorCode, says: RegExp | undefined): Promise<string> {
  const result = await bridge.call("codex", { prompt: "x" });
  expect(result.isError, result.text).toBe(true);
  expect(result.text).toMatch(new RegExp(`^\\[${code}\\] [A-Z].*\\. [A-Z].*\\.`));
  expect(result.structured["error"]).toMatchObject({ code, retryable: ERROR_TRAITS[code].retryable });
  if (says !== undefined) expect(result.text).toMatch(says);
  return result.structured.threadId;
}

const http = (status: number, error: Record<string, unknown> = { message: "no" }, headers = {}): StandInAnswer => ({
  error: { status, body: { error }, headers },
});
const failed = (code: string, message: string): StandInAnswer => ({
  events: [{ type: "response.failed", response: { id: "r", error: { code, message } } }],
});
const incomplete = (reason: string): StandInAnswer => ({
  events: [{ type: "response.incomplete", response: { id: "r", incomplete_details: { reason } } }],
});
const NO_MODEL = { message: "The model `nope` does not exist", code: "model_not_found" };
const NO_QUOTA = "You exceeded your current quota, please check your plan and billing details.";

type Row = [name: string, answer: StandInAnswer, code: ErrorCode, says?: RegExp];

const MODEL_ROWS: Row[] = [
  ["400", http(400, { message: "odd" }), "TURN_FAILED", /refused the request/],
  ["400, unknown model", http(400, NO_MODEL), "MODEL_NOT_FOUND", /Name a model/],
  ["401", http(401), "AGENT_UNAUTHENTICATED", /codex login/],
  ["403", http(403), "AGENT_UNAUTHENTICATED", /does not allow this account.*region/],
  ["404", http(404, { message: "Not Found" }), "CONFIG_INVALID", /base_url/],
  ["404, unknown model", http(404, NO_MODEL), "MODEL_NOT_FOUND", /Name a model/],
  ["429", http(429), "RATE_LIMITED", /Wait a minute/],
  ["429, retry-after 1 s", http(429, {}, { "retry-after": "1" }), "RATE_LIMITED", /Wait a minute/],
  [
    "usage limit, with its reset",
    http(429, { type: "usage_limit_reached", message: "x", resets_at: 1_900_000_000 }),
    "USAGE_LIMIT",
    // 0.50 says how long, later ones until when.
    /Wait (until Mar 17th, 2030|\d+ days)/,
  ],
  ["plan without Codex", http(429, { type: "usage_not_included", message: "x" }), "USAGE_LIMIT", /change the plan/],
  ["quota used up, stream", failed("insufficient_quota", NO_QUOTA), "USAGE_LIMIT", /plan and billing/],
  [
    "rate limit, stream",
    failed("rate_limit_exceeded", "Rate limit reached for gpt-5.5. Please try again in 1.5s."),
    "RATE_LIMITED",
    /Wait 1\.5s/,
  ],
  ["500", http(500), "MODEL_OVERLOADED"],
  ["502, no JSON", { error: { status: 502, body: "<html>" } }, "MODEL_OVERLOADED"],
  ["503", http(503), "MODEL_OVERLOADED"],
  [
    "overloaded, stream",
    failed("server_is_overloaded", "Our servers are currently overloaded. Please try again later."),
    "MODEL_OVERLOADED",
  ],
  [
    "provider's own error, stream",
    failed("server_error", "An error occurred while processing your request."),
    "MODEL_OVERLOADED",
    /internal error/,
  ],
  ["cut before the first byte", { ending: "refuse" }, "NETWORK"],
  ["cut after the start", { ending: "cut" }, "NETWORK"],
  ["cut in the answer", { steps: [{ think: "x" }, { say: "half" }], ending: "cut" }, "NETWORK"],
  ["context overflow, HTTP", http(400, { message: "too long", code: "context_length_exceeded" }), "CONTEXT_OVERFLOW"],
  [
    "context overflow, stream",
    failed("context_length_exceeded", "Your input exceeds the context window of this model."),
    "CONTEXT_OVERFLOW",
  ],
  [
    "invalid prompt",
    failed("invalid_prompt", "Invalid prompt: against our usage policy."),
    "TURN_FAILED",
    /refused the prompt/,
  ],
];

describe("a model", () => {
  test.for(MODEL_ROWS)("%s", async ([_name, answer, code, says], { lab, bridge }) => {
    lab.respond(() => answer);
    const threadId = await expectFailure(bridge, code, says);
    // The thread goes on once the model does.
    lab.respond(() => ({ steps: [{ say: "better" }] }));
    expect((await bridge.call("codex-reply", { prompt: "y", threadId })).text).toBe("better");
  });

  // 0.50 to 0.150 say the same of both.
  test("quota used up, HTTP", async ({ lab, bridge }) => {
    lab.respond(() => http(429, { type: "insufficient_quota", code: "insufficient_quota", message: NO_QUOTA }));
    const { text } = await bridge.call("codex", { prompt: "x" });
    expect(text).toMatch(/^\[USAGE_LIMIT\] .*quota.*billing|^\[RATE_LIMITED\] .*or a quota .*account's quota/);
  });

  // 0.50 says the same of both.
  test.for(["max_output_tokens", "content_filter"])("incomplete, %s", async (reason, { lab, bridge }) => {
    lab.respond(() => incomplete(reason));
    const { text } = await bridge.call("codex", { prompt: "x" });
    if (CLI.takesInstructions) expect(text).toMatch(/^\[TURN_FAILED\] .*(output limit|cut the answer off)/);
    else expect(text).toMatch(/^\[NETWORK\] .*or the answer reached its output limit/);
  });

  test("idle stream", async ({ lab, bridge }) => {
    lab.writeConfig({ provider: `${NO_RETRIES}stream_idle_timeout_ms = 1500\n` });
    lab.respond(() => ({ ending: "hang" }));
    await expectFailure(bridge, "NETWORK", undefined);
  });

  test("429, retry-after 1 h, with Codex's own retries", async ({ lab, bridge }) => {
    lab.writeConfig();
    lab.respond(() => http(429, {}, { "retry-after": "3600" }));
    await bridge.restart({ env: { BRIDGE_SILENCE_MS: "3000" } });
    // 0.120 to 0.160 give up at once, later ones wait and say for what, 0.50 waits without a word.
    await expectFailure(bridge, CLI.takesInstructions ? "RATE_LIMITED" : "TURN_STALLED", /threadId/);
  });

  test("a retry that was told and then worked is not what a later end is blamed on", async ({ lab, bridge }) => {
    lab.writeConfig();
    lab.respond(({ index }) => (index === 0 ? { ending: "cut" } : { steps: [{ run: "sleep 60" }] }));
    const told: string[] = [];
    const pending = bridge.call("codex", { prompt: "x" }, { onProgress: (message) => told.push(message) });
    await until("the command runs", () => told.some((message) => message.startsWith("Running: sleep")));
    process.kill(findCodex(lab), "SIGKILL");
    expect((await pending).text).toMatch(/^\[AGENT_EXITED\]/);
  });
});

describe("a provider's answer", () => {
  const told: ToolResult[] = [];
  let provider: Lab;
  let asking: TestBridge;

  // All at once, on one bridge: a row each would start a hundred of them.
  beforeAll(async () => {
    provider = await createLab(({ userTexts }) => {
      const at = Number(/^row (\d+)$/.exec(userTexts.at(-1) ?? "")?.[1]);
      return PROVIDER_ROWS[at]?.answer ?? {};
    });
    provider.writeConfig({ provider: NO_RETRIES });
    asking = await startBridge({ env: { ...provider.env, BRIDGE_MAX_TURNS: "4" }, cwd: provider.project });
    const calls = PROVIDER_ROWS.map((_row, at) => asking.call("codex", { prompt: `row ${at}` }));
    told.push(...(await Promise.all(calls)));
  }, 300_000);
  afterAll(async () => {
    await asking.close();
    await provider.close();
  });

  test.each(PROVIDER_ROWS.map((row, at) => ({ ...row, at })))("$name", ({ codes, says, at }) => {
    const result = told[at];
    const text = result?.text ?? "";
    expect(result?.isError, text).toBe(true);
    expect(text).toMatch(new RegExp(`^\\[(${codes.join("|")})\\] [A-Z].*\\. [A-Z].*\\.`));
    if (says !== undefined) expect(text.split("\n")[0]).toMatch(says);
    // A thread was opened, and its id is told.
    expect(result?.structured.threadId).not.toBe("");
  });
});

describe("a provider", () => {
  test.for<[string, string]>([
    ["connection refused", "http://127.0.0.1:9/v1"],
    ["name that does not resolve", "http://nowhere.invalid/v1"],
  ])("%s", async ([_name, baseUrl], { lab, bridge }) => {
    writeFileSync(join(lab.codexHome, "config.toml"), lab.readConfig().replace(lab.standIn.baseUrl, baseUrl));
    await expectFailure(bridge, "NETWORK", /base URL/);
  });

  test("API key that is not set", async ({ lab, bridge }) => {
    await bridge.restart({ env: { STANDIN_KEY: "" } });
    await expectFailure(bridge, "AGENT_UNAUTHENTICATED", /set STANDIN_KEY/);
    expect(lab.standIn.requests).toHaveLength(0);
  });

  // 0.50 does not renew a login of such a provider: it tells of the 401 alone.
  test.for<[string, number, unknown, ErrorCode, RegExp]>([
    ["used already", 401, { error: { code: "refresh_token_reused" } }, "AGENT_UNAUTHENTICATED", /codex login/],
    [
      "not taken",
      400,
      { error: { message: "Invalid 'refresh_token': empty string." } },
      "AGENT_UNAUTHENTICATED",
      /codex login/,
    ],
    ["an error of the service", 500, { error: "oops" }, "MODEL_OVERLOADED", /Try again/],
    ["a service that is busy", 503, "<html>busy</html>", "MODEL_OVERLOADED", /Try again/],
  ])("login that is not renewed: %s", async ([_name, status, body, code, says], { lab, bridge }) => {
    const service = createServer((_incoming, response) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(typeof body === "string" ? body : JSON.stringify(body));
    });
    await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
    const { port } = service.address() as AddressInfo;
    try {
      writeFileSync(join(lab.codexHome, "auth.json"), JSON.stringify(toLogin()));
      const config = lab.readConfig().replace('env_key = "STANDIN_KEY"', "requires_openai_auth = true");
      writeFileSync(join(lab.codexHome, "config.toml"), config);
      lab.respond(() => http(401, { message: "Provided authentication token is expired.", code: "token_expired" }));
      await bridge.restart({
        env: {
          CODEX_REFRESH_TOKEN_URL_OVERRIDE: `http://127.0.0.1:${port}/oauth/token`,
          BRIDGE_ENV_PASS: "CODEX_REFRESH_TOKEN_URL_OVERRIDE",
        },
      });
      if (CLI.takesInstructions) await expectFailure(bridge, code, says);
      else await expectFailure(bridge, "AGENT_UNAUTHENTICATED", /codex login/);
    } finally {
      service.closeAllConnections();
      service.close();
    }
  });
});

/** A login that Codex takes for one of ChatGPT; nothing in it is real. */
function toLogin(): Record<string, unknown> {
  const jwt = (claims: Record<string, unknown>) =>
    ['{"alg":"none"}', JSON.stringify({ exp: 4_102_444_800, ...claims }), "none"]
      .map((part) => Buffer.from(part).toString("base64url"))
      .join(".");
  const account = { chatgpt_plan_type: "plus", chatgpt_account_id: "account", chatgpt_user_id: "user" };
  const idToken = jwt({ email: "a@example.invalid", "https://api.openai.com/auth": account });
  return {
    OPENAI_API_KEY: null,
    auth_mode: "chatgpt",
    tokens: { id_token: idToken, access_token: jwt({}), refresh_token: "none", account_id: "account" },
    last_refresh: new Date().toISOString(),
  };
}

describe("a machine", () => {
  // 0.50 has another sandbox, which needs no user namespaces.
  test.skipIf(process.platform !== "linux" || !CLI.takesInstructions)(
    "sandbox that does not start",
    async ({ lab, bridge }) => {
      lab.respond(runThenSay("touch x"));
      await bridge.restart({ env: { CODEX_BIN: fakeCodex(lab, withoutNamespaces()) } });
      const threadId = await expectFailure(
        bridge,
        "SANDBOX_UNAVAILABLE",
        /bwrap.*codex-bridge doctor|codex-bridge doctor.*bwrap/s,
      );
      // The app server opens no thread without its sandbox.
      if (!ON_APP_SERVER) expect(threadId).not.toBe("");
    },
  );

  test("command that prints what a sandbox would that does not start", async ({ lab, bridge }) => {
    lab.respond(runThenSay("echo 'bwrap: No permissions to create new namespace'; exit 1"));
    expect(await bridge.call("codex", { prompt: "x" })).toMatchObject({
      isError: false,
      structured: { commands: { count: 1, failed: 1 } },
    });
  });

  test.skipIf(process.platform !== "linux" || !CLI.takesInstructions)(
    "full access with a sandbox that does not start, which it does not need",
    async ({ lab, bridge }) => {
      lab.respond(runThenSay("echo 'bwrap: No permissions to create new namespace'; exit 1"));
      await bridge.restart({
        env: { CODEX_BIN: fakeCodex(lab, withoutNamespaces()), BRIDGE_MAX_SANDBOX: "danger-full-access" },
      });
      const result = await bridge.call("codex", { prompt: "x", sandbox: "danger-full-access" });
      expect(result.isError, result.text).toBe(false);
    },
  );

  test.runIf(CLI.takesInstructions)("required MCP server that does not start, on a resume", async ({ lab, bridge }) => {
    const { threadId } = (await bridge.call("codex", { prompt: "x" })).structured;
    lab.writeConfig({ provider: NO_RETRIES, tables: '[mcp_servers.must]\ncommand = "/bin/false"\nrequired = true\n' });
    const reply = await bridge.call("codex-reply", { prompt: "y", threadId });
    expect(reply.text).toMatch(/^\[CONFIG_INVALID\] An MCP server/);
  });

  test("required MCP server that does not start", async ({ lab, bridge }) => {
    lab.writeConfig({ provider: NO_RETRIES, tables: '[mcp_servers.must]\ncommand = "/bin/false"\nrequired = true\n' });
    const { isError, text } = await bridge.call("codex", { prompt: "x" });
    // 0.50 does not know the key.
    if (isError) expect(text).toMatch(/^\[CONFIG_INVALID\] An MCP server.*BRIDGE_CHILD_MCP=none/);
    else expect(text).toBe("hello");
    expect(isError).toBe(CLI.takesInstructions);
    await bridge.close();
    await bridge.restart({ env: { BRIDGE_CHILD_MCP: "none" } });
    expect((await bridge.call("codex", { prompt: "x" })).text).toBe("hello");
  });
});

describe("a CLI", () => {
  test("killed", async ({ lab, bridge }) => {
    lab.respond(() => ({ ending: "hang" }));
    const pending = bridge.call("codex", { prompt: "x" });
    await until("the model is asked", () => lab.standIn.requests.length > 0);
    process.kill(findCodex(lab), "SIGKILL");
    expect((await pending).text).toMatch(/^\[AGENT_EXITED\].*SIGKILL/);
  });

  // What an app server does at its start is in test/agents/codex-app-server/server.
  test.skipIf(ON_APP_SERVER).for<[string, string, ErrorCode]>([
    ["prints garbage", "echo hello; echo world", "PROTOCOL_ERROR"],
    ["prints nothing", "exit 0", "AGENT_BROKEN"],
    ["fails without a word", "exit 7", "AGENT_BROKEN"],
    ["does not know an option", "echo \"error: unexpected argument '--json' found\" >&2; exit 2", "AGENT_UNSUPPORTED"],
    ["prints half a line", 'printf \'{"type":"thread.st\'', "AGENT_EXITED"],
    ["prints 50 MB and no event", "head -c 50000000 /dev/zero | tr '\\0' x", "PROTOCOL_ERROR"],
  ])("%s", async ([_name, script, code], { lab, bridge }) => {
    await bridge.restart({
      env: {
        CODEX_BIN: fakeCodex(
          lab,
          `case "$*" in *--help*) echo --json; exit 0;; *"mcp list"*) exit 0;; esac\n${script}`,
        ),
      },
    });
    expect((await bridge.call("codex", { prompt: "x" })).text).toMatch(new RegExp(`^\\[${code}\\]`));
  });
});

/** Runs the real CLI where no user namespace can be made, and so no sandbox. */
function withoutNamespaces(): string {
  const inner = `echo 0 > /proc/sys/user/max_user_namespaces; exec "${NATIVE_CODEX}" "$@"`;
  return `exec unshare -Ur /bin/sh -c '${inner}' sh "$@"`;
}

function fakeCodex(lab: Lab, script: string): string {
  const path = join(lab.root, "fake-codex");
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
}

/** The Codex of this lab, the first of its processes. */
function findCodex(lab: Lab): number {
  const table = createProcessTable("linux");
  const isOurs = (pid: number) => table.environment(pid)?.includes(`CODEX_HOME=${lab.codexHome}`) === true;
  const ours = table.list().filter(({ pid }) => isOurs(pid));
  // Not the first one: where pids have begun anew, a command can have a lower one than the Codex that runs it.
  return ours.find(({ ppid }) => !ours.some(({ pid }) => pid === ppid))?.pid ?? 0;
}
