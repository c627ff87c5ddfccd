// Servers as processes: start, share, idle, crash, end. Each server is a script of the test's.
import { existsSync } from "node:fs";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { createFailedLaunches, type NoServer } from "../../../../src/agents/codex-app-server/server/failed-launches.ts";
import {
  RequestTimedOut,
  type ServerEnd,
  ServerEnded,
} from "../../../../src/agents/codex-app-server/server/server-errors.ts";
import type { ServerConnection } from "../../../../src/agents/codex-app-server/server/server-types.ts";
import { createProcessTable } from "../../../../src/process/process-table.ts";
import { until } from "../../../support/lab.ts";
import { createScriptedServers, type ScriptedServers } from "../../../support/scripted-app-server.ts";

const NEVER = new AbortController().signal;
let servers: ScriptedServers;

beforeEach(() => {
  servers = createScriptedServers();
});
afterEach(() => servers.close());

const ping = (connection: ServerConnection) => connection.request("ping", { n: 1 }, { timeoutMs: 10_000 });

function hearEnd(connection: ServerConnection, threadId = "t"): Promise<ServerEnd> {
  return new Promise((ended) => {
    connection.listen(threadId, {
      notification: () => {},
      request: async () => ({}),
      skipped: () => {},
      ended,
    });
  });
}

describe("start", () => {
  test("handshake, then requests; the run is on record and marked", async () => {
    const keeper = servers.keeper({ hello: { clientInfo: { name: "me", version: "2" }, capabilities: {} } });
    const lease = await keeper.take(
      servers.launch("on.tell = ({ id }) => send({ id, result: { heard, run: process.env.BRIDGE_RUN } });"),
      NEVER,
    );
    expect(lease.connection.userAgent).toBe("scripted/1");
    const told = await lease.connection.request("tell", {}, { timeoutMs: 10_000 });
    expect(told).toMatchObject({
      heard: [
        { jsonrpc: "2.0", id: 0, method: "initialize", params: { clientInfo: { name: "me", version: "2" } } },
        { jsonrpc: "2.0", method: "initialized" },
        { method: "tell" },
      ],
    });
    const [record] = [...servers.records.values()];
    expect(record).toMatchObject({ id: told["run"], mark: `BRIDGE_RUN=${told["run"]}` });
    expect(record?.root?.pid).toBe(servers.alive()[0]?.pid);
    await keeper.close();
    expect(servers.alive()).toEqual([]);
    expect(servers.records.size).toBe(0);
  });

  test("two takes at once start one server; the next joins it", async () => {
    const keeper = servers.keeper();
    const launch = servers.launch("");
    const [a, b] = await Promise.all([keeper.take(launch, NEVER), keeper.take({ ...launch }, NEVER)]);
    const c = await keeper.take(launch, NEVER);
    expect(a.connection).toBe(b.connection);
    expect(c.connection).toBe(a.connection);
    expect(servers.countStarts(launch)).toBe(1);
  });

  test("another environment is another server, beside the first", async () => {
    const keeper = servers.keeper();
    const launch = servers.launch("");
    const a = await keeper.take(launch, NEVER);
    const b = await keeper.take({ ...launch, env: { ...launch.env, MORE: "1" } }, NEVER);
    expect(a.connection).not.toBe(b.connection);
    expect(a.retired.aborted).toBe(false);
    await Promise.all([ping(a.connection), ping(b.connection)]);
  });

  test("one that dies once as it starts is started again", async () => {
    const launch = servers.launch("if (started === 1) process.exit(7);");
    const lease = await servers.keeper().take(launch, NEVER);
    await ping(lease.connection);
    expect(servers.countStarts(launch)).toBe(2);
    expect(servers.records.size).toBe(1);
  });

  test.for<[string, string, object, number]>([
    [
      "dies each time",
      'process.stderr.write("\\u001b[31mError: state\\u001b[0m database broken\\n"); process.exit(7);',
      { code: "AGENT_BROKEN", report: { agentText: "Error: state database broken" } },
      2,
    ],
    ["is killed each time", 'process.kill(process.pid, "SIGKILL");', { code: "AGENT_BROKEN" }, 2],
    [
      "does not know the command",
      "process.stderr.write(\"error: unrecognized subcommand 'app-server'\\n\"); process.exit(2);",
      { code: "AGENT_UNSUPPORTED" },
      1,
    ],
    [
      "does not accept its configuration",
      'process.stderr.write("Error loading config.toml: bad\\n"); process.exit(1);',
      { code: "CONFIG_INVALID" },
      2,
    ],
    [
      "refuses to be initialized",
      "on.initialize = ({ id }) => send({ id, error: { code: -32600, message: 'no' } });",
      { code: "AGENT_UNSUPPORTED", report: { agentText: "no" } },
      1,
    ],
    [
      "answers as 0.50 does",
      "on.initialize = ({ id }) => send({ id, result: { userAgent: 'codex_cli_rs/0.50.0 (x)' } });",
      { code: "AGENT_UNSUPPORTED" },
      1,
    ],
    [
      "answers with nothing",
      "on.initialize = ({ id }) => send({ id, result: null });",
      { code: "AGENT_UNSUPPORTED" },
      1,
    ],
    ["never answers", "on.initialize = () => {};", { code: "AGENT_NOT_ANSWERING" }, 1],
    [
      "speaks another language",
      "on.initialize = () => { for (let n = 0; n < 100; n += 1) console.log('garbage', n); };",
      { code: "AGENT_NOT_ANSWERING" },
      1,
    ],
  ])("a server that %s", async ([, body, error, starts]) => {
    const keeper = servers.keeper({ startMs: 1_500 });
    const launch = servers.launch(body);
    await expect(keeper.take(launch, NEVER)).rejects.toMatchObject(error);
    expect(servers.countStarts(launch)).toBe(starts);
    expect(servers.alive()).toEqual([]);
    expect(servers.records.size).toBe(0);
  });

  test("a program that is not there, and one that echoes", async () => {
    const keeper = servers.keeper();
    const launch = servers.launch("");
    await expect(keeper.take({ ...launch, file: "/nowhere/codex" }, NEVER)).rejects.toMatchObject({
      code: "AGENT_NOT_FOUND",
    });
    await expect(keeper.take({ ...launch, file: "/bin/cat", args: [] }, NEVER)).rejects.toMatchObject({
      code: "AGENT_UNSUPPORTED",
    });
    expect(servers.records.size).toBe(0);
    expect(servers.alive()).toEqual([]);
  });

  test("a failed start is told to all who wait, and the next take tries again", async () => {
    const keeper = servers.keeper();
    const launch = servers.launch("if (started < 3) process.exit(7);");
    const waiting = [keeper.take(launch, NEVER), keeper.take(launch, NEVER)];
    for (const taken of waiting) await expect(taken).rejects.toMatchObject({ code: "AGENT_BROKEN" });
    await ping((await keeper.take(launch, NEVER)).connection);
    expect(servers.countStarts(launch)).toBe(3);
  });

  test("a launch that failed is not tried again for a while, unless something of it has changed", async () => {
    let now = 0;
    const keeper = servers.keeper({ failed: createFailedLaunches({ retryMs: 1_000, clock: () => now }) });
    const launch = servers.launch("if (started < 3) process.exit(7);");
    await expect(keeper.take(launch, NEVER)).rejects.toMatchObject({
      code: "AGENT_BROKEN",
      failure: { wasTold: false },
    });
    now = 999;
    const again = await keeper.take(launch, NEVER).catch((error: unknown) => error);
    expect(again).toMatchObject({ code: "AGENT_BROKEN", failure: { wasTold: false } });
    // By the turn that meets it first and can say so.
    (again as NoServer).failure.wasTold = true;
    await expect(keeper.take(launch, NEVER)).rejects.toMatchObject({ failure: { wasTold: true } });
    expect(servers.countStarts(launch)).toBe(2);
    await ping((await keeper.take({ ...launch, stamp: "2" }, NEVER)).connection);
    now = 1_000;
    await ping((await keeper.take(launch, NEVER)).connection);
  });

  test("an app server that cannot be used is tried again after a while too, and a take that was given up says nothing of it", async () => {
    let now = 0;
    const keeper = servers.keeper({ failed: createFailedLaunches({ retryMs: 1_000, clock: () => now }) });
    const launch = servers.launch(
      `const answer = on.initialize;
      on.initialize = (asked) => {
        if (started === 2) send({ id: asked.id, error: { code: 1, message: "no" } });
        if (started > 2) answer(asked);
      };`,
    );
    const stop = new AbortController();
    const aborted = keeper.take(launch, stop.signal);
    await until("it has been started", () => servers.countStarts(launch) === 1);
    stop.abort("enough");
    await expect(aborted).rejects.toBe("enough");
    await expect(keeper.take(launch, NEVER)).rejects.toMatchObject({ code: "AGENT_UNSUPPORTED" });
    now = 999;
    await expect(keeper.take(launch, NEVER)).rejects.toMatchObject({ code: "AGENT_UNSUPPORTED" });
    expect(servers.countStarts(launch)).toBe(2);
    // A refusal may hold for the moment only.
    now = 1_000;
    await ping((await keeper.take(launch, NEVER)).connection);
  });

  test.for([0, 1, 5, 30, 80, 150])("an abort %i ms after the start leaves nothing running", async (ms) => {
    const stop = new AbortController();
    const taken = servers.keeper().take(servers.launch("on.initialize = () => {};"), stop.signal);
    setTimeout(() => stop.abort("enough"), ms);
    await expect(taken).rejects.toBe("enough");
    expect(servers.alive()).toEqual([]);
    expect(servers.records.size).toBe(0);
  });

  test("an abort of one who waits leaves the start to the other", async () => {
    const keeper = servers.keeper();
    const launch = servers.launch("");
    const stop = new AbortController();
    const aborted = keeper.take(launch, stop.signal);
    const other = keeper.take(launch, NEVER);
    stop.abort("enough");
    await expect(aborted).rejects.toBe("enough");
    await ping((await other).connection);
    expect(servers.countStarts(launch)).toBe(1);
  });

  test("a take just after the last one who waited has left starts anew", async () => {
    const keeper = servers.keeper();
    const launch = servers.launch("if (started === 1) on.initialize = () => {};");
    const stop = new AbortController();
    const aborted = keeper.take(launch, stop.signal);
    await until("it has been started", () => servers.countStarts(launch) === 1);
    stop.abort("enough");
    await new Promise((resolve) => setImmediate(resolve));
    const next = keeper.take(launch, NEVER);
    await expect(aborted).rejects.toBe("enough");
    const lease = await next;
    await ping(lease.connection);
    expect(servers.countStarts(launch)).toBe(2);
  });
});

describe("with an API key", () => {
  const KEY = "sk-of-the-environment";
  const store = (name: string): string =>
    `on["config/read"] = ({ id }) => send({ id, result: { config: { cli_auth_credentials_store: "${name}" } } });`;
  const answer = (text: string): string => `on["account/login/start"] = ({ id, params }) => send({ id, ${text} });`;

  test("it is logged in before anybody uses it; another key is another server", async () => {
    const keeper = servers.keeper();
    const body = `${store("ephemeral")}\n${answer('result: { type: "apiKey" }')}\non.tell = ({ id }) => send({ id, result: { heard } });`;
    const launch = servers.launch(body, { apiKey: KEY });
    const lease = await keeper.take(launch, NEVER);
    const { heard } = await lease.connection.request("tell", {}, { timeoutMs: 10_000 });
    expect(heard).toMatchObject([
      { method: "initialize" },
      { method: "initialized" },
      { method: "config/read" },
      { method: "account/login/start", params: { type: "apiKey", apiKey: KEY } },
      { method: "tell" },
    ]);
    await keeper.take(launch, NEVER);
    expect(servers.countStarts(launch)).toBe(1);
    await keeper.take({ ...launch, apiKey: "sk-other" }, NEVER);
    expect(servers.countStarts(launch)).toBe(2);
  });

  const logged = 'appendFileSync(process.argv[2] + ".logged", "x");';
  test.for<[string, string, string]>([
    ["that it refuses", answer(`error: { code: -32600, message: "no " + params.apiKey }`), "AGENT_UNAUTHENTICATED"],
    ["whose login it never answers", 'on["account/login/start"] = () => {};', "AGENT_NOT_ANSWERING"],
    ["whose login it answers with something else", answer('result: { type: "chatgpt" }'), "AGENT_UNSUPPORTED"],
    ["that would be stored", `${store("file")} on["account/login/start"] = () => { ${logged} };`, "AGENT_UNSUPPORTED"],
    [
      "and a config that it cannot read",
      `on["config/read"] = ({ id }) => send({ id, error: { code: -32603, message: "invalid configuration: x" } });`,
      "CONFIG_INVALID",
    ],
  ])("%s", async ([, body, code]) => {
    const keeper = servers.keeper({ startMs: 1_500 });
    const launch = servers.launch(`${store("ephemeral")}\n${body}`, { apiKey: KEY });
    const error = await keeper.take(launch, NEVER).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(KEY);
    expect(existsSync(`${launch.args[0]}.logged`)).toBe(false);
    expect(servers.alive()).toEqual([]);
  });
});

describe("use", () => {
  test("a flood of 200,000 lines arrives whole and in order, and other requests are answered meanwhile", async () => {
    const body = `on.flood = ({ id }) => {
      let text = "";
      for (let n = 0; n < 200000; n += 1) text += JSON.stringify({ method: "delta", params: { threadId: "t", n } }) + "\\n";
      process.stdout.write(text, () => send({ id, result: {} }));
    };`;
    const { connection } = await servers.keeper().take(servers.launch(body), NEVER);
    let next = 0;
    connection.listen("t", {
      notification: (_method, { n }) => {
        if (n === next) next += 1;
      },
      request: async () => ({}),
      skipped: () => {},
      ended: () => {},
    });
    await Promise.all([connection.request("flood", {}, { timeoutMs: 20_000 }), ping(connection)]);
    expect(next).toBe(200_000);
  });

  test("a server that reads slowly gets everything in the end", async () => {
    const body = `
      lines.pause();
      process.stdin.pause();
      setTimeout(() => lines.resume(), 400);
      on.size = ({ id, params }) => send({ id, result: { size: params.text.length } });
    `;
    const launch = servers.launch(
      `on.slow = () => {${body}}; on.size = ({ id, params }) => send({ id, result: { size: params.text.length } });`,
    );
    const { connection } = await servers.keeper().take(launch, NEVER);
    void connection.request("slow", {}, { timeoutMs: 60_000 }).catch(() => {});
    const text = "x".repeat(1_000_000);
    const sizes = await Promise.all(
      Array.from({ length: 20 }, () => connection.request("size", { text }, { timeoutMs: 20_000 })),
    );
    expect(new Set(sizes.map(({ size }) => size))).toEqual(new Set([1_000_000]));
  });

  test("a server that never reads is ended before it fills the memory", async () => {
    const { connection } = await servers
      .keeper()
      .take(
        servers.launch("on.stop = () => { lines.pause(); process.stdin.pause(); setInterval(() => {}, 1000); };"),
        NEVER,
      );
    const ended = hearEnd(connection);
    void connection.request("stop", {}, { timeoutMs: 60_000 }).catch(() => {});
    const text = "x".repeat(10_000_000);
    const failed = await Promise.all(
      Array.from({ length: 20 }, () => connection.request("ping", { text }, { timeoutMs: 60_000 }).catch((why) => why)),
    );
    expect(failed.every((why) => why instanceof ServerEnded)).toBe(true);
    expect((await ended).signal).toBe("SIGKILL");
  });

  test("a line of 70 MB is skipped and told; the next lines are read", async () => {
    const body = `on.long = ({ id }) => {
      process.stdout.write('{"method":"delta","params":{"text":"' + "x".repeat(70e6) + '"}}\\n', () => send({ id, result: {} }));
    };`;
    const { connection } = await servers.keeper().take(servers.launch(body), NEVER);
    const skipped = vi.fn();
    connection.listen("t", { notification: () => {}, request: async () => ({}), skipped, ended: () => {} });
    await connection.request("long", {}, { timeoutMs: 20_000 });
    expect(skipped).toHaveBeenCalledOnce();
    await ping(connection);
  });

  test("a question of the server's and its answer", async () => {
    const body = `on.go = ({ id }) => {
      send({ method: "ask", id: 0, params: { threadId: "t" } });
      on.answer = (message) => send({ id, result: { answer: message } });
    };`;
    const { connection } = await servers.keeper().take(servers.launch(body), NEVER);
    connection.listen("t", {
      notification: () => {},
      request: async () => ({ decision: "accept" }),
      skipped: () => {},
      ended: () => {},
    });
    expect(await connection.request("go", {}, { timeoutMs: 10_000 })).toEqual({
      answer: { jsonrpc: "2.0", id: 0, result: { decision: "accept" } },
    });
  });

  test("a stopped server: requests time out, and the next take gets another one", async () => {
    const keeper = servers.keeper();
    const launch = servers.launch("");
    const lease = await keeper.take(launch, NEVER);
    const [{ pid } = { pid: 0 }] = servers.alive();
    process.kill(pid, "SIGSTOP");
    await expect(lease.connection.request("ping", {}, { timeoutMs: 100 })).rejects.toBeInstanceOf(RequestTimedOut);
    const next = await keeper.take(launch, NEVER);
    expect(lease.retired.aborted).toBe(true);
    await ping(next.connection);
    lease.release();
    await until("the stopped one is gone", () => servers.alive().every((process) => process.pid !== pid));
    await ping(next.connection);
    process.kill(servers.alive()[0]?.pid ?? 0, "SIGSTOP");
    const before = performance.now();
    await keeper.close();
    expect(performance.now() - before).toBeLessThan(1_000);
    expect(servers.alive()).toEqual([]);
  });

  test("one request without an answer does not make a server that lives another one", async () => {
    const keeper = servers.keeper();
    const launch = servers.launch(
      'on["thread/loaded/list"] = ({ id }) => send({ id, error: { code: 1, message: "" } });',
    );
    const { connection } = await keeper.take(launch, NEVER);
    await expect(connection.request("nothing", {}, { timeoutMs: 50 })).rejects.toBeInstanceOf(RequestTimedOut);
    expect((await keeper.take(launch, NEVER)).connection).toBe(connection);
  });
});

describe("end", () => {
  test("a helper that Codex has lost, without a mark or a parent, is ended with its server", async () => {
    const lost = "env -i /bin/sh -c 'sleep 398; true' --codex-run-as-fs-helper /nonexistent/codex-bridge &";
    const launch = servers.launch(`
      import { spawn } from "node:child_process";
      on.lose = ({ id }) => spawn("/bin/sh", ["-c", ${JSON.stringify(lost)}], { detached: true, stdio: "ignore" })
        .once("exit", () => send({ id, result: {} }));
    `);
    const table = createProcessTable("linux");
    const words = ["--codex-run-as-fs-helper", "/nonexistent/codex-bridge"];
    const findLost = () => table.list().filter(({ pid }) => table.hasWords(pid, words));
    const keeper = servers.keeper();
    const lease = await keeper.take(launch, NEVER);
    await lease.connection.request("lose", {}, { timeoutMs: 10_000 });
    await until("the helper runs", () => findLost().length === 1);
    await keeper.close();
    expect(findLost()).toEqual([]);
  });

  // A child that ignores the end of its input and SIGTERM, in a session of its own or not.
  const CHILDREN = `
    import { spawn } from "node:child_process";
    for (const detached of [true, false]) {
      spawn("/bin/sh", ["-c", "trap '' TERM HUP; sleep 300; exit"], { stdio: "ignore", detached });
    }
  `;
  const countChildren = () => servers.alive().filter(({ command }) => command.startsWith("sleep")).length;

  test("idle: it ends some time after its last lease, with all that it started", async () => {
    const keeper = servers.keeper({ idleMs: 300 });
    const launch = servers.launch(CHILDREN);
    const [a, b] = [await keeper.take(launch, NEVER), await keeper.take(launch, NEVER)];
    await until("its children run", () => countChildren() === 2);
    a.release();
    a.release();
    await new Promise((resolve) => setTimeout(resolve, 600));
    await ping(b.connection);
    b.release();
    await until("it has ended", () => servers.alive().length === 0 && servers.records.size === 0);
    await ping((await keeper.take(launch, NEVER)).connection);
    expect(servers.countStarts(launch)).toBe(2);
  });

  test("one for a single thread: each take has its own, and one of those that are free is kept", async () => {
    const keeper = servers.keeper();
    const launch = servers.launch("");
    const alone = { ...launch, isForOneThread: true };
    const [a, b] = [await keeper.take(alone, NEVER), await keeper.take(alone, NEVER)];
    expect([a.isAlone, b.isAlone]).toEqual([true, true]);
    expect((await keeper.take(launch, NEVER)).isAlone).toBe(false);
    expect(servers.countStarts(launch)).toBe(3);
    a.release();
    b.release();
    await until("one has ended", () => servers.alive().length === 2);
    const c = await keeper.take(alone, NEVER);
    await ping(c.connection);
    expect(servers.countStarts(launch)).toBe(3);
    await c.end("gently");
    expect(servers.alive()).toHaveLength(1);
  });

  test("a take within the idle time keeps it", async () => {
    const keeper = servers.keeper({ idleMs: 300 });
    const launch = servers.launch("");
    const first = await keeper.take(launch, NEVER);
    for (let turn = 0; turn < 4; turn += 1) {
      const lease = await keeper.take(launch, NEVER);
      if (turn === 0) first.release();
      lease.release();
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    expect(servers.countStarts(launch)).toBe(1);
  });

  test("a take while it ends waits for the end, then starts another", async () => {
    const keeper = servers.keeper({ idleMs: 10 });
    const launch = servers.launch("on.close = () => setTimeout(() => process.exit(0), 300);");
    (await keeper.take(launch, NEVER)).release();
    const [{ pid } = { pid: 0 }] = servers.alive();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const next = await keeper.take(launch, NEVER);
    expect(servers.alive().map((process) => process.pid)).not.toContain(pid);
    await ping(next.connection);
  });

  test("one that does not exit by itself is killed", async () => {
    const keeper = servers.keeper({ idleMs: 10 });
    (await keeper.take(servers.launch("on.close = () => setInterval(() => {}, 1000);"), NEVER)).release();
    await until("it is gone", () => servers.alive().length === 0);
  });

  test("another stamp: the old one serves its leases to the end and takes no more", async () => {
    const keeper = servers.keeper();
    const launch = servers.launch("");
    const old = await keeper.take(launch, NEVER);
    const fresh = await keeper.take({ ...launch, stamp: "2" }, NEVER);
    expect(old.retired.aborted).toBe(true);
    expect(fresh.retired.aborted).toBe(false);
    await Promise.all([ping(old.connection), ping(fresh.connection)]);
    expect(servers.alive()).toHaveLength(2);
    old.release();
    await until("the old one is gone", () => servers.alive().length === 1);
    await ping(fresh.connection);
  });

  test("retired by a holder: it ends with its last lease, and the next take gets another", async () => {
    const keeper = servers.keeper();
    const launch = servers.launch("on.close = () => setInterval(() => {}, 1000);");
    const [a, b] = [await keeper.take(launch, NEVER), await keeper.take(launch, NEVER)];
    a.retire();
    expect(b.retired.aborted).toBe(true);
    a.release();
    a.retire();
    const next = await keeper.take(launch, NEVER);
    await Promise.all([ping(b.connection), ping(next.connection)]);
    b.release();
    await until("the retired one is gone", () => servers.alive().length === 1);
    await ping(next.connection);
  });

  test("one that could not read its config and started with the defaults serves nobody else", async () => {
    const keeper = servers.keeper();
    const launch = servers.launch(`
      const warning = { method: "configWarning", params: { summary: "Invalid configuration; using defaults." } };
      if (started === 1) on.initialized = () => send(warning);
    `);
    const first = await keeper.take(launch, NEVER);
    await ping(first.connection);
    expect(first.retired.aborted).toBe(true);
    const next = await keeper.take(launch, NEVER);
    await Promise.all([ping(first.connection), ping(next.connection)]);
    expect(next.retired.aborted).toBe(false);
    first.release();
    await until("the first is gone", () => servers.alive().length === 1);
  });

  test("one that was there before the machine slept is not used again: its connections are dead", async () => {
    const keeper = servers.keeper();
    const launch = servers.launch("");
    const lease = await keeper.take(launch, NEVER);
    expect(lease.retired.aborted).toBe(false);
    const before = Date.now();
    vi.spyOn(Date, "now").mockImplementation(() => before + 60_000);
    onTestFinished(() => void vi.restoreAllMocks());
    expect(lease.retired.aborted).toBe(true);
    await ping((await keeper.take(launch, NEVER)).connection);
    expect(servers.countStarts(launch)).toBe(2);
    lease.release();
    await until("the old one has ended", () => servers.alive().length === 1);
  });

  test("another stamp during a start: whoever waits for the old one still gets it", async () => {
    const keeper = servers.keeper();
    const launch = servers.launch("");
    const [old, fresh] = await Promise.all([keeper.take(launch, NEVER), keeper.take({ ...launch, stamp: "2" }, NEVER)]);
    await Promise.all([ping(old.connection), ping(fresh.connection)]);
    expect(servers.countStarts(launch)).toBe(2);
  });

  test("a crash in a request: it rejects, threads hear of it, children end, the next take starts another", async () => {
    const keeper = servers.keeper();
    const launch = servers.launch(`${CHILDREN} on.die = () => { process.stderr.write("boom\\n"); process.exit(3); };`);
    const lease = await keeper.take(launch, NEVER);
    await until("its children run", () => countChildren() === 2);
    const ended = hearEnd(lease.connection);
    const error = await lease.connection.request("die", {}, { timeoutMs: 10_000 }).catch((why: unknown) => why);
    expect(error).toBeInstanceOf(ServerEnded);
    expect(await ended).toEqual({ exitCode: 3, signal: undefined, stderr: "boom\n", isOurs: false });
    expect(lease.retired.aborted).toBe(true);
    const next = await keeper.take(launch, NEVER);
    await ping(next.connection);
    await until("only the new one's children run", () => countChildren() === 2);
    lease.release();
    await ping(next.connection);
    expect(servers.countStarts(launch)).toBe(2);
  });

  test("a crash between requests, and a take at that moment", async () => {
    const keeper = servers.keeper();
    const launch = servers.launch("");
    const lease = await keeper.take(launch, NEVER);
    const ended = hearEnd(lease.connection);
    process.kill(servers.alive()[0]?.pid ?? 0, "SIGKILL");
    expect(await ended).toMatchObject({ signal: "SIGKILL", isOurs: false });
    await ping((await keeper.take(launch, NEVER)).connection);
    expect(servers.countStarts(launch)).toBe(2);
  });

  test("a third crash within a while is the last one for a while", async () => {
    let now = 0;
    const keeper = servers.keeper({ failed: createFailedLaunches({ retryMs: 1_000, clock: () => now }) });
    const launch = servers.launch("on.die = () => process.exit(3);");
    const crash = async (): Promise<void> => {
      const { connection } = await keeper.take(launch, NEVER);
      await connection.request("die", {}, { timeoutMs: 10_000 }).catch(() => {});
    };
    await crash();
    now = 1_000;
    await crash();
    await crash();
    await crash();
    await expect(keeper.take(launch, NEVER)).rejects.toMatchObject({
      code: "AGENT_BROKEN",
      failure: { wasTold: false },
    });
    now = 2_000;
    await ping((await keeper.take(launch, NEVER)).connection);
  });

  test("one that closes its input is of no use: it is ended, and requests reject", async () => {
    const body = `
      import { closeSync } from "node:fs";
      on.deaf = () => { on.close = () => {}; closeSync(0); setInterval(() => {}, 1000); };
    `;
    const { connection } = await servers.keeper().take(servers.launch(body), NEVER);
    const asked = connection.request("deaf", {}, { timeoutMs: 60_000 }).catch((why: unknown) => why);
    // Only a write shows it.
    const more = setInterval(() => void connection.request("ping", {}, { timeoutMs: 1_000 }).catch(() => {}), 20);
    expect(await asked).toBeInstanceOf(ServerEnded);
    clearInterval(more);
    await until("it is gone", () => servers.alive().length === 0);
  });

  test("close with requests open, at once and idempotent; then there are no more leases", async () => {
    const keeper = servers.keeper();
    const launch = servers.launch(`${CHILDREN} on.close = () => setTimeout(() => process.exit(0), 5000);`);
    const lease = await keeper.take(launch, NEVER);
    await until("its children run", () => countChildren() === 2);
    const ended = hearEnd(lease.connection);
    const asked = lease.connection.request("never", {}, { timeoutMs: 60_000 }).catch((why: unknown) => why);
    const before = performance.now();
    await Promise.all([keeper.close(), keeper.close()]);
    expect(performance.now() - before).toBeLessThan(1_500);
    expect(await asked).toBeInstanceOf(ServerEnded);
    expect((await ended).isOurs).toBe(true);
    expect(servers.alive()).toEqual([]);
    expect(servers.records.size).toBe(0);
    await expect(keeper.take(launch, NEVER)).rejects.toMatchObject({ code: "CANCELLED" });
  });

  test("close during a start", async () => {
    const keeper = servers.keeper();
    const taken = keeper.take(servers.launch("on.initialize = () => {};"), NEVER).catch((why: unknown) => why);
    await until("it has been started", () => servers.alive().length > 0);
    await keeper.close();
    expect(await taken).toMatchObject({ code: "CANCELLED" });
    expect(servers.alive()).toEqual([]);
  });
});
