// The protocol's own conformance suite: against the built server, and against the suite's tools behind our transport and registration.
// What fails is listed with its reason in the baseline files; an entry that no longer fails fails the test.
import { execFile, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SILENT_LOGGER } from "../../src/domain/logger.ts";
import { redactSecrets } from "../../src/domain/redact.ts";
import { createToolCaller, type ToolCaller } from "../../src/mcp/call-tool.ts";
import { createMcpServer } from "../../src/mcp/server.ts";
import { createTaskMethods } from "../../src/mcp/tasks/task-methods.ts";
import { toToolListing } from "../../src/mcp/tool-list.ts";
import type { WireResult } from "../../src/mcp/tool-result.ts";
import { createStdioTransport } from "../../src/mcp/transport/stdio.ts";
import type { ToolContext } from "../../src/tools/define-tool.ts";
import { makeTool, openJobs, say, toSuiteTools } from "./conformance/suite-tools.ts";
import { type StdioServer, startHttpProxy } from "./http-proxy.ts";
import { startStatelessProxy } from "./stateless-proxy.ts";

const ROOT = join(import.meta.dirname, "../..");
const OLD = "2025-11-25";
const NEW = "2026-07-28";
let folder: string;
let node22: string;
let suite: string;

beforeAll(() => {
  folder = mkdtempSync("/var/tmp/codex-bridge-test-");
  const specs = [
    "@modelcontextprotocol/conformance@0.2.0-alpha.12",
    `node-${process.platform}-${process.arch}@22.23.3`,
  ];
  const printed = execFileSync(process.execPath, [join(ROOT, "scripts/install-tool.mjs"), ...specs], {
    encoding: "utf8",
  });
  const [conformance = "", node = ""] = printed.trim().split("\n");
  suite = join(conformance, "node_modules/@modelcontextprotocol/conformance/dist/index.js");
  node22 = join(node, `node_modules/node-${process.platform}-${process.arch}/bin/node`);
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs what a revision requires; resolves with the suite's exit code and what it printed. */
async function runSuite(
  open: () => StdioServer,
  revision: string,
  baseline: string,
): Promise<{ code: number; printed: string }> {
  const proxy = await (revision === NEW ? startStatelessProxy(open) : startHttpProxy(open));
  const path = join(import.meta.dirname, "conformance", baseline);
  const words = ["server", "--url", proxy.url, "--requirements", revision, "--expected-failures", path];
  const options = { cwd: folder, env: { HOME: folder, PATH: process.env["PATH"] ?? "" }, maxBuffer: 1e8 };
  try {
    return await new Promise((resolve) => {
      execFile(node22, [suite, ...words, "-o", join(folder, baseline)], options, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), printed: `${stdout}\n${stderr}` });
      });
    });
  } finally {
    await proxy.close();
  }
}

test.each([
  [OLD, "built-server.yml"],
  [NEW, "built-server-2026.yml"],
])("the built server in revision %s", async (revision, baseline) => {
  const env = { HOME: folder, PATH: process.env["PATH"] ?? "", BRIDGE_STATE_DIR: join(folder, "state") };
  const open = (): StdioServer => {
    const child = spawn(process.execPath, [join(ROOT, "dist/bin.js")], {
      env,
      cwd: folder,
      stdio: ["pipe", "pipe", "ignore"],
    });
    return { stdin: child.stdin, stdout: child.stdout, close: () => child.stdin.end() };
  };
  const { code, printed } = await runSuite(open, revision, baseline);
  expect(code, printed.slice(-4_000)).toBe(0);
});

test.each([
  [OLD, "test-tools.yml"],
  [NEW, "test-tools-2026.yml"],
])("the suite's own tools behind our transport and registration, in revision %s", async (revision, baseline) => {
  const { code, printed } = await runSuite(openTestServer, revision, baseline);
  expect(code, printed.slice(-4_000)).toBe(0);
  if (revision === NEW) expect(readTasks(printed), printed.slice(-4_000)).toEqual(TASKS);
});

/** The suite runs the scenarios of tasks, and requires none of them: what passes and fails is held here. */
const TASKS: Readonly<Record<string, string>> = {
  "tasks-lifecycle": "9 passed, 0 failed",
  "tasks-capability-negotiation": "5 passed, 0 failed",
  "tasks-wire-fields": "4 passed, 0 failed",
  "tasks-request-state-removal": "3 passed, 0 failed",
  // A job asks one question at a time.
  "tasks-mrtr-input": "3 passed, 1 failed",
  // HTTP is the proxy's, which knows none of these headers.
  "tasks-request-headers": "3 passed, 2 failed",
  "tasks-dispatch-and-envelope": "9 passed, 0 failed",
  "tasks-status-notifications": "0 passed, 0 failed",
  // No tool of the bridge is a task for every client.
  "tasks-required-task-error": "1 passed, 1 failed",
  // The suite answers with a text, and a form of the bridge is one choice.
  "tasks-mrtr-composition": "1 passed, 1 failed",
};

const readTasks = (printed: string): Record<string, string> =>
  Object.fromEntries(
    [...printed.matchAll(/^[✓✗] (tasks-[\w-]+): (.*)$/gm)].map(([, name = "", result = ""]) => [name, result]),
  );

const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";
const IMAGE = { type: "image", data: PIXEL, mimeType: "image/png" };
const toResource = (uri: string, mimeType: string, text: string) => ({
  type: "resource",
  resource: { uri, mimeType, text },
});

/** Content that our own tools never give, but the transport and the server must pass on whole. */
const FIXED: Readonly<Record<string, WireResult["content"]>> = {
  test_image_content: [IMAGE],
  test_audio_content: [
    { type: "audio", data: "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=", mimeType: "audio/wav" },
  ],
  test_embedded_resource: [
    toResource("test://embedded-resource", "text/plain", "This is an embedded resource content."),
  ],
  test_multiple_content_types: [
    { type: "text", text: "Multiple content types test:" },
    IMAGE,
    toResource("test://mixed-content-resource", "application/json", '{"test":"data","value":123}'),
  ],
};

function openTestServer(): StdioServer {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const stateDir = join(folder, "state of the suite's tools");
  const jobs = openJobs(stateDir);
  // No tool of the suite uses more of what a real handler may use.
  const context = () => ({ jobs, taskAfterMs: 0, spill: () => "" }) as unknown as Omit<ToolContext, "call">;
  const taskView = () => ({ now: Date.now(), resultTtlMs: 600_000 });
  const tools = [
    ...toSuiteTools(() => openJobs(stateDir)),
    ...Object.keys(FIXED).map((name) => makeTool(name, async () => say(""))),
  ];
  const callOwn = createToolCaller({ tools, context, logger: SILENT_LOGGER, redact: redactSecrets, taskView });
  const callTool: ToolCaller = async (name, args, call) => {
    const content = FIXED[name];
    return content === undefined ? callOwn(name, args, call) : { result: { content, structuredContent: {} } };
  };
  const listing = tools.map(toToolListing);
  const answerTask = createTaskMethods({ jobs: () => jobs, view: taskView, logger: SILENT_LOGGER });
  const server = createMcpServer({ version: "0", listing, callTool, answerTask, logger: SILENT_LOGGER });
  void server.connect(createStdioTransport({ input, output }));
  const close = (): void => {
    input.end();
    void jobs.close();
  };
  return { stdin: input, stdout: output, close };
}
