// The set-up that tests share. A test names what it needs and gets it, made for it alone and cleaned up after it;
// what a test does not name is not made.
//
//   import { test } from "./fixture.ts";
//
//   test("a turn", async ({ lab, bridge }) => {
//     lab.respond(say("hi"));
//     expect((await bridge.call("codex", { prompt: "x" })).text).toBe("hi");
//     await bridge.restart({ env: { BRIDGE_MAX_TURNS: "1" } });
//   });
//
// Rows that need a fixture: `test.for(rows)("…", async (row, { bridge }) => …)`.
// What holds for a whole file: `const test = labTest.extend("lab", async ({ lab }) => { lab.respond(say("ok")); return lab; })`,
// or `test.override("bridgeOptions", ({ lab }) => ({ env: { CODEX_BIN: join(lab.root, "codex") } }))`.
import { mkdtempSync, rmSync } from "node:fs";
import { nanoid } from "nanoid";
import { test as base } from "vitest";
import { type BridgeOptions, startBridge, type TestBridge } from "./bridge.ts";
import { createLab, isWarmServer } from "./lab.ts";
import { findMarked, killMarked, type StdioBridge, type StdioBridgeOptions, startStdioBridge } from "./stdio-bridge.ts";

/** How a test starts a bridge: `env` comes on top of the lab's, `undefined` takes a variable away. */
export type LabBridgeOptions = Partial<Omit<BridgeOptions, "env">> & {
  readonly env?: Record<string, string | undefined>;
};

/** Starts a bridge in this process. */
export type StartBridge = (options?: LabBridgeOptions) => Promise<TestBridge>;

/** A bridge that can be started anew. */
export interface LabBridge extends TestBridge {
  /** Closes it and starts it with its own options and these on top. */
  restart(options?: LabBridgeOptions): Promise<void>;
}

/** The processes of one test. */
export interface MarkedProcesses {
  /** `NAME=value` in the environment of every server that the test starts, and of all that these start. */
  readonly mark: string;
  list(): { pid: number; command: string }[];
  /** All but some servers. */
  besides(...servers: StdioBridge[]): { pid: number; command: string }[];
  /** What turns have left: all but some servers and the app servers, which are kept for the next turn. */
  left(...servers: StdioBridge[]): { pid: number; command: string }[];
}

/** Starts the built server as a process of its own, with the test's mark. */
export type StartServer = (options: StdioBridgeOptions) => StdioBridge;

export const test = base
  // An empty folder; not under /tmp, which every workspace-write sandbox may write.
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures this one needs
  .extend("folder", ({}, { onCleanup }): string => {
    const folder = mkdtempSync("/var/tmp/codex-bridge-test-");
    onCleanup(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
    return folder;
  })
  // biome-ignore lint/correctness/noEmptyPattern: as above
  .extend("lab", async ({}, { onCleanup }) => {
    const lab = await createLab();
    onCleanup(lab.close);
    return lab;
  })
  .extend("startBridge", async ({ lab }, { onCleanup }): Promise<StartBridge> => {
    const started: TestBridge[] = [];
    onCleanup(async () => {
      for (const bridge of started) await bridge.close();
    });
    return async (options) => {
      const all = Object.entries({ ...lab.env, ...options?.env });
      const env = Object.fromEntries(all.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
      const bridge = await startBridge({ cwd: lab.project, ...options, env });
      started.push(bridge);
      return bridge;
    };
  })
  .extend("bridgeOptions", (): LabBridgeOptions => ({}))
  .extend("bridge", async ({ startBridge, bridgeOptions }): Promise<LabBridge> => {
    let current = await startBridge(bridgeOptions);
    return {
      get client() {
        return current.client;
      },
      get jobs() {
        return current.jobs;
      },
      call: (...args) => current.call(...args),
      close: () => current.close(),
      restart: async (options) => {
        await current.close();
        const env = { ...bridgeOptions.env, ...options?.env };
        current = await startBridge({ ...bridgeOptions, ...options, env });
      },
    };
  })
  // biome-ignore lint/correctness/noEmptyPattern: as above
  .extend("processes", ({}, { onCleanup }): MarkedProcesses => {
    const mark = `LAB_CASE=${nanoid()}`;
    const list = () => findMarked(mark);
    onCleanup(() => killMarked(mark));
    const besides: MarkedProcesses["besides"] = (...servers) =>
      list().filter(({ pid }) => !servers.some((server) => server.process.pid === pid));
    const left: MarkedProcesses["left"] = (...servers) => besides(...servers).filter((seen) => !isWarmServer(seen));
    return { mark, list, besides, left };
  })
  .extend("startServer", async ({ processes }, { onCleanup }): Promise<StartServer> => {
    const started: StdioBridge[] = [];
    onCleanup(async () => {
      for (const server of started) server.process.kill("SIGKILL");
      // Before the lab goes, whose files they write.
      killMarked(processes.mark);
      await Promise.all(started.map(({ exited }) => exited));
    });
    return (options) => {
      const [name = "", value = ""] = processes.mark.split("=");
      const server = startStdioBridge({ ...options, env: { ...options.env, [name]: value } });
      started.push(server);
      return server;
    };
  });
