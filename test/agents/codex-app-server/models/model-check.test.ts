// When a list of models counts, and when it is asked for again.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect } from "vitest";
import type { TurnLaunch } from "../../../../src/agents/codex/launch/turn-launch.ts";
import type { CodexTurnRequest } from "../../../../src/agents/codex/turn/codex-turn-request.ts";
import { createModelCheck } from "../../../../src/agents/codex-app-server/models/model-check.ts";
import type { ServerLease } from "../../../../src/agents/codex-app-server/server/server-types.ts";
import type { JsonObject } from "../../../../src/domain/json.ts";
import { SILENT_LOGGER } from "../../../../src/domain/logger.ts";
import { test } from "../../../support/fixture.ts";

let now = 0;
let models: { model: string; hidden?: boolean }[] = [];
let asked: string[] = [];
let answer: (method: string) => Promise<JsonObject>;
beforeEach(() => {
  now = Date.parse("2026-11-26T12:00:00Z");
  models = [{ model: "one" }, { model: "two", hidden: true }];
  asked = [];
  answer = async (method) => (method === "model/list" ? { data: models } : { account: null });
});

function writeCache(home: string, change: object = {}): void {
  const told = models.map(({ model }) => ({ slug: model }));
  const cache = { fetched_at: new Date(now).toISOString(), client_version: "0.169.0", models: told, ...change };
  writeFileSync(join(home, "models_cache.json"), JSON.stringify(cache));
}

function open(codexHome: string) {
  const check = createModelCheck({ codexHome, clock: () => now, logger: SILENT_LOGGER });
  const connection = {
    userAgent: "codex-bridge/0.169.0 (Linux)",
    warnings: { config: [] },
    request: (method: string) => {
      asked.push(method);
      return answer(method);
    },
    listen: () => () => {},
  };
  const lease = { connection, release: () => {} } as unknown as ServerLease;
  const inputs = { config: { provider: { needsOpenAiLogin: true } } };
  const launch = { credential: "codex login", inputs } as unknown as TurnLaunch;
  return (model: string, signal = new AbortController().signal) =>
    check.check(
      { frame: { model, config: {} }, chosen: ["model"], signal } as unknown as CodexTurnRequest,
      launch,
      async () => lease,
    );
}

describe("the account's own list", () => {
  test("is asked for once, and again after a while if a model is missing", async ({ folder }) => {
    writeCache(folder);
    const check = open(folder);
    expect(await check("one")).toBeUndefined();
    await expect(check("new")).rejects.toMatchObject({ code: "MODEL_NOT_FOUND" });
    expect(asked).toEqual(["model/list"]);
    now += 31_000;
    models.push({ model: "new" });
    writeCache(folder);
    expect(await check("two")).toBeUndefined();
    expect(asked).toHaveLength(1);
    expect(await check("new")).toBeUndefined();
    expect(asked).toHaveLength(2);
  });

  test("names visible models of a plain form only", async ({ folder }) => {
    models.push({ model: "odd\nname" });
    writeCache(folder);
    await expect(open(folder)("new")).rejects.toMatchObject({ report: { details: { supported: ["one"] } } });
  });

  test.for([
    ["old", { fetched_at: "2026-11-26T11:50:00Z" }],
    ["another CLI's", { client_version: "0.160.0" }],
    ["another list", { models: [{ slug: "one" }] }],
    ["damaged", { models: "x" }],
  ] as const)("is not what Codex lists if its file is %s: a warning", async ([_name, change], { folder }) => {
    writeCache(folder, change);
    expect(await open(folder)("new")).toMatch(
      /^The list of models that comes with Codex does not have this model \(one\)/,
    );
  });
});

describe("a server that tells no models", () => {
  test("by an error or in words that cannot be read refuses nothing, and is asked again later", async ({ folder }) => {
    writeCache(folder);
    const check = open(folder);
    answer = async () => Promise.reject(new Error("no"));
    expect(await check("new")).toBeUndefined();
    answer = async () => ({ data: "x" });
    now += 31_000;
    expect(await check("new")).toBeUndefined();
    answer = async () => ({ data: models });
    now += 31_000;
    writeCache(folder);
    await expect(check("new")).rejects.toMatchObject({ code: "MODEL_NOT_FOUND" });
  });

  test("is not waited for once the call is cancelled", async ({ folder }) => {
    answer = () => new Promise(() => {});
    const stop = new AbortController();
    const checked = open(folder)("new", stop.signal);
    stop.abort(new Error("cancelled"));
    await expect(checked).rejects.toThrow("cancelled");
  });
});
