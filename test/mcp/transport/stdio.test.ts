// The transport against a hostile client: bad lines are answered, long ones skipped, the end is noticed once.
import { PassThrough, Writable } from "node:stream";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { expect, test } from "vitest";
import { createStdioTransport } from "../../../src/mcp/transport/stdio.ts";
import { toEnvelope } from "../../support/stdio-bridge.ts";

function connect() {
  const input = new PassThrough();
  const output = new PassThrough();
  const transport = createStdioTransport({ input, output });
  const received: unknown[] = [];
  let closes = 0;
  transport.onmessage = (message) => received.push(message);
  transport.onclose = () => {
    closes += 1;
  };
  void transport.start();
  const answers = () =>
    String(output.read() ?? "")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as { id: unknown; error: { code: number } });
  return { input, output, transport, received, answers, closes: () => closes };
}

const tick = () => new Promise((resolve) => setTimeout(resolve, 5));

test.each<[string, string, number, unknown]>([
  ["not JSON", "hello", -32_700, null],
  ["half JSON", '{"jsonrpc":"2.0","id":1', -32_700, null],
  ["a NUL byte", '{"jsonrpc":"2.0",\u0000"id":1}', -32_700, null],
  ["no jsonrpc", '{"id":1,"method":"ping"}', -32_600, 1],
  ["jsonrpc 1.0", '{"jsonrpc":"1.0","id":"a","method":"ping"}', -32_600, "a"],
  ["id null", '{"jsonrpc":"2.0","id":null,"method":"ping"}', -32_600, null],
  ["id object", '{"jsonrpc":"2.0","id":{},"method":"ping"}', -32_600, null],
  ["id float", '{"jsonrpc":"2.0","id":1.5,"method":"ping"}', -32_600, null],
  ["no method", '{"jsonrpc":"2.0","id":7}', -32_600, 7],
  ["method a number", '{"jsonrpc":"2.0","id":7,"method":5}', -32_600, 7],
  ["params an array", '{"jsonrpc":"2.0","id":7,"method":"x","params":[1]}', -32_600, 7],
  ["a scalar", "42", -32_600, null],
  ["a request that is a response too", '{"jsonrpc":"2.0","id":7,"method":"ping","result":{}}', -32_600, 7],
  ["params null", '{"jsonrpc":"2.0","id":7,"method":"ping","params":null}', -32_600, 7],
  ["_meta a text", '{"jsonrpc":"2.0","id":7,"method":"ping","params":{"_meta":"x"}}', -32_602, 7],
  ["_meta null", '{"jsonrpc":"2.0","id":7,"method":"ping","params":{"_meta":null}}', -32_602, 7],
  [
    "progressToken an object",
    '{"jsonrpc":"2.0","id":7,"method":"ping","params":{"_meta":{"progressToken":{}}}}',
    -32_602,
    7,
  ],
  [
    "progressToken a float",
    '{"jsonrpc":"2.0","id":7,"method":"ping","params":{"_meta":{"progressToken":1.5}}}',
    -32_602,
    7,
  ],
  [
    "a related task without an id",
    '{"jsonrpc":"2.0","id":7,"method":"ping","params":{"_meta":{"io.modelcontextprotocol/related-task":{}}}}',
    -32_602,
    7,
  ],
  ["initialize without params", '{"jsonrpc":"2.0","id":7,"method":"initialize"}', -32_602, 7],
  ["a cursor that is a number", '{"jsonrpc":"2.0","id":7,"method":"tools/list","params":{"cursor":5}}', -32_602, 7],
  ["a batch", '[{"jsonrpc":"2.0","id":1,"method":"ping"}]', -32_600, null],
])("%s is answered, and the next line read", async (_name, line, code, id) => {
  const { input, received, answers } = connect();
  input.write(`${line}\n{"jsonrpc":"2.0","id":2,"method":"ping"}\n`);
  await tick();
  expect(answers()).toMatchObject([{ id, error: { code } }]);
  expect(received).toMatchObject([{ jsonrpc: "2.0", method: "ping" }]);
});

test("blank lines, CRLF, split UTF-8, two messages in a chunk, invalid UTF-8", async () => {
  const { input, received, answers } = connect();
  const line = Buffer.from('{"jsonrpc":"2.0","method":"日本"}\r\n');
  for (const byte of line) input.write(Buffer.from([byte]));
  input.write('\n\r\n{"jsonrpc":"2.0","method":"a"}\n{"jsonrpc":"2.0","method":"b"}\n');
  input.write(
    Buffer.concat([Buffer.from('{"jsonrpc":"2.0","method":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}\n')]),
  );
  await tick();
  expect(received.map((message) => (message as { method: string }).method)).toEqual(["日本", "a", "b", "\ufffd\ufffd"]);
  expect(answers()).toEqual([]);
});

test("a line over the limit is answered and skipped, whole or without an end", async () => {
  const { input, received, answers } = connect();
  const chunk = Buffer.alloc(4_194_304, "x");
  for (let at = 0; at < 10; at += 1) input.write(chunk);
  input.write('\n{"jsonrpc":"2.0","method":"after"}\n');
  await expect.poll(() => received.length).toBe(1);
  expect(answers()).toMatchObject([{ id: null, error: { code: -32_600 } }]);
});

test("deep nesting does not kill it", async () => {
  const { input, received } = connect();
  const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  input.write(`{"jsonrpc":"2.0","method":"x","params":{"a":${deep}}}\n{"jsonrpc":"2.0","method":"after"}\n`);
  await expect.poll(() => received.length).toBeGreaterThan(0);
});

test("a stray response is never answered, whatever it looks like", async () => {
  const { input, answers } = connect();
  for (const id of ["1", '"a"', "null", "{}"]) {
    input.write(`{"jsonrpc":"2.0","id":${id},"result":{}}\n{"id":${id},"error":"x"}\n`);
  }
  await tick();
  expect(answers()).toEqual([]);
});

test("a notification is never answered, not even for a _meta that cannot be read", async () => {
  const { input, answers } = connect();
  input.write('{"jsonrpc":"2.0","method":"x","params":{"_meta":"x"}}\n');
  await tick();
  expect(answers()).toEqual([]);
});

test("half of a surrogate pair is replaced, but for the client's own id", async () => {
  const { input, transport, answers } = connect();
  input.write('{"jsonrpc":"2.0","id":"\\ud800","method":"x"}\n');
  await transport.send({ jsonrpc: "2.0", id: 1, result: { text: "a\ud800b \\ud800" } });
  expect(answers()).toEqual([{ jsonrpc: "2.0", id: "\ud800", result: { text: "a\ufffdb \\ud800" } }]);
});

test("a member that JSON-RPC does not know is left out, since the SDK drops the whole message for it", async () => {
  const { input, received } = connect();
  input.write('{"jsonrpc":"2.0","id":1,"method":"ping","trace":"x"}\n');
  await tick();
  expect(received).toEqual([{ jsonrpc: "2.0", id: 1, method: "ping" }]);
});

test("a receiver that throws is an answer and no end", async () => {
  const { input, transport, answers, closes } = connect();
  transport.onmessage = () => {
    throw new RangeError("Maximum call stack size exceeded");
  };
  input.write('{"jsonrpc":"2.0","id":9,"method":"x"}\n{"jsonrpc":"2.0","method":"x"}\n');
  await tick();
  expect(answers()).toMatchObject([{ id: 9, error: { code: -32_603 } }]);
  expect(closes()).toBe(0);
});

test("an answer that cannot be written as JSON is an error for its caller", async () => {
  const { input, transport, answers } = connect();
  const circle: Record<string, unknown> = {};
  circle["self"] = circle;
  input.write('{"jsonrpc":"2.0","id":5,"method":"x"}\n');
  await transport.send({ jsonrpc: "2.0", id: 1, result: circle });
  expect(answers()).toMatchObject([{ id: 5, error: { code: -32_603 } }]);
});

test.each([
  ["EOF", (streams: ReturnType<typeof connect>) => streams.input.end()],
  ["a broken input", (streams: ReturnType<typeof connect>) => streams.input.destroy(new Error("gone"))],
  ["EPIPE", (streams: ReturnType<typeof connect>) => streams.output.destroy(new Error("EPIPE"))],
  ["close", (streams: ReturnType<typeof connect>) => void streams.transport.close()],
])("%s is the end, once, and later sends do nothing", async (_name, end) => {
  const streams = connect();
  end(streams);
  streams.input.resume();
  await tick();
  await streams.transport.close();
  expect(streams.closes()).toBe(1);
  await streams.transport.send({ jsonrpc: "2.0", method: "x" });
});

test("where much is left unread, requests wait in their order; cancels and answers to our own questions do not", async () => {
  const { input, output, transport, received } = connect();
  void transport.send({ jsonrpc: "2.0", id: 7, method: "ask" });
  void transport.send({ jsonrpc: "2.0", method: "long", params: { text: "x".repeat(20_000_000) } });
  const lines = [
    ...[1, 2, 3].map((id) => ({ id, method: "x" })),
    { method: "notifications/cancelled", params: { requestId: 2 } },
    { id: 7, result: {} },
  ];
  for (const line of lines) input.write(`${JSON.stringify({ jsonrpc: "2.0", ...line })}\n`);
  await tick();
  expect(received).toMatchObject([{ id: 7 }]);
  output.resume();
  await tick();
  expect(received).toMatchObject([{ id: 7 }, { method: "x" }, { method: "x" }]);
  // Their own ids, by which they are answered.
  const told: string[] = [];
  output.on("data", (chunk) => told.push(String(chunk)));
  for (const id of [1, 2]) await transport.send({ jsonrpc: "2.0", id, result: {} });
  expect(told.map((line) => JSON.parse(line).id)).toEqual([1, 3]);
});

test.each<[string, (streams: { input: PassThrough; output: Writable; transport: Transport }) => unknown]>([
  ["EOF", ({ input }) => input.end()],
  ["a broken output", ({ output }) => output.destroy(new Error("EPIPE"))],
  ["close", ({ transport }) => transport.close()],
])("sends that wait for a client that no longer reads are over with the end (%s)", async (_name, end) => {
  const input = new PassThrough();
  // It confirms no write.
  const output = new Writable({ write: () => {} });
  const transport = createStdioTransport({ input, output });
  void transport.start();
  let done = 0;
  const sends = ["a", "b"].map((method) => transport.send({ jsonrpc: "2.0", method }).then(() => (done += 1)));
  await tick();
  expect(done).toBe(0);
  end({ input, output, transport });
  await Promise.all(sends);
  await transport.send({ jsonrpc: "2.0", method: "late" });
});

test("initialize with an envelope of the new era is passed on, whatever its params: that era does not have it", async () => {
  const { input, received, answers } = connect();
  const params = { _meta: toEnvelope() };
  input.write(`${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params })}\n`);
  await tick();
  expect(received).toMatchObject([{ method: "initialize", params }]);
  expect(answers()).toEqual([]);
});
