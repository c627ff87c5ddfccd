// Profiles, instructions and flags of the registration with the real Codex CLI, kept over a resume.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { type LabBridge, test } from "../support/fixture.ts";
import { CLI, type Lab, RUNS_EVERY_TURN } from "../support/lab.ts";

const lastBody = (lab: Lab) => JSON.stringify(lab.standIn.requests.at(-1)?.body);

describe("a profile", () => {
  /** Writes a profile in the form that the CLI under test reads. */
  function writeProfile(lab: Lab, name: string, text: string): void {
    if (CLI.hasFileProfiles) writeFileSync(join(lab.codexHome, `${name}.config.toml`), text);
    else lab.writeConfig({ tables: `[profiles.${name}]\n${text}` });
  }

  test("is in force for every turn of its thread, its sandbox mode included", async ({ lab, bridge }) => {
    writeProfile(lab, "fast", 'model = "gpt-5.4"\nsandbox_mode = "workspace-write"\n');
    const first = await bridge.call("codex", { prompt: "x", profile: "fast" });
    if (!RUNS_EVERY_TURN) {
      expect(first.text).toMatch(/^\[AGENT_UNSUPPORTED\].*no config profiles.*BRIDGE_BACKEND=auto/);
      return;
    }
    expect(first.isError, first.text).toBe(false);
    expect(lastBody(lab)).toContain('"model":"gpt-5.4"');
    expect(first.structured["sandbox"]).toBe("workspace-write");
    await bridge.restart();
    await bridge.call("codex-reply", { prompt: "y", threadId: first.structured.threadId });
    expect(lastBody(lab)).toContain('"model":"gpt-5.4"');
  });

  test.runIf(CLI.hasFileProfiles && RUNS_EVERY_TURN)(
    "is layered key by key: what it does not name stays, the provider's key too",
    async ({ lab, bridge }) => {
      writeProfile(lab, "mine", '[model_providers.other]\nname = "other"\nbase_url = "http://127.0.0.1:9/v1"\n');
      const result = await bridge.call("codex", { prompt: "x", profile: "mine" });
      expect(result.text).toBe("hello");
    },
  );

  test("that is not there is told, since newer CLIs pass it over", async ({ lab, bridge }) => {
    const result = await bridge.call("codex", { prompt: "x", profile: "gone" });
    expect(result.text).toMatch(/^\[CONFIG_INVALID\].*profile.*gone/);
    expect(lab.standIn.requests).toHaveLength(0);
  });

  test("that only an older CLI would read is told too", async ({ lab, bridge }) => {
    lab.writeConfig({ tables: '[profiles.old]\nmodel = "gpt-5.4"\n' });
    const result = await bridge.call("codex", { prompt: "x", profile: "old" });
    if (CLI.hasFileProfiles)
      expect(result.text).toMatch(/^\[CONFIG_INVALID\].*old\.config\.toml, which does not exist/);
    else expect(result.isError).toBe(false);
  });

  test("does not raise what the user lets callers ask for", async ({ lab, bridge }) => {
    writeProfile(lab, "wide", 'sandbox_mode = "danger-full-access"\n');
    expect((await bridge.call("codex", { prompt: "x", profile: "wide" })).text).toMatch(/^\[SANDBOX_DENIED\]/);
    const write = "sandbox_workspace_write";
    if (CLI.hasFileProfiles) writeProfile(lab, "net", `[${write}]\nnetwork_access = true\n`);
    else writeProfile(lab, "net", `${write} = { network_access = true }\n`);
    const net = await bridge.call("codex", { prompt: "x", profile: "net", sandbox: "workspace-write" });
    expect(net.text).toMatch(/^\[SANDBOX_DENIED\].*network/);
  });
});

test("a compact prompt is what Codex compacts with", async ({ lab, bridge }) => {
  lab.respond(() => ({ steps: [{ say: "hello" }], usage: { input: 90_000, output: 10 } }));
  lab.writeConfig({ top: "model_context_window = 200000\n" });
  const config = { model_auto_compact_token_limit: 50_000 };
  const first = await bridge.call("codex", { prompt: "x", "compact-prompt": "HERON", config });
  if (!CLI.takesInstructions) {
    expect(first.text).toMatch(/^\[AGENT_UNSUPPORTED\].*compact-prompt/);
    return;
  }
  await bridge.call("codex-reply", { prompt: "y", threadId: first.structured.threadId });
  expect(lab.standIn.requests.some((request) => request.userTexts.includes("HERON"))).toBe(true);
});

test.runIf(!CLI.takesInstructions)(
  "developer instructions are refused where they would be passed over",
  async ({ bridge }) => {
    const result = await bridge.call("codex", { prompt: "x", "developer-instructions": "y" });
    expect(result.text).toMatch(/^\[AGENT_UNSUPPORTED\].*developer-instructions/);
  },
);

describe("flags of the registration, as `codex mcp-server` took them", () => {
  const start = (bridge: LabBridge, overrides: string[], profile?: string) =>
    bridge.restart({ codexFlags: { overrides, profile } });

  test("are in force for every turn, and yield to the caller's arguments", async ({ lab, bridge }) => {
    await start(bridge, ['model="gpt-5.4"', 'sandbox_mode="workspace-write"', "model_reasoning_effort=high"]);
    const first = await bridge.call("codex", { prompt: "x" });
    expect(first.structured["sandbox"]).toBe("workspace-write");
    expect(lastBody(lab)).toContain('"model":"gpt-5.4"');
    expect(lastBody(lab)).toContain('"effort":"high"');
    await bridge.call("codex-reply", { prompt: "y", threadId: first.structured.threadId });
    expect(lastBody(lab)).toContain('"model":"gpt-5.4"');
    await bridge.call("codex", { prompt: "x", model: "gpt-5.5", reasoningEffort: "low", sandbox: "read-only" });
    expect(lastBody(lab)).toContain('"model":"gpt-5.5"');
    expect(lastBody(lab)).toContain('"effort":"low"');
  });

  test("decide on the provider, and so on the credential", async ({ lab, bridge }) => {
    lab.writeConfig({
      tables: '[model_providers.other]\nname = "other"\nbase_url = "http://127.0.0.1:9/v1"\nenv_key = "OTHER_KEY"\n',
    });
    await start(bridge, ['model_provider="other"']);
    const result = await bridge.call("codex", { prompt: "x" });
    expect(result.text).toMatch(/^\[AGENT_UNAUTHENTICATED\].*OTHER_KEY is not set/);
  });

  test("name a profile for who names none", async ({ bridge }) => {
    await start(bridge, [], "gone");
    expect((await bridge.call("codex", { prompt: "x" })).text).toMatch(/^\[CONFIG_INVALID\].*gone/);
  });
});
