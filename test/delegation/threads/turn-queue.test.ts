import { expect, test } from "vitest";
import { createKeyedQueue, createTurnQueue } from "../../../src/delegation/threads/turn-queue.ts";

const never = new AbortController().signal;
const quiet = () => {};

test("slots are given in order, and nobody overtakes", async () => {
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

test("a waiter that leaves the middle of the queue takes no other with it", async () => {
  const queue = createTurnQueue(1);
  const first = await queue.acquire(never, quiet);
  const gone = new AbortController();
  const order: string[] = [];
  const wait = (name: string, signal = never) =>
    queue.acquire(signal, quiet).then((release) => {
      order.push(name);
      release();
    });
  const [before, leaving, after, last] = [wait("before"), wait("leaving", gone.signal), wait("after"), wait("last")];
  gone.abort();
  await expect(leaving).rejects.toMatchObject({ code: "CANCELLED" });
  expect(queue.size).toBe(4);
  first();
  await Promise.all([before, after, last]);
  expect(order).toEqual(["before", "after", "last"]);
});

test("a signal that aborts once its waiter has the slot, or has given it back, takes nobody out of the queue", async () => {
  const queue = createTurnQueue(1);
  const first = await queue.acquire(never, quiet);
  const late = new AbortController();
  const second = queue.acquire(late.signal, quiet);
  const third = queue.acquire(never, quiet);
  first();
  const release = await second;
  late.abort();
  expect(queue.size).toBe(2);
  release();
  (await third)();
  expect(queue.size).toBe(0);
});

test("keys do not wait for each other, and a free slot is taken at once", async () => {
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
