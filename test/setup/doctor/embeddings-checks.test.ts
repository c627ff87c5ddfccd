// The line of `doctor` on the endpoint for embeddings. Unit test: no Codex, no server of ours.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { loadSettings } from "../../../src/settings/load.ts";
import { checkEmbeddings } from "../../../src/setup/doctor/embeddings-checks.ts";

test("it says what the endpoint answers, and what to do where it does not", async () => {
  const loaded = loadSettings({ env: { HOME: "/nowhere", BRIDGE_EMBEDDINGS_KEY: "sk-key" }, cwd: "/" });
  if (!("settings" in loaded)) throw new Error("wrong settings");
  let status = 200;
  const server = createServer((request, response) => {
    expect(request.headers.authorization).toBe("Bearer sk-key");
    response.writeHead(status).end(JSON.stringify({ data: [{ embedding: [1, 2, 3] }] }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/embeddings`;
  expect(await checkEmbeddings(loaded.settings, url)).toEqual({
    status: "ok",
    found: `${new URL(url).origin} answers with 3 numbers`,
  });
  status = 401;
  const refused = await checkEmbeddings(loaded.settings, url);
  expect(refused).toMatchObject({ status: "warning", found: expect.stringContaining("HTTP 401; the memory searches") });
  server.close();
  server.closeAllConnections();
});
