// A PostgreSQL server of a test's own: in a temporary folder, on a free port, for nobody but the test.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import pg from "pg";

/** A running server. */
export interface PostgresServer {
  /** Of an administrator, to the database `postgres`. */
  readonly url: string;
  readonly port: number;
  /** Stops it without waiting for its clients; its data stays. */
  stop(): Promise<void>;
  /** Starts it, where it does not run. */
  start(): Promise<void>;
  /** Stops it and removes everything. */
  remove(): Promise<void>;
}

/** The administrator's. */
export const PASSWORD = "heron-4471-pond";

const INSTALL =
  "install PostgreSQL 15 or newer (Debian and Ubuntu: apt-get install postgresql; macOS: brew install postgresql@16)";
const ROOTS = ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"];

/** The folder with `initdb` and `postgres`: the newest that is installed. Throws an Error that says what to install. */
export function findPostgres(): string {
  const folders = ROOTS.filter((root) => existsSync(root)).flatMap((root) =>
    readdirSync(root)
      .map((name) => ({ number: Number(/^(?:postgresql@)?(\d+)$/.exec(name)?.[1]), bin: join(root, name, "bin") }))
      .filter(({ number, bin }) => number >= 15 && existsSync(join(bin, "initdb"))),
  );
  const [newest] = folders.sort((a, b) => b.number - a.number);
  const onPath = (process.env["PATH"] ?? "").split(":").find((folder) => existsSync(join(folder, "initdb")));
  const found = newest?.bin ?? onPath;
  if (found === undefined) throw new Error(`The tests of the team memory need a PostgreSQL server: ${INSTALL}.`);
  return found;
}

/** Makes a server and starts it, with further settings (`ssl=on`) and files in its data folder. */
export async function startPostgres({
  settings: more = [],
  files = {},
}: {
  readonly settings?: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
} = {}): Promise<PostgresServer> {
  const bin = findPostgres();
  const folder = mkdtempSync("/var/tmp/codex-bridge-postgres-");
  const data = join(folder, "data");
  mkdirSync(data, { mode: 0o700 });
  const passwordFile = join(folder, "password");
  writeFileSync(passwordFile, PASSWORD);
  const user = findUser();
  if (user !== undefined) for (const path of [folder, data, passwordFile]) chownSync(path, user.uid, user.gid);
  const run = { ...user, cwd: folder, env: { PATH: process.env["PATH"], LC_ALL: "C.UTF-8" } };
  const flags = [
    "--auth=scram-sha-256",
    `--pwfile=${passwordFile}`,
    "--username=admin",
    "--encoding=UTF8",
    "--no-sync",
  ];
  execFileSync(join(bin, "initdb"), ["-D", data, ...flags], { ...run, stdio: "pipe" });
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(data, name), text, { mode: 0o600 });
    if (user !== undefined) chownSync(join(data, name), user.uid, user.gid);
  }
  const port = await findFreePort();
  const url = `postgres://admin:${PASSWORD}@127.0.0.1:${port}/postgres`;
  let server: ChildProcess | undefined;

  async function start(): Promise<void> {
    if (server !== undefined && server.exitCode === null) return;
    // It ends with this process, however that ends: then the pipe is closed.
    const script = '"$@" & pid=$!; read -r _; kill -INT $pid; wait $pid';
    const settings = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "listen_addresses=127.0.0.1"];
    const place = [`port=${port}`, `unix_socket_directories=${folder}`, "shared_buffers=16MB", "max_connections=60"];
    const options = [...settings, ...place, ...more].flatMap((setting) => ["-c", setting]);
    server = spawn("sh", ["-c", script, "sh", join(bin, "postgres"), "-D", data, ...options], {
      ...run,
      stdio: ["pipe", "ignore", "pipe"],
    });
    let said = "";
    server.stderr?.on("data", (chunk) => {
      said = `${said}${chunk}`.slice(-4_000);
    });
    for (const end = Date.now() + 60_000; !(await answers(url)); ) {
      if (server.exitCode !== null || Date.now() > end) throw new Error(`PostgreSQL does not start:\n${said}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async function stop(): Promise<void> {
    const stopping = server;
    server = undefined;
    if (stopping === undefined || stopping.exitCode !== null) return;
    const ended = new Promise((resolve) => stopping.once("exit", resolve));
    stopping.stdin?.end();
    await ended;
  }

  const remove = async (): Promise<void> => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  };
  await start().catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  return { url, port, stop, start, remove };
}

// PostgreSQL refuses to run as root.
function findUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const toId = (flag: string): number => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: toId("-u"), gid: toId("-g") };
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}

async function answers(url: string): Promise<boolean> {
  return await runSql(url, "SELECT 1").then(
    () => true,
    () => false,
  );
}

/** Runs statements on a connection of their own; gives the rows of the last one. */
export async function runSql(url: string, ...statements: readonly string[]): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined);
  try {
    await client.connect();
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) ({ rows } = await client.query(statement));
    return rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

let count = 0;

/** Makes an empty database on a server; gives its URL. */
export async function makeDatabase(serverUrl: string, options = ""): Promise<string> {
  count += 1;
  const name = `lab_${process.pid}_${count}`;
  await runSql(serverUrl, `CREATE DATABASE ${name} ${options}`);
  return serverUrl.replace(/\/postgres$/, `/${name}`);
}
