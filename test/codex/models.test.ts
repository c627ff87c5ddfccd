// Models and efforts that the account does not have. With the real Codex CLI, a made-up ChatGPT login, and a stand-in that lists models.
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, request as forward, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { test as labTest } from "../support/fixture.ts";
import { CLI, type Lab, say } from "../support/lab.ts";
import { findMarked } from "../support/stdio-bridge.ts";

const toToken = (claims: object): string => `h.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.s`;
const OPENAI = { chatgpt_plan_type: "pro", chatgpt_account_id: "account" };
const LOGIN = {
  auth_mode: "chatgpt",
  tokens: {
    id_token: toToken({ email: "a@example.com", exp: 4e9, "https://api.openai.com/auth": OPENAI }),
    access_token: toToken({ exp: 4e9 }),
    refresh_token: "r",
    account_id: "account",
  },
  last_refresh: new Date().toISOString(),
};

const toModel = (slug: string, efforts: readonly string[], visibility = "list") => ({
  ...{ slug, display_name: slug, description: "d", base_instructions: "b", visibility, priority: 0 },
  supported_reasoning_levels: efforts.map((effort) => ({ effort, description: effort })),
  default_reasoning_level: efforts[0] ?? null,
  ...{ shell_type: "shell_command", minimal_client_version: "0.0.1", supported_in_api: true, upgrade: null },
  ...{ supports_reasoning_summaries: true, support_verbosity: false, default_verbosity: null, context_window: 100_000 },
  ...{ apply_patch_tool_type: null, truncation_policy: { mode: "bytes", limit: 10_000 }, availability_nux: null },
  ...{ supports_parallel_tool_calls: false, experimental_supported_tools: [], input_modalities: ["text"] },
});
const MODELS = [
  toModel("deep", ["low", "high"]),
  toModel("quick", ["low"]),
  toModel("quiet", ["low"], "hide"),
  toModel("plain", []),
];

interface Account {
  /** Models of the account; undefined if they cannot be fetched. */
  models: readonly object[] | undefined;
  /** How often they were asked for. */
  asked: number;
}

/** Lists models for Codex, and passes everything else on to the lab's stand-in. */
async function startFront(lab: Lab, account: Account): Promise<Server> {
  const front = createServer((incoming, response) => {
    const path = incoming.url ?? "";
    if (path.includes("/models")) {
      account.asked += 1;
      response.writeHead(account.models === undefined ? 404 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify({ models: account.models }));
    } else if (path.endsWith("/responses")) {
      const { method, headers } = incoming;
      const passed = forward(`${lab.standIn.baseUrl}/responses`, { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      });
      passed.on("error", () => response.destroy());
      incoming.pipe(passed);
    } else response.writeHead(404).end("{}");
  });
  await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
  return front;
}

const test = labTest
  .extend("account", (): Account => ({ models: MODELS, asked: 0 }))
  .extend("bridgeOptions", { env: { BRIDGE_BACKEND: "app-server" } })
  .extend("lab", async ({ lab, account }, { onCleanup }) => {
    const front = await startFront(lab, account);
    onCleanup(() => {
      front.closeAllConnections();
      front.close();
    });
    const { port } = front.address() as AddressInfo;
    const base = `http://127.0.0.1:${port}`;
    const provider = `[model_providers.front]\nname = "front"\nbase_url = "${base}/v1"\nwire_api = "responses"\nrequires_openai_auth = true\n`;
    const top = `model = "own"\nmodel_provider = "front"\nchatgpt_base_url = "${base}/backend-api/"\n`;
    writeFileSync(join(lab.codexHome, "config.toml"), `${top}${provider}`);
    writeFileSync(join(lab.codexHome, "auth.json"), JSON.stringify(LOGIN));
    lab.respond(say("hello"));
    return lab;
  });

describe.runIf(CLI.letsGoOfThreads)("a model that a call names", () => {
  test("and that the account does not have is refused before anything is made", async ({ lab, bridge }) => {
    const { isError, text, structured } = await bridge.call("codex", { prompt: "x", model: "nope" });
    expect(isError).toBe(true);
    expect(text).toBe(
      '[MODEL_NOT_FOUND] The Codex account has no model "nope". No turn was started. Name one of its models (deep, quick, plain), or leave `model` out.',
    );
    expect(structured["error"]).toMatchObject({ argument: "model", supported: ["deep", "quick", "plain"] });
    expect(structured.threadId).toBe("");
    expect(lab.standIn.requests).toHaveLength(0);
  });

  test("is fine if the account has it, hidden, listed or an alias, and Codex does not ask for the list each time", async ({
    bridge,
    account,
  }) => {
    for (const model of ["deep", "quiet", "deep-2026-11-01", "vendor/quick"]) {
      const { isError, text } = await bridge.call("codex", { prompt: "x", model });
      expect(isError, text).toBe(false);
    }
    // Codex asks by itself too, as it starts.
    expect(account.asked).toBeLessThanOrEqual(2);
  });

  test.for<[string, Record<string, string>, string]>([
    ["terminals can open", { BRIDGE_ATTACH: "1" }, ""],
    ["subagents may start in", {}, "[agents]\nmax_threads = 6\n"],
  ])(
    "is looked for on the server that its turn uses, where %s its thread",
    async ([, env, tables], { lab, bridge }) => {
      appendFileSync(join(lab.codexHome, "config.toml"), tables);
      await bridge.restart({ env });
      const servers = (): string[] =>
        findMarked(`CODEX_HOME=${lab.codexHome}`).flatMap(({ command }) =>
          /^\S*codex .*thread_unload/.test(command) ? [command] : [],
        );
      const call = { prompt: "x", model: "deep", sandbox: "read-only" };
      const first = await bridge.call("codex", call);
      expect(first.isError, first.text).toBe(false);
      // With subagents each thread has one, also the spare one.
      const most = tables === "" ? 1 : 2;
      const { threadId } = first.structured;
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      expect(servers()).toHaveLength(most);
      expect((await bridge.call("codex-reply", { prompt: "y", threadId, model: "deep" })).isError).toBe(false);
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(servers()).toHaveLength(most);
      expect((await bridge.call("codex", call)).isError).toBe(false);
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      expect(servers()).toHaveLength(tables === "" ? 1 : 3);
    },
  );

  test("is nothing that the user's own config names", async ({ bridge }) => {
    expect((await bridge.call("codex", { prompt: "x" })).isError).toBe(false);
  });

  test("changes nothing of a thread that it is refused for", async ({ lab, bridge }) => {
    const { threadId } = (await bridge.call("codex", { prompt: "x", model: "deep" })).structured;
    const refused = await bridge.call("codex-reply", { prompt: "y", threadId, model: "nope" });
    expect(refused.text).toMatch(/^\[MODEL_NOT_FOUND\]/);
    expect(refused.structured.threadId).toBe(threadId);
    expect((await bridge.call("codex-reply", { prompt: "z", threadId })).isError).toBe(false);
    expect(lab.standIn.requests.map(({ body }) => body["model"])).toEqual(["deep", "deep"]);
    expect(lab.standIn.requests.at(-1)?.userTexts).not.toContain("y");
  });

  test("is refused with its rule if that is where it comes from", async ({ lab, bridge }) => {
    const rules = JSON.parse(readFileSync(join(import.meta.dirname, "../../delegation-rules.json"), "utf8"));
    for (const rule of rules.routing_config.routing_rules) rule.action.model = "nope";
    const path = join(lab.root, "rules.json");
    writeFileSync(path, JSON.stringify(rules));
    await bridge.restart({ env: { DELEGATION_RULES: path } });
    const { text } = await bridge.call("route_task", { task: "Fix the failing test in calc.js", mode: "run" });
    expect(text).toMatch(/no model "nope".*model nope is from rule/s);
    expect(lab.standIn.requests).toHaveLength(0);
  });

  test("is only warned about where the account's list cannot be fetched", async ({ bridge, account }) => {
    account.models = undefined;
    const { isError, structured } = await bridge.call("codex", { prompt: "x", model: "nope" });
    expect(isError).toBe(false);
    expect(structured["warnings"]).toContainEqual(
      expect.stringMatching(/^The list of models that comes with Codex does not have this model \(gpt-/),
    );
  });
});

describe.runIf(CLI.letsGoOfThreads)("a model that nobody lists", () => {
  test("is nothing to warn about with an API key, since Codex does not ask for its models", async ({ lab, bridge }) => {
    writeFileSync(join(lab.codexHome, "auth.json"), JSON.stringify({ auth_mode: "apikey", OPENAI_API_KEY: "dummy" }));
    const { isError, text, structured } = await bridge.call("codex", { prompt: "x", model: "nope" });
    expect(isError, text).toBe(false);
    expect(String(structured["warnings"])).not.toContain("The list of models");
  });

  test("is nothing to warn about with another provider", async ({ lab, bridge, account }) => {
    lab.writeConfig();
    const { isError, text, structured } = await bridge.call("codex", { prompt: "x", model: "nope" });
    expect(isError, text).toBe(false);
    expect(String(structured["warnings"])).not.toContain("The list of models");
    expect(account.asked).toBe(0);
  });
});

describe.runIf(CLI.letsGoOfThreads)("an effort that a call names", () => {
  test("and that the model does not take is refused with those that it takes", async ({ lab, bridge }) => {
    const call = { prompt: "x", model: "quick", reasoningEffort: "high" };
    const { text, structured } = await bridge.call("codex", call);
    expect(text).toBe(
      '[INVALID_ARGUMENT] The model "quick" does not take reasoningEffort "high". No turn was started. Name an effort that the model takes (low), or leave reasoningEffort out.',
    );
    expect(structured["error"]).toMatchObject({ argument: "reasoningEffort", supported: ["low"] });
    expect(lab.standIn.requests).toHaveLength(0);
  });

  test("is fine if the model takes it, or names none", async ({ bridge }) => {
    for (const [model, reasoningEffort] of [
      ["deep", "high"],
      ["plain", "high"],
      [undefined, "high"],
    ] as const) {
      const { isError, text } = await bridge.call("codex", { prompt: "x", model, reasoningEffort });
      expect(isError, text).toBe(false);
    }
  });

  test("of the thread is refused with a model that does not take it", async ({ bridge }) => {
    const call = { prompt: "x", model: "deep", reasoningEffort: "high" };
    const { threadId } = (await bridge.call("codex", call)).structured;
    const { text } = await bridge.call("codex-reply", { prompt: "y", threadId, model: "quick" });
    expect(text).toMatch(/^\[INVALID_ARGUMENT\] The model "quick" does not take the thread's reasoningEffort "high"\./);
    expect(text).toMatch(/Name an effort that the model takes \(low\)\.\n/);
  });
});
