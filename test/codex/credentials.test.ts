// Credentials with the real CLI: the bridge uses those that Codex has, in Codex's order, and keeps them from commands.

import { existsSync, lstatSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { expect } from "vitest";
import { createLogger } from "../../src/logging/logger.ts";
import { createProcessTable } from "../../src/process/process-table.ts";
import type { ToolResult } from "../support/bridge.ts";
import { type StartBridge, test } from "../support/fixture.ts";
import { CLI, type Lab, ON_APP_SERVER, runThenSay, say, until } from "../support/lab.ts";

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
/** Files of a folder that contain a text. Codex keeps links to its own program there. */
const findFiles = (folder: string, text: string): string[] =>
  readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((path) => lstatSync(path, { throwIfNoEntry: false })?.isFile() === true)
    .filter((path) => readFileSync(path).includes(text));
const sent = (lab: Lab): string | undefined => lab.standIn.requests[0]?.authorization;

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
  await call(startBridge, { CODEX_API_KEY: "sk-of-environment" });
  expect(lab.standIn.requests[1]?.authorization).toBe("Bearer sk-of-environment");
});

test.for(["CODEX_API_KEY", "OPENAI_API_KEY"])(
  "a key by %s is stored nowhere, and reaches no argument, command or log",
  async (name, { lab, startBridge }) => {
    const key = "plain-key-without-a-form-0123456789";
    const authPath = join(lab.codexHome, "auth.json");
    const login = '{"auth_mode":"apikey","OPENAI_API_KEY":"sk-of-the-login"}';
    useLogin(lab);
    if (name === "CODEX_API_KEY") writeFileSync(authPath, login);
    const env = { STANDIN_KEY: undefined, [name]: key };
    const logger = createLogger({ level: "debug", stateDir: lab.stateDir, env: { ...lab.env, ...env } });
    const bridge = await startBridge({ env, logger });
    const table = createProcessTable("linux");
    let lines: string[] = [];
    lab.respond((request) => {
      lines = table
        .list()
        .filter(({ pid }) => table.environment(pid)?.includes(`CODEX_HOME=${lab.codexHome}`))
        .map(({ pid }) => table.commandLine(pid));
      return runThenSay(`env; cat ${authPath}`)(request);
    });
    const first = await bridge.call("codex", { prompt: "x" });
    expect(first.isError, first.text).toBe(false);
    const { threadId } = first.structured;
    const later = await bridge.call("codex-reply", { prompt: "x", threadId });
    expect(lab.standIn.requests.map(({ authorization }) => authorization)).toEqual(Array(4).fill(`Bearer ${key}`));
    expect(existsSync(authPath) ? readFileSync(authPath, "utf8") : "").toBe(name === "CODEX_API_KEY" ? login : "");
    expect(lines.length).toBeGreaterThan(0);
    await until("the log is written", () => findFiles(lab.stateDir, "turn ended").length > 0);
    const seen = lab.standIn.requests.map(({ body }) => JSON.stringify(body)).join();
    const said = JSON.stringify([first, later, lines]);
    expect(seen + said).not.toContain(key);
    expect([lab.stateDir, lab.codexHome].flatMap((folder) => findFiles(folder, key))).toEqual([]);
  },
);

test("another key in .env counts from the next turn on", async ({ lab, startBridge }) => {
  useLogin(lab);
  setEnvFile(lab, "OPENAI_API_KEY=sk-first-0123456789\n");
  const bridge = await startBridge({ env: { STANDIN_KEY: undefined } });
  const { threadId } = (await bridge.call("codex", { prompt: "x" })).structured;
  setEnvFile(lab, "OPENAI_API_KEY=sk-second-0123456789\n");
  await bridge.call("codex-reply", { prompt: "x", threadId });
  const keys = lab.standIn.requests.map(({ authorization }) => authorization);
  expect(keys).toEqual(["Bearer sk-first-0123456789", "Bearer sk-second-0123456789"]);
});

// `codex exec` ends the login of the user there.
test.runIf(ON_APP_SERVER)(
  "a config that forbids API keys is told, and the login stays",
  async ({ lab, startBridge }) => {
    lab.writeConfig({ top: 'forced_login_method = "chatgpt"' });
    useLogin(lab, { OPENAI_API_KEY: "sk-of-the-login" });
    const { text } = await call(startBridge, { CODEX_API_KEY: "sk-of-environment" });
    expect(text).toMatch(/^\[AGENT_UNAUTHENTICATED\].*refused the API key.*\n*.*API key login is disabled/s);
    expect(text).not.toContain("sk-of-environment");
    expect(readFileSync(join(lab.codexHome, "auth.json"), "utf8")).toContain("sk-of-the-login");
    expect(lab.standIn.requests).toEqual([]);
  },
);

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
