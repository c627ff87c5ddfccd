// What the test in Codex's sandbox must say before a server is opened to terminals. The real sandbox: test/codex/attach.test.ts.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { proveOutOfReach } from "../../../../src/agents/codex-app-server/server/attach-probe.ts";
import { chooseSocket, findSocket } from "../../../../src/agents/codex-app-server/server/listening.ts";
import { RequestTimedOut, RpcError } from "../../../../src/agents/codex-app-server/server/server-errors.ts";
import type { ServerConnection } from "../../../../src/agents/codex-app-server/server/server-types.ts";
import type { JsonObject } from "../../../../src/domain/json.ts";

let root: string;
let server: Server | undefined;
beforeEach(() => {
  root = mkdtempSync("/var/tmp/codex-bridge-test-");
});
afterEach(() => {
  server?.close();
  rmSync(root, { recursive: true, force: true });
});

/** A server whose sandbox answers so, without and with network. */
function answering(inside: readonly string[] | Error, online: readonly string[]): ServerConnection {
  return {
    userAgent: "test",
    warnings: { config: [] },
    listen: () => () => {},
    request: async (_method: string, { sandboxPolicy }: JsonObject) => {
      if (inside instanceof Error) throw inside;
      const found = JSON.stringify(sandboxPolicy).includes('"networkAccess":true') ? online : inside;
      return { exitCode: 0, stdout: JSON.stringify(found), stderr: "" };
    },
  };
}
const prove = (connection: ServerConnection) =>
  proveOutOfReach(connection, join(root, "a.sock"), new AbortController().signal);

const NO = ["EPERM", "EPERM", "EPERM"];
const NO_WITH_NETWORK = ["EACCES", "EACCES", "connected"];

test("it passes where no sandbox lets a command connect, and another socket shows that the test works", async () => {
  await prove(answering(NO, NO_WITH_NETWORK));
  await prove(answering(NO, NO));
});

test.each([
  ["a command connects", answering(["connected", "EPERM", "EPERM"], NO_WITH_NETWORK), /in Codex's sandbox can connect/],
  ["by the socket's own path", answering(["EPERM", "connected", "EPERM"], NO_WITH_NETWORK), /sandbox can connect/],
  ["with network", answering(NO, ["EACCES", "connected", "connected"]), /with network access can connect/],
  ["it proves nothing", answering(NO, ["ENOENT", "ENOENT", "ENOENT"]), /proves nothing \(ENOENT\)/],
  ["it did not run", answering([], NO_WITH_NETWORK), /did not run \(exit code 0\)/],
  ["it is refused", answering(new RpcError(-32_600, "unknown variant"), NO), /failed \(Error: unknown variant|failed/],
  ["no answer comes", answering(new RequestTimedOut("command/exec", 5), NO), /failed/],
])("it fails where %s", async (_what, connection, reason) => {
  await expect(prove(connection)).rejects.toMatchObject({ code: "AGENT_UNSUPPORTED" });
  await expect(prove(connection)).rejects.toThrow(reason);
});

test("a socket has a path that nobody uses, in a folder of the user's alone", () => {
  const folder = join(root, "attach");
  expect(chooseSocket(folder, "a").path).toBe(join(folder, "a.sock"));
  writeFileSync(join(folder, "a.sock"), "");
  expect(() => chooseSocket(folder, "a")).toThrow(/is there already/);
  symlinkSync("/nowhere", join(folder, "b.sock"));
  expect(() => chooseSocket(folder, "b")).toThrow(/is there already/);
  expect(() => chooseSocket(join(root, "s".repeat(100)), "a")).toThrow(/too long/);
  chmodSync(folder, 0o750);
  expect(() => chooseSocket(folder, "c")).toThrow(/other users can reach/);
  writeFileSync(join(root, "file"), "");
  expect(() => chooseSocket(join(root, "file"), "a")).toThrow(/cannot be used/);
});

test("what lies at its path later must be a socket that only the user can reach", async () => {
  const path = join(root, "a.sock");
  expect(findSocket(path)).toBe(false);
  writeFileSync(path, "");
  expect(() => findSocket(path)).toThrow(/no socket/);
  rmSync(path);
  const folder = join(root, "real");
  mkdirSync(folder, { mode: 0o700 });
  server = createServer();
  await new Promise<void>((resolve) => server?.listen(join(folder, "s"), resolve));
  symlinkSync(join(folder, "s"), path);
  chmodSync(join(folder, "s"), 0o777);
  expect(() => findSocket(path)).toThrow(/other users can reach/);
  chmodSync(join(folder, "s"), 0o600);
  expect(findSocket(path)).toBe(true);
  chmodSync(folder, 0o755);
  expect(() => findSocket(path)).toThrow(/other users can reach/);
});
