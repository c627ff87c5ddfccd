// Sockets of the user's other programs: where the sandbox ends, and that nothing of ours takes orders from one.
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { test as labTest } from "../support/fixture.ts";
import { CLI, runThenSay } from "../support/lab.ts";

/** Counts who connects to a socket of another program; the model tries to. */
const test = labTest.extend("visitors", ({ lab }, { onCleanup }) => {
  const visitors = { count: 0 };
  const path = join(lab.root, "other.sock");
  const server = createServer((socket) => {
    visitors.count += 1;
    socket.destroy();
  }).listen(path);
  onCleanup(() => void server.close());
  const connect = `require("net").connect("${path}").on("error",()=>{})`;
  lab.respond(runThenSay(`${process.execPath} -e '${connect}'; true`));
  return visitors;
});

describe.runIf(CLI.readsProjects)("a unix socket of another program", () => {
  test("is out of reach without network access", async ({ bridge, visitors }) => {
    for (const sandbox of ["read-only", "workspace-write"]) {
      const { isError } = await bridge.call("codex", { prompt: "connect", sandbox });
      expect([isError, visitors.count]).toEqual([false, 0]);
    }
  });

  test("is reached from workspace-write where the user gives network access", async ({ lab, bridge, visitors }) => {
    lab.writeConfig({ tables: "[sandbox_workspace_write]\nnetwork_access = true\n" });
    await bridge.call("codex", { prompt: "connect", sandbox: "workspace-write" });
    expect(visitors.count).toBe(1);
  });
});

test("nothing of the bridge listens on a socket, but for the stand-in of the demo", () => {
  const src = join(import.meta.dirname, "../../src");
  const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  const listening = files.filter((name) =>
    /node:(net|http|https|http2|dgram|tls)"/.test(readFileSync(join(src, name), "utf8")),
  );
  expect(listening).toEqual(["setup/demo/responses-standin.ts"]);
});
