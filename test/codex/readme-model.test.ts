// What the README names must exist: its example model, by the list of the newest Codex CLI.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { NATIVE_CODEX } from "../support/lab.ts";

const REQUESTS = [
  { id: 1, method: "initialize", params: { clientInfo: { name: "test", version: "1" } } },
  { method: "initialized" },
  { id: 2, method: "model/list", params: {} },
];

test.skipIf(process.env["LAB_CODEX_BIN"] !== undefined)("every model that the README names is known to Codex", () => {
  const home = mkdtempSync("/var/tmp/codex-bridge-test-");
  try {
    const lines = REQUESTS.map((request) => JSON.stringify(request)).join("\n");
    // Its input stays open until it has answered: it ends with its input.
    const script = `(printf '%s\\n' "$LINES"; sleep 3) | "$CODEX" app-server`;
    const env = { PATH: process.env["PATH"] ?? "", HOME: home, CODEX_HOME: home, CODEX: NATIVE_CODEX, LINES: lines };
    const printed = execFileSync("sh", ["-c", script], { env, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    const readme = readFileSync(join(import.meta.dirname, "../../README.md"), "utf8");
    const models = [...readme.matchAll(/"model": "([^"]+)"/g)].map((match) => match[1]);
    expect(models).not.toEqual([]);
    for (const model of models) expect(printed).toContain(`"id":"${model}"`);
  } finally {
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  }
});
