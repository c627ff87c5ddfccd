import { describe, expect, test } from "vitest";
import { splitConfig } from "../../../../src/agents/codex/config/config-keys.ts";

const codeOf = (act: () => unknown) => {
  try {
    act();
    return "none";
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe("a caller's config", () => {
  test("nested and dotted keys come out flat", () => {
    expect(splitConfig({ tools: { web_search: true }, "features.goals": true, model_verbosity: "low" }, [])).toEqual({
      overrides: { "tools.web_search": true, "features.goals": true, model_verbosity: "low" },
      asArguments: {},
    });
  });

  test.each([
    [{ sandbox_mode: "read-only" }, "sandbox_mode"],
    [{ sandbox_workspace_write: { network_access: true } }, "sandbox_workspace_write.network_access"],
    [{ "sandbox_workspace_write.writable_roots": ["/"] }, "sandbox_workspace_write.writable_roots"],
    [{ approval_policy: "never" }, "approval_policy"],
    [{ model: "x" }, "model"],
  ])("%j is read as an argument", (config, key) => {
    expect(Object.keys(splitConfig(config, []).asArguments)).toEqual([key]);
  });

  test.each([
    { notify: ["sh", "-c", "x"] },
    { mcp_servers: { x: { command: "sh" } } },
    { "mcp_servers.x.command": "sh" },
    { hooks: {} },
    { model_providers: { x: { base_url: "u" } } },
    { model_provider: "x" },
    { openai_base_url: "u" },
    { chatgpt_base_url: "u" },
    { shell_environment_policy: { inherit: "all" } },
    { projects: { "/": { trust_level: "trusted" } } },
    { otel: { exporter: "x" } },
    { default_permissions: "x" },
    { permissions: {} },
    { features: { unbounded_connection_retries: true } },
    { "features.hooks": true },
    { features: {} },
    { features: true },
    { profile: "x" },
    { profiles: { x: { notify: [] } } },
    { model_instructions_file: "/etc/passwd" },
    { 'a"b': 1 },
    { "": 1 },
    { "tools.": 1 },
    { tools: 1 },
    { ".notify": 1 },
    { "notify ": 1 },
    { __proto__x: 1 },
  ])("%j is denied", (config) => {
    expect(codeOf(() => splitConfig(config as never, []))).toBe("CONFIG_DENIED");
  });

  test("the user can allow a key and what lies below it", () => {
    expect(splitConfig({ mcp_servers: { docs: { url: "u" } } }, ["mcp_servers.docs"]).overrides).toEqual({
      "mcp_servers.docs.url": "u",
    });
    expect(codeOf(() => splitConfig({ mcp_servers: { other: { url: "u" } } }, ["mcp_servers.docs"]))).toBe(
      "CONFIG_DENIED",
    );
  });

  test("a key given nested and dotted is refused", () => {
    expect(codeOf(() => splitConfig({ tools: { x: 1 }, "tools.x": 2 }, []))).toBe("INVALID_ARGUMENT");
  });

  test("null means absent", () => {
    expect(splitConfig({ notify: null, tools: { web_search: null } } as never, []).overrides).toEqual({});
  });
});
