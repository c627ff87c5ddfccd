// The machine's own layer of Codex's config, which no test may write: both programs run where /etc is a copy with one in it.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { connectClient } from "../../src/mcp/client.ts";
import { toCodexConfig } from "../../src/setup/demo/responses-standin.ts";
import { test } from "../support/fixture.ts";
import { CLI, say } from "../support/lab.ts";

const BIN = join(import.meta.dirname, "../../dist/bin.js");

// 0.50 knows no such layer.
test.skipIf(existsSync("/etc/codex") || !CLI.takesInstructions)(
  "a provider of /etc/codex/config.toml is the one that a turn uses",
  async ({ lab }) => {
    lab.respond(say("by the machine's provider"));
    const etc = join(lab.root, "etc");
    mkdirSync(join(etc, "codex"), { recursive: true });
    writeFileSync(join(etc, "codex/config.toml"), toCodexConfig(lab.standIn.baseUrl));
    writeFileSync(join(lab.codexHome, "config.toml"), 'model_reasoning_effort = "low"\n');
    const script =
      'cp -a /etc/passwd /etc/hosts /etc/nsswitch.conf "$1" && mount --bind "$1" /etc && shift && exec "$@"';
    const client = await connectClient(
      {
        command: "unshare",
        args: ["-Urm", "sh", "-c", script, "sh", etc, process.execPath, BIN],
        env: lab.env,
        cwd: lab.project,
      },
      "test",
    );
    try {
      const { isError, text } = await client.call("codex", { prompt: "x" }, () => {});
      expect(isError, text).toBe(false);
      expect(text).toContain("by the machine's provider");
      expect(lab.standIn.requests[0]?.authorization).toBe("Bearer dummy");
    } finally {
      await client.close();
    }
  },
);
