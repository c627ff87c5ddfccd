// An app server that a test scripts: a Node program which speaks the protocol's lines, and a keeper for it.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nanoid } from "nanoid";
import { createServerKeeper, type KeeperOptions } from "../../src/agents/codex-app-server/server/keeper.ts";
import type { ServerKeeper, ServerLaunch } from "../../src/agents/codex-app-server/server/server-types.ts";
import { SILENT_LOGGER } from "../../src/domain/logger.ts";
import { createLivenessJudge, readOwnIdentity } from "../../src/process/liveness.ts";
import { createProcessTable } from "../../src/process/process-table.ts";
import { createRunLedger, type RunLedger } from "../../src/process/run-ledger.ts";
import type { RunRecord } from "../../src/process/run-record.ts";

/** What a script begins with: it answers `initialize` and `ping`, and everything else as the test says. */
const PREAMBLE = `
import { createInterface } from "node:readline";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
const starts = process.argv[2] + ".starts";
appendFileSync(starts, "x");
const started = readFileSync(starts, "utf8").length;
const send = (message) => process.stdout.write(JSON.stringify(message) + "\\n");
const on = {
  initialize: ({ id }) => send({ id, result: { userAgent: "scripted/1", codexHome: "/nowhere" } }),
  initialized: () => {},
  ping: ({ id, params }) => send({ id, result: params }),
};
const heard = [];
const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const message = JSON.parse(line);
  heard.push(message);
  if (message.method === undefined) on.answer?.(message);
  else on[message.method]?.(message);
});
lines.on("close", () => on.close ? on.close() : process.exit(0));
`;

export interface ScriptedServers {
  readonly folder: string;
  readonly ledger: RunLedger;
  /** Runs on record. */
  readonly records: Map<string, RunRecord>;
  /** `NAME=value` in the environment of every process of the test. */
  readonly mark: string;
  keeper(options?: Partial<KeeperOptions>): ServerKeeper;
  /** A launch of a server that runs this script after the preamble. */
  launch(body: string, change?: Partial<ServerLaunch>): ServerLaunch;
  /** How many servers of a launch have been started. */
  countStarts(launch: ServerLaunch): number;
  /** Processes that carry the mark. */
  alive(): { pid: number; command: string }[];
  close(): Promise<void>;
}

/** Everything that a test of scripted servers needs; nothing of it is left after `close`. */
export function createScriptedServers(): ScriptedServers {
  const folder = mkdtempSync("/var/tmp/codex-bridge-test-");
  const table = createProcessTable("linux");
  const records = new Map<string, RunRecord>();
  const [name, value] = ["LAB_CASE", nanoid()];
  const mark = `${name}=${value}`;
  const ledger = createRunLedger({
    table,
    own: readOwnIdentity(table),
    judge: createLivenessJudge(table).judge,
    platform: "linux",
    logger: SILENT_LOGGER,
    store: {
      write: (record) => records.set(record.id, record),
      remove: (id) => records.delete(id),
      names: () => [...records.keys()],
      read: (id) => records.get(id),
    },
  });
  const keepers: ServerKeeper[] = [];
  let count = 0;
  const alive = () =>
    table
      .list()
      .filter(({ pid }) => table.environment(pid)?.includes(mark) === true)
      .map(({ pid }) => ({ pid, command: table.commandLine(pid) }));
  return {
    folder,
    ledger,
    records,
    mark,
    alive,
    keeper: (options = {}) => {
      const keeper = createServerKeeper({
        ledger,
        newId: nanoid,
        hello: { clientInfo: { name: "test", version: "1" } },
        onGlobal: () => {},
        logger: SILENT_LOGGER,
        idleMs: 60_000,
        ...options,
      });
      keepers.push(keeper);
      return keeper;
    },
    launch: (body, change = {}) => {
      count += 1;
      const path = join(folder, `server-${count}.mjs`);
      writeFileSync(path, `${PREAMBLE}\n${body}\n`);
      const env = { PATH: process.env["PATH"] ?? "", [name]: value };
      return { file: process.execPath, args: [path, path], env, cwd: folder, stamp: "1", ...change };
    },
    countStarts: ({ args }) => {
      const path = `${args[0]}.starts`;
      return existsSync(path) ? readFileSync(path, "utf8").length : 0;
    },
    close: async () => {
      await Promise.all(keepers.map((keeper) => keeper.close()));
      for (const { pid } of alive()) process.kill(pid, "SIGKILL");
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}
