import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";
import { expect, test } from "vitest";
import { createRequestIds } from "../../../src/mcp/transport/request-ids.ts";

const request = (id: string | number): JSONRPCMessage => ({ jsonrpc: "2.0", id, method: "x" });
const answer = (id: string | number): JSONRPCMessage => ({ jsonrpc: "2.0", id, result: {} });
const cancel = (requestId: unknown): JSONRPCMessage => ({
  jsonrpc: "2.0",
  method: "notifications/cancelled",
  params: { requestId, reason: 5 },
});
const cancelOf = (requestId: number) => ({ method: "notifications/cancelled", params: { requestId } });

test("every request has an id of its own that cancels take, and its answer has the client's", () => {
  const ids = createRequestIds();
  expect(["", 0, "1", 1].flatMap((id) => ids.takeIn(request(id)))).toMatchObject([1, 2, 3, 4].map((id) => ({ id })));
  expect([3, 1, 4, 2].map((id) => ids.giveOut(answer(id)))).toMatchObject(["1", "", 1, 0].map((id) => ({ id })));
});

test("a cancel reaches every open request of that id, and nothing else; what was cancelled is not answered", () => {
  const ids = createRequestIds();
  for (const id of [0, 0, "0"]) ids.takeIn(request(id));
  expect(ids.takeIn(cancel(0))).toMatchObject([cancelOf(1), cancelOf(2)]);
  expect(ids.takeIn(cancel(0))).toEqual([]);
  expect(ids.giveOut(answer(1))).toBeUndefined();
  expect(ids.giveOut(answer(3))).toMatchObject({ id: "0" });
  expect(ids.takeIn(cancel("0"))).toEqual([]);
});

test("notifications and our own requests pass as they are", () => {
  const ids = createRequestIds();
  const note: JSONRPCMessage = { jsonrpc: "2.0", method: "notifications/initialized" };
  expect(ids.takeIn(note)).toEqual([note]);
  expect([ids.giveOut(request(7)), ids.giveOut(note)]).toEqual([request(7), note]);
});

test("an answer passes once, to a request of ours that is neither answered nor taken back", () => {
  const ids = createRequestIds();
  expect(ids.takeIn(answer(0))).toEqual([]);
  for (const id of [0, 1]) ids.giveOut(request(id));
  expect(["", " ", 2].flatMap((id) => ids.takeIn(answer(id)))).toEqual([]);
  expect([...ids.takeIn(answer(0)), ...ids.takeIn(answer(0))]).toEqual([answer(0)]);
  ids.giveOut(cancel(1));
  expect(ids.takeIn(answer(1))).toEqual([]);
});

test("an answer that is malformed is an error, not nothing; one with a task has none", () => {
  const ids = createRequestIds();
  const take = (members: object) => {
    ids.giveOut(request(0));
    return ids.takeIn({ ...answer(0), ...members } as JSONRPCMessage);
  };
  for (const members of [{ result: 5 }, { result: { _meta: 5 } }, { error: "no" }, { jsonrpc: "1.0" }]) {
    expect(take(members)).toMatchObject([{ jsonrpc: "2.0", id: 0, error: { code: -32_600 } }]);
  }
  expect(take({ result: { action: "accept", task: { taskId: "t" } } })).toEqual([
    { jsonrpc: "2.0", id: 0, result: { action: "accept" } },
  ]);
});
