// What docs/routing.md names must exist: its example model, by the list of the newest Codex CLI.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect } from "vitest";
import { test } from "../support/fixture.ts";
import { NATIVE_CODEX } from "../support/lab.ts";

const REQUESTS = [
  { id: 1, method: "initialize", params: { clientInfo: { name: "test", version: "1" } } },
  { method: "initialized" },
  { id: 2, method: "model/list", params: {} },
];

/** What the app server answers to `model/list`, offline. */
async function listModels(home: string): Promise<string> {
  const env = { PATH: process.env["PATH"] ?? "", HOME: home, CODEX_HOME: home };
  const child = spawn(NATIVE_CODEX, ["app-server"], { env, stdio: ["pipe", "pipe", "ignore"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  try {
    child.stdin.write(REQUESTS.map((request) => `${JSON.stringify(request)}\n`).join(""));
    for await (const line of createInterface({ input: child.stdout })) if (JSON.parse(line).id === 2) return line;
    return "";
  } finally {
    child.kill("SIGKILL");
    await ended;
  }
}

test.skipIf(process.env["LAB_CODEX_BIN"] !== undefined)(
  "every model that docs/routing.md names is known to Codex",
  async ({ folder }) => {
    const known = await listModels(folder);
    const page = readFileSync(join(import.meta.dirname, "../../docs/routing.md"), "utf8");
    const models = [...page.matchAll(/"model": "([^"]+)"/g)].map((match) => match[1]);
    expect(models).not.toEqual([]);
    for (const model of models) expect(known).toContain(`"id":"${model}"`);
  },
);
