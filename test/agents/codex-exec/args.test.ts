import { expect, test } from "vitest";
import { buildExecArgs, type ExecRun } from "../../../src/agents/codex-exec/args.ts";
import { READ_ONLY } from "../../../src/domain/sandbox.ts";

const base: ExecRun = {
  frame: { cwd: "/p", sandbox: READ_ONLY, approvalPolicy: "never", config: {}, backend: "codex-exec" },
  threadId: undefined,
  images: [],
  outputSchemaPath: undefined,
  baseInstructions: undefined,
  mark: { name: "BRIDGE_RUN", value: "r1" },
  readsOnly: false,
  withoutSubagents: false,
  withoutGoals: false,
  threadSource: "tag",
  hiddenVariables: [],
  snapshotsShell: false,
  mcpServers: [],
  requireGit: false,
  isEphemeral: false,
  ignoresRules: false,
  profile: undefined,
  trust: {},
};

test("a new read-only thread", () => {
  expect(buildExecArgs(base)).toEqual([
    ...["exec", "--json", "-s", "read-only", "-C", "/p", "--thread-source", "tag", "--skip-git-repo-check"],
    ...["-c", 'shell_environment_policy.set.BRIDGE_RUN="r1"', "-c", "features.unbounded_connection_retries=false", "-"],
  ]);
});

test("every option stands before `resume`, the only order that all CLIs take", () => {
  const args = buildExecArgs({
    ...base,
    threadId: "t1",
    images: ["/a.png"],
    outputSchemaPath: "/s.json",
    mcpServers: [["mcp_servers.me.enabled", false]],
    requireGit: true,
    isEphemeral: false,
    ignoresRules: true,
    baseInstructions: { key: "model_instructions_file", path: "/b.md" },
    trust: { '/a "b"': "untrusted", "/c": "trusted" },
    frame: {
      ...base.frame,
      sandbox: {
        ...READ_ONLY,
        mode: "workspace-write",
        writableRoots: ["/d"],
        networkAccess: true,
        excludeSlashTmp: true,
      },
      model: "m",
      reasoningEffort: "high",
      developerInstructions: 'say "hi"',
      compactPrompt: "short",
      profile: "mine",
      config: { "tools.web_search": true },
    },
  });
  expect(args.slice(-3)).toEqual(["resume", "t1", "-"]);
  expect(args).not.toContain("--thread-source");
  expect(args).not.toContain("--skip-git-repo-check");
  expect(args.indexOf("--ignore-rules")).toBeGreaterThan(0);
  // `-i` takes every word up to the next option.
  expect(args[args.indexOf("/a.png") + 1]).toMatch(/^-/);
  expect(args).toEqual(
    expect.arrayContaining([
      'sandbox_workspace_write={network_access=true,writable_roots=["/d"],exclude_slash_tmp=true,exclude_tmpdir_env_var=false}',
      'model_reasoning_effort="high"',
      'developer_instructions="say \\"hi\\""',
      "tools.web_search=true",
      "mcp_servers.me.enabled=false",
      'compact_prompt="short"',
      'model_instructions_file="/b.md"',
      "mine",
      'projects={"/a \\"b\\""={trust_level="untrusted"},"/c"={trust_level="trusted"}}',
    ]),
  );
});

test("subagents are switched off with their variants, after what a caller sets", () => {
  const args = buildExecArgs({
    ...base,
    withoutSubagents: true,
    frame: { ...base.frame, config: { "features.multi_agent": true } },
  });
  const off = ["features.multi_agent=false", "features.multi_agent_v2=false", "features.enable_fanout=false"];
  expect(args.filter((word) => /agent|fanout|apps/.test(word))).toEqual(["features.multi_agent=true", ...off]);
});

test("what commands must not see is kept from them, on the CLIs too that give it back", () => {
  const hidden = { ...base, hiddenVariables: ["THEIRS_*", "KEY"] };
  expect(buildExecArgs(hidden)).toContain('shell_environment_policy.exclude=["THEIRS_*","KEY"]');
  expect(buildExecArgs(hidden).join()).not.toContain("shell_snapshot");
  expect(buildExecArgs({ ...hidden, snapshotsShell: true })).toContain("features.shell_snapshot=false");
});
