// Whether commands in Codex's sandbox can connect to the server's socket. Whoever can connect can start a thread without limits, so before the
// first turn a command in the sandbox tries it (docs/codex-cli.md#app-server-socket).
import { randomBytes } from "node:crypto";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import type { JsonObject } from "../../../domain/json.ts";
import { resolveRealPath } from "../../../files/real-path.ts";
import { isSocketPathTooLong } from "../../../state/bridge-bell.ts";
import { removeQuietly } from "../../../state/private-files.ts";
import { AttachRefused } from "./listening.ts";
import type { ServerConnection } from "./server-types.ts";

const PROBE_MS = 10_000;
const REQUEST_MS = 20_000;
const CONNECTED = "connected";

/** Tries to connect to each path and prints a list with "connected", or the code of the error. */
const SCRIPT = `const {connect} = require("node:net");
const one = (path) => new Promise((done) => {
  const socket = connect(path);
  socket.on("connect", () => { socket.destroy(); done("${CONNECTED}"); });
  socket.on("error", (error) => done(error.code ?? "failed"));
});
Promise.all(process.argv.slice(1).map(one)).then((all) => { console.log(JSON.stringify(all)); process.exit(); });`;

const WITHOUT_NETWORK = { type: "readOnly", networkAccess: false };
/** The widest sandbox with network, in which a command may connect to other sockets. */
const WITH_NETWORK = {
  type: "workspaceWrite",
  writableRoots: [],
  networkAccess: true,
  excludeTmpdirEnvVar: false,
  excludeSlashTmp: false,
};

/** Resolves if no sandboxed command can connect to the socket at `path`. Throws AttachRefused where one can, or where that could not be found out. */
export async function proveOutOfReach(connection: ServerConnection, path: string, signal: AbortSignal): Promise<void> {
  const control = await openControl(path);
  try {
    const ask = (sandboxPolicy: JsonObject): Promise<readonly string[]> =>
      tryWithin(connection, sandboxPolicy, [path, resolveRealPath(path), control.path], signal);
    const [inside, online] = await Promise.all([ask(WITHOUT_NETWORK), ask(WITH_NETWORK)]);
    judge(inside, online);
  } finally {
    control.close();
  }
}

function judge([link, real]: readonly string[], [netLink, netReal, control]: readonly string[]): void {
  if (link === CONNECTED || real === CONNECTED) {
    throw new AttachRefused("a command in Codex's sandbox can connect to it");
  }
  if (netLink === CONNECTED || netReal === CONNECTED) {
    throw new AttachRefused("a command in Codex's sandbox with network access can connect to it");
  }
  // A sandbox that lets no socket through at all answers EPERM for this one too.
  if (control !== CONNECTED && control !== "EPERM") {
    throw new AttachRefused(`the test in Codex's sandbox proves nothing (${control ?? "no answer"})`);
  }
}

async function tryWithin(
  connection: ServerConnection,
  sandboxPolicy: JsonObject,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const params = {
    command: [process.execPath, "-e", SCRIPT, ...paths],
    cwd: dirname(paths[0] ?? "/"),
    env: { NODE_OPTIONS: null },
    timeoutMs: PROBE_MS,
    sandboxPolicy,
  };
  let answer: JsonObject;
  try {
    answer = await connection.request("command/exec", params, { timeoutMs: REQUEST_MS, signal });
  } catch (error) {
    signal.throwIfAborted();
    throw new AttachRefused(`the test in Codex's sandbox failed (${String(error)})`, error);
  }
  const found = readList(answer["stdout"]);
  if (found.length === paths.length) return found;
  throw new AttachRefused(`the test in Codex's sandbox did not run (exit code ${String(answer["exitCode"])})`);
}

function readList(stdout: unknown): readonly string[] {
  try {
    const parsed: unknown = JSON.parse(typeof stdout === "string" ? stdout : "");
    return Array.isArray(parsed) ? parsed.filter((entry) => typeof entry === "string") : [];
  } catch {
    return [];
  }
}

// A socket that a command with network access may connect to: if it cannot, the test says nothing about the other one.
async function openControl(beside: string): Promise<{ readonly path: string; close(): void }> {
  const path = join(dirname(beside), randomBytes(6).toString("hex"));
  if (isSocketPathTooLong(path)) throw new AttachRefused("the path of a socket for its test is too long");
  const server = createServer((socket) => socket.on("error", () => {}).destroy()).unref();
  await new Promise<void>((resolve, reject) => {
    server.once("listening", resolve).once("error", reject);
    server.listen(path);
  }).catch((error: unknown) => {
    throw new AttachRefused(`no socket can be made for its test (${String(error)})`, error);
  });
  return {
    path,
    close: () => {
      server.close();
      removeQuietly(path);
    },
  };
}
