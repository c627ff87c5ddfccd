// Credentials with the real CLI: the bridge uses those that Codex has, in Codex's order, and keeps them from commands.

import { existsSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { expect } from "vitest";
import type { ToolResult } from "../support/bridge.ts";
import { type StartBridge, test } from "../support/fixture.ts";
import { CLI, type Lab, RUNS_EVERY_TURN, runThenSay, say } from "../support/lab.ts";

async function call(startBridge: StartBridge, env: Record<string, string>): Promise<ToolResult> {
  const bridge = await startBridge({ env: { STANDIN_KEY: undefined, ...env } });
  return bridge.call("codex", { prompt: "x" });
}

/** The lab's provider, which takes the user's OpenAI login. */
function useLogin(lab: Lab, login?: unknown): void {
  const config = lab.readConfig().replace('env_key = "STANDIN_KEY"', "requires_openai_auth = true");
  writeFileSync(join(lab.codexHome, "config.toml"), config);
  if (login !== undefined) writeFileSync(join(lab.codexHome, "auth.json"), JSON.stringify(login));
}

const setEnvFile = (lab: Lab, text: string): void => writeFileSync(join(lab.codexHome, ".env"), text);
const sent = (lab: Lab): string | undefined => lab.standIn.requests[0]?.authorization;

/** The app server passes over these, so it would use the account of the login. It is not asked then. */
function expectUnread(lab: Lab, { text }: ToolResult, requests: number): void {
  expect(text).toMatch(/^\[AGENT_UNSUPPORTED\].*does not read the credential.*BRIDGE_BACKEND=auto/);
  expect(lab.standIn.requests).toHaveLength(requests);
}

test("a provider's key in .env is found, wins as with Codex itself, and reaches neither commands nor answers", async ({
  lab,
  startBridge,
}) => {
  setEnvFile(
    lab,
    '# keys\nexport STANDIN_KEY="sk-from-dotenv-0123456789"\nMY_SECRET=hush-hush-0123456789\nPLAIN=seen\n',
  );
  lab.respond(runThenSay("env"));
  const result = await call(startBridge, { STANDIN_KEY: "sk-from-environment" });
  expect(result.isError, result.text).toBe(false);
  expect(sent(lab)).toBe("Bearer sk-from-dotenv-0123456789");
  const seen = String(lab.standIn.requests.at(-1)?.toolOutputs);
  expect(seen).toContain("PLAIN=seen");
  expect(seen).not.toMatch(/sk-from-|hush-hush/);
});

test("what Codex says of a secret of .env is redacted, also after the file has changed", async ({
  lab,
  startBridge,
}) => {
  setEnvFile(lab, "STANDIN_KEY=first-secret-0123456789\n");
  lab.respond(say("keys: first-secret-0123456789 later-secret-0123456789"));
  const bridge = await startBridge({ env: { STANDIN_KEY: undefined } });
  const first = await bridge.call("codex", { prompt: "x" });
  expect(first.text).toContain("keys: [redacted] later-secret-0123456789");
  setEnvFile(lab, "STANDIN_KEY=later-secret-0123456789\n");
  expect((await bridge.call("codex", { prompt: "x" })).text).toContain("keys: [redacted] [redacted]");
});

test("a name that is kept for commands reaches them from .env too", async ({ lab, startBridge }) => {
  setEnvFile(lab, "STANDIN_KEY=sk-x-0123456789\nTEST_DB_PASSWORD=hush-hush-0123456789\n");
  lab.respond(runThenSay("env"));
  await call(startBridge, { BRIDGE_ENV_PASS: "TEST_DB_PASSWORD" });
  expect(String(lab.standIn.requests.at(-1)?.toolOutputs)).toContain("TEST_DB_PASSWORD=hush");
});

test("an empty key in .env unsets that of the environment", async ({ lab, startBridge }) => {
  setEnvFile(lab, "STANDIN_KEY=\n");
  expect((await call(startBridge, { STANDIN_KEY: "sk-from-environment" })).text).toMatch(
    /^\[AGENT_UNAUTHENTICATED\].*STANDIN_KEY is not set.*\.env of Codex's home/,
  );
  expect(lab.standIn.requests).toEqual([]);
});

test("CODEX_API_KEY wins over a login; the example in .env does not count", async ({ lab, startBridge }) => {
  useLogin(lab, { auth_mode: "apikey", OPENAI_API_KEY: "sk-of-the-login" });
  setEnvFile(lab, "CODEX_API_KEY=sk-of-dotenv\n");
  await call(startBridge, {});
  expect(sent(lab)).toBe("Bearer sk-of-the-login");
  const result = await call(startBridge, { CODEX_API_KEY: "sk-of-environment" });
  if (!RUNS_EVERY_TURN) return expectUnread(lab, result, 1);
  expect(lab.standIn.requests[1]?.authorization).toBe("Bearer sk-of-environment");
});

test.for([
  {},
  { auth_mode: "chatgpt", OPENAI_API_KEY: null, tokens: null, last_refresh: "2026-01-01T00:00:00Z" },
  "text",
  7,
])("an auth.json without a credential is no login: %j", async (login, { lab, startBridge }) => {
  useLogin(lab, typeof login === "string" ? undefined : login);
  if (typeof login === "string") writeFileSync(join(lab.codexHome, "auth.json"), login);
  expect((await call(startBridge, {})).text).toMatch(/^\[AGENT_UNAUTHENTICATED\].*no login/);
  expect(lab.standIn.requests).toEqual([]);
});

test.for(["CODEX_HOME", "CODEX_CONFIG_PATH"])(
  "a home of %s that is not there is told; the default home is not used",
  async (name, { lab, startBridge }) => {
    const gone = join(lab.root, "gone");
    const value = name === "CODEX_HOME" ? gone : join(gone, "config.toml");
    const env = { CODEX_HOME: undefined, CODEX_API_KEY: "sk-x-0123456789", [name]: value };
    const bridge = await startBridge({ env });
    expect((await bridge.call("codex", { prompt: "x" })).text).toMatch(
      new RegExp(
        `^\\[CONFIG_INVALID\\] The Codex home that ${name} names does not exist: ${gone}\\. Ask the user to correct ${name}`,
      ),
    );
    expect(existsSync(join(lab.root, ".codex"))).toBe(false);
  },
);

// Older ones pass it over.
test.runIf(CLI.hasThreadSource)("CODEX_ACCESS_TOKEN is enough, and wins over a login", async ({ lab, startBridge }) => {
  const account = { email: "a@b.c", chatgpt_user_id: "u", chatgpt_account_id: "a", chatgpt_plan_type: "pro" };
  const server = await listen(JSON.stringify({ ...account, chatgpt_account_is_fedramp: false }));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  useLogin(lab, { OPENAI_API_KEY: "sk-of-the-login" });
  const token = { CODEX_ACCESS_TOKEN: "at-1234567890", CODEX_AUTHAPI_BASE_URL: `http://127.0.0.1:${port}` };
  const result = await call(startBridge, token).finally(() => server.close());
  if (!RUNS_EVERY_TURN) return expectUnread(lab, result, 0);
  expect(result.isError, result.text).toBe(false);
  expect(sent(lab)).toBe("Bearer at-1234567890");
});

function listen(answer: string): Promise<Server> {
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "application/json");
    response.end(answer);
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}
