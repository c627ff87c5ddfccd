// Secrets stay where they are: planted keys of every provider's shape are in no result, no log, no file of the bridge and not in Codex's environment.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { createLogger } from "../../src/logging/logger.ts";
import { createProcessTable } from "../../src/process/process-table.ts";
import { test as labTest } from "../support/fixture.ts";
import { CLI, type Lab, runThenSay, until } from "../support/lab.ts";

const letters = (length: number) => "aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xY".repeat(4).slice(0, length);

/** Keys whose form gives them away, wherever they stand. */
const SHAPED: Record<string, string> = {
  OPENAI_API_KEY: `sk-proj-${letters(60)}`,
  ANTHROPIC_API_KEY: `sk-ant-api03-${letters(60)}`,
  OPENROUTER_API_KEY: `sk-or-v1-${letters(60)}`,
  DEEPSEEK_API_KEY: `sk-${letters(32)}`,
  GEMINI_API_KEY: `AIza${letters(35)}`,
  GROQ_API_KEY: `gsk_${letters(52)}`,
  XAI_API_KEY: `xai-${letters(80)}`,
  PERPLEXITY_API_KEY: `pplx-${letters(48)}`,
  REPLICATE_API_TOKEN: `r8_${letters(37)}`,
  NVIDIA_API_KEY: `nvapi-${letters(64)}`,
  HF_TOKEN: `hf_${letters(34)}`,
  AWS_ACCESS_KEY_ID: `AKIA${"QWERTYUIOPASDFGH"}`,
  GITHUB_TOKEN: `ghp_${letters(36)}`,
  GH_TOKEN: `github_pat_${letters(60)}`,
  GITLAB_TOKEN: `glpat-${letters(20)}`,
  SLACK_BOT_TOKEN: `xoxb-123456789012-${letters(24)}`,
  STRIPE_SECRET_KEY: `sk_live_${letters(24)}`,
  NPM_TOKEN: `npm_${letters(36)}`,
  SENDGRID_API_KEY: `SG.${letters(22)}.${letters(43)}`,
  CHATGPT_SESSION_TOKEN: `eyJ${letters(30)}.${letters(60)}.${letters(40)}`,
  // Known by its value, whatever it is called.
  MY_OWN: `gsk_${letters(50)}Z`,
};
/** Keys without a form: known by the name of their variable. */
const PLAIN: Record<string, string> = {
  MISTRAL_API_KEY: "Zq8Wm3Xk5Rt7Yp2Ls9Nd4Fg6Hj1Kc0Vb",
  AZURE_OPENAI_API_KEY: "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
  AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzEXAMPLEK",
  COHERE_API_KEY: "pLm0OkN9iJb8uHv7GyC6tFx5RdZ4eSw3AqQaWsEd",
  DB_PASSWORD: "correct-horse-battery",
};
/** In an address, which reaches commands as it is. */
const URL_PASSWORD = "p%40ss-w0rd-of-db";
const DATABASE_URL = `postgres://app:${URL_PASSWORD}@db.example/x`;
const PROVIDER_KEY = "standin-provider-key-0123456789";
const SECRETS = [...Object.values(SHAPED), ...Object.values(PLAIN)];

const test = labTest.override("bridgeOptions", ({ lab }) => {
  const env = { ...SHAPED, ...PLAIN, STANDIN_KEY: PROVIDER_KEY, DATABASE_URL, PLAIN_WORDS: "stay" };
  const logger = createLogger({ level: "debug", stateDir: lab.stateDir, env: { ...lab.env, ...env } });
  return { env, logger };
});

const findIn = (text: string, secrets = [...SECRETS, PROVIDER_KEY]) =>
  secrets.filter((secret) => text.includes(secret));

/** Everything that the bridge has written. */
const readState = (lab: Lab): string =>
  readdirSync(lab.stateDir, { recursive: true })
    .map((name) => join(lab.stateDir, String(name)))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, "utf8"))
    .join("\n");

test("an address with a password reaches commands; its password is in no answer, progress or log", async ({
  lab,
  bridge,
}) => {
  const forms = [URL_PASSWORD, decodeURIComponent(URL_PASSWORD)];
  lab.respond((request) =>
    request.toolOutputs.length === 0
      ? { steps: [{ run: 'echo "$DATABASE_URL"; echo ${#DATABASE_URL}' }] }
      : { steps: [{ say: `${request.toolOutputs.join()} and ${forms.join(" or ")}` }] },
  );
  const told: string[] = [];
  const result = await bridge.call("codex", { prompt: "x" }, { onProgress: (message) => told.push(message) });
  expect(result.structured.content).toMatch(
    new RegExp(
      // 0.50 wraps a command's output in JSON.
      `postgres://app:\\[redacted\\]@db\\.example/x(?:\\s|\\\\n)+${DATABASE_URL.length}(?:\\s|\\\\n).*and \\[redacted\\] or \\[redacted\\]`,
      "s",
    ),
  );
  await until("the log is written", () => readState(lab).includes("turn ended"));
  expect(findIn(JSON.stringify(result) + told.join() + readState(lab), forms)).toEqual([]);
});

test("in an answer, its file and the progress they are replaced, and that is told", async ({ lab, bridge }) => {
  writeFileSync(join(lab.project, "keys.txt"), [...SECRETS, PROVIDER_KEY].join("\n"));
  lab.respond((request) =>
    request.toolOutputs.length === 0
      ? { steps: [{ say: `I found ${SECRETS[5]}` }, { run: `echo ${SECRETS[3]} ${SECRETS[23]}; cat keys.txt` }] }
      : { steps: [{ say: `${request.toolOutputs.join("\n")}\n${"filler ".repeat(12_000)}` }] },
  );
  const told: string[] = [];
  const result = await bridge.call("codex", { prompt: "x" }, { onProgress: (message) => told.push(message) });
  expect(result.isError, result.text).toBe(false);
  expect(result.structured.content).toContain("[redacted]");
  expect(result.structured).toHaveProperty("truncated");
  expect(String(result.structured["warnings"])).toContain("looks like a secret");
  expect(findIn(JSON.stringify(result) + told.join())).toEqual([]);
  await until("the log is written", () => readState(lab).includes("turn ended"));
  expect(findIn(readState(lab))).toEqual([]);
});

test("in what a provider says of a failure they are replaced", async ({ lab, bridge }) => {
  const words = [...SECRETS, PROVIDER_KEY];
  for (const some of [words.slice(0, 9), words.slice(9, 18), words.slice(18)]) {
    lab.respond(() => ({
      error: { status: 401, body: { error: { message: `Incorrect API key: ${some.join(" ")}` } } },
    }));
    lab.writeConfig({ provider: "request_max_retries = 0\nstream_max_retries = 0\n" });
    const result = await bridge.call("codex", { prompt: "x" });
    expect(result.text).toMatch(/^\[AGENT_UNAUTHENTICATED\]/);
    // A key that the excerpt cuts in two would show its beginning.
    expect(
      findIn(
        JSON.stringify(result),
        words.map((secret) => secret.slice(0, 24)),
      ),
    ).toEqual([]);
  }
  await until("the log is written", () => readState(lab).includes("call answered with an error"));
  expect(findIn(readState(lab))).toEqual([]);
});

test("Codex's environment holds the key of its provider and no other; its commands not even that", async ({
  lab,
  bridge,
}) => {
  let environment: string | undefined;
  lab.respond((request) => {
    const table = createProcessTable("linux");
    const codex = table.list().find(({ pid }) => table.environment(pid)?.includes(`CODEX_HOME=${lab.codexHome}`));
    environment ??= table.environment(codex?.pid ?? 0)?.join("\n");
    return runThenSay("env")(request) as ReturnType<ReturnType<typeof runThenSay>>;
  });
  await bridge.call("codex", { prompt: "x" });
  expect(environment).toContain("PLAIN_WORDS=stay");
  expect(findIn(environment ?? "")).toEqual([PROVIDER_KEY]);
  // As the model got it.
  const seen = JSON.stringify(lab.standIn.requests.at(-1)?.body);
  expect(seen).toContain("PLAIN_WORDS=stay");
  expect(findIn(seen)).toEqual([]);
});

test("what the user's config names, or the user passes, is handed on", async ({ lab, bridge }) => {
  const tables = [
    '[mcp_servers.docs]\nurl = "http://127.0.0.1:9/mcp"\nbearer_token_env_var = "GITLAB_TOKEN"',
    '[shell_environment_policy]\ninclude_only = ["PATH", "HOME", "NPM_TOKEN"]',
  ];
  lab.writeConfig({ tables: tables.join("\n") });
  let environment = "";
  lab.respond((request) => {
    const table = createProcessTable("linux");
    for (const { pid } of table.list()) {
      const own = table.environment(pid);
      if (own?.includes(`CODEX_HOME=${lab.codexHome}`)) environment += own.join("\n");
    }
    return runThenSay("env")(request) as ReturnType<ReturnType<typeof runThenSay>>;
  });
  await bridge.restart({ env: { BRIDGE_ENV_PASS: "DB_PASSWORD" } });
  await bridge.call("codex", { prompt: "x" });
  expect(findIn(environment).sort()).toEqual(
    [SHAPED["GITLAB_TOKEN"], SHAPED["NPM_TOKEN"], PLAIN["DB_PASSWORD"], PROVIDER_KEY].sort(),
  );
});

test.runIf(CLI.takesInstructions)(
  "a trusted project's own config is heeded, an untrusted one's is not",
  async ({ lab, bridge }) => {
    mkdirSync(join(lab.project, ".git"));
    mkdirSync(join(lab.project, ".codex"));
    const seen = join(lab.root, "seen");
    const server = `[mcp_servers.docs]\ncommand = "/bin/sh"\nargs = ["-c", "echo $NPM_TOKEN >> ${seen}; sleep 2"]\nenv_vars = ["NPM_TOKEN"]`;
    const shell = '[shell_environment_policy]\nexclude = ["PLAIN_*"]';
    writeFileSync(join(lab.project, ".codex/config.toml"), `${server}\n${shell}\n`);
    lab.respond(runThenSay("env"));
    await bridge.call("codex", { prompt: "x" });
    expect(existsSync(seen) && readFileSync(seen, "utf8").includes(SHAPED["NPM_TOKEN"] ?? "")).toBe(false);
    lab.writeConfig({ tables: `[projects."${lab.project}"]\ntrust_level = "trusted"\n` });
    await bridge.call("codex", { prompt: "x" });
    expect(readFileSync(seen, "utf8")).toContain(SHAPED["NPM_TOKEN"]);
    expect(JSON.stringify(lab.standIn.requests.at(-1)?.body)).not.toContain("PLAIN_WORDS");
  },
);

// 0.50 keeps names with KEY from its commands by itself.
test.runIf(CLI.takesInstructions)("git's configuration by variables reaches Codex", async ({ lab, bridge }) => {
  const git = { GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "user.name", GIT_CONFIG_VALUE_0: "Heron" };
  await bridge.restart({ env: git });
  lab.respond(runThenSay("git config user.name"));
  expect((await bridge.call("codex", { prompt: "x" })).text).toContain("Heron");
});

test("an answer that was asked for as JSON stays JSON", async ({ lab, bridge }) => {
  const answer = { note: `see ${SHAPED["GITHUB_TOKEN"]}`, url: "http://localhost:4321", owner: "me@example.com" };
  lab.respond(() => ({ steps: [{ say: JSON.stringify(answer) }] }));
  const { text } = await bridge.call("codex", { prompt: "x", outputSchema: { type: "object" } });
  expect(JSON.parse(text)).toEqual({ ...answer, note: "see [redacted]" });
});

test("a long secret is not cut into one that nobody recognises", async ({ lab, bridge }) => {
  const long = `${letters(90)}-`.repeat(5);
  await bridge.restart({ env: { SIGNING_KEY: long, DB_PASSWORD: 'p"ss\\ord-12345', BRIDGE_SILENCE_MS: "1500" } });
  lab.respond(() => ({ steps: [{ say: `${long} p"ss\\ord-12345` }], ending: "hang" }));
  const result = await bridge.call("codex", { prompt: "x" });
  expect(result.isError).toBe(true);
  expect(findIn(JSON.stringify(result), [long.slice(0, 40), "ord-12345"])).toEqual([]);
});

test("the key of Codex's own process can be read where its sandbox hides no processes", async ({ lab, bridge }) => {
  await bridge.restart({ env: { BRIDGE_MAX_SANDBOX: "danger-full-access" } });
  const look = `for file in /proc/[0-9]*/environ; do tr '\\0' '\\n' <$file; done 2>/dev/null | grep ${PROVIDER_KEY}; true`;
  lab.respond(runThenSay(look));
  const isSeen = async (sandbox: string): Promise<boolean> => {
    const result = await bridge.call("codex", { prompt: "x", sandbox });
    expect(findIn(JSON.stringify(result))).toEqual([]);
    return JSON.stringify(lab.standIn.requests.at(-1)?.toolOutputs).includes(`STANDIN_KEY=${PROVIDER_KEY}`);
  };
  expect(await isSeen("danger-full-access")).toBe(true);
  // 0.50 and others that take no instructions have no namespace of processes.
  expect(await isSeen("read-only")).toBe(!CLI.takesInstructions);
  expect(await isSeen("workspace-write")).toBe(!CLI.takesInstructions);
});
