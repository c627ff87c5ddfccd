// Who listens to a team's server, and when those who wait are rung. The connection is played.
import { expect, test } from "vitest";
import { createNotifications } from "../../../src/memory/postgres/notifications.ts";

/** Connections, as `PgClient.listen` makes them: `fails` makes the next ones end before they listen. */
function open() {
  const made: { end: () => void; note: () => void; isStopped: boolean }[] = [];
  const played = { made, fails: false, rung: 0, now: 1_000 };
  const listen = async (_: string, note: () => void, end: () => void) => {
    const connection = { note, end, isStopped: false };
    made.push(connection);
    if (played.fails) {
      end();
      throw new Error("no server");
    }
    return () => {
      connection.isStopped = true;
    };
  };
  const notifications = createNotifications({ listen }, () => played.now);
  const join = () => notifications.join(() => void played.rung++);
  return { played, join };
}

test("a connection that fails rings nobody, so that nobody looks and connects without end", async () => {
  const { played, join } = open();
  played.fails = true;
  const listener = await join();
  await listener.again();
  expect([played.made.length, played.rung]).toEqual([2, 0]);
  played.fails = false;
  await listener.again();
  played.made[2]?.note();
  expect(played.rung).toBe(1);
});

test("the end of one that listened rings, and it is listened again", async () => {
  const { played, join } = open();
  const listener = await join();
  await listener.again();
  expect(played.made).toHaveLength(1);
  played.now += 60_000;
  played.made[0]?.end();
  expect(played.rung).toBe(1);
  await listener.again();
  expect(played.made).toHaveLength(2);
});

test("one that ends as soon as it listens is not made anew at once", async () => {
  const { played, join } = open();
  const listener = await join();
  played.now += 50;
  played.made[0]?.end();
  await listener.again();
  expect([played.made.length, played.rung]).toEqual([1, 1]);
  played.now += 2_000;
  await listener.again();
  expect(played.made).toHaveLength(2);
});

test("the late end of an old one leaves the new one listening, which is stopped with the last who waits", async () => {
  const { played, join } = open();
  (await join()).leave();
  const listener = await join();
  played.made[0]?.end();
  expect(played.rung).toBe(0);
  await listener.again();
  expect(played.made).toHaveLength(2);
  listener.leave();
  expect(played.made.map(({ isStopped }) => isStopped)).toEqual([true, true]);
});
