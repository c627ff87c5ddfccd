import { expect, test } from "vitest";
import { createKeyedQueue, createTurnQueue } from "../../../src/delegation/threads/turn-queue.ts";

const never = new AbortController().signal;
const quiet = () => {};

test("places are given in order, and nobody overtakes", async () => {
  const queue = createTurnQueue(1);
  const order: string[] = [];
  const waits: number[] = [];
  const first = await queue.acquire(never, quiet);
  const rest = ["b", "c"].map(async (name) => {
    const release = await queue.acquire(never, (ahead) => waits.push(ahead));
    order.push(name);
    release();
  });
  first();
  first();
  const late = queue.acquire(never, quiet).then((release) => {
    order.push("d");
    release();
  });
  await Promise.all([...rest, late]);
  expect(order).toEqual(["b", "c", "d"]);
  expect(waits).toEqual([1, 2]);
  expect(queue.size).toBe(0);
});

test("a waiter that is cancelled leaves, and the next takes its place", async () => {
  const queue = createTurnQueue(1);
  const first = await queue.acquire(never, quiet);
  const gone = new AbortController();
  const waiting = queue.acquire(gone.signal, quiet);
  const next = queue.acquire(never, quiet);
  gone.abort();
  await expect(waiting).rejects.toMatchObject({ code: "CANCELLED" });
  first();
  (await next)();
  expect(queue.size).toBe(0);
  await expect(queue.acquire(gone.signal, quiet)).rejects.toMatchObject({ code: "CANCELLED" });
});

test("keys do not wait for each other, and a free place is taken at once", async () => {
  const queue = createKeyedQueue();
  const a = queue.acquire("a", never, quiet);
  let hasWaited = false;
  const second = queue.acquire("a", never, () => {
    hasWaited = true;
  });
  expect(hasWaited).toBe(true);
  (await queue.acquire("b", never, quiet))();
  (await a)();
  (await second)();
});
