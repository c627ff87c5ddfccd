import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { installLifecycle } from "../../src/cli/lifecycle.ts";
import { SILENT_LOGGER } from "../../src/domain/logger.ts";

function create(close: () => Promise<void>, options: { budgetMs?: number; parentWatchMs?: number } = {}) {
  const own = Object.assign(new EventEmitter(), { ppid: 7 });
  const exits: number[] = [];
  const lifecycle = installLifecycle({
    process: own,
    close,
    exit: (code) => exits.push(code),
    logger: SILENT_LOGGER,
    ...options,
  });
  return { own, exits, lifecycle };
}

const tick = (ms = 5) => new Promise((resolve) => setTimeout(resolve, ms));

test.each(["SIGINT", "SIGTERM", "SIGHUP"])("%s ends it with 0, once the clean-up is done", async (signal) => {
  let finish: () => void = () => {};
  const { own, exits } = create(
    () =>
      new Promise((resolve) => {
        finish = resolve;
      }),
  );
  own.emit(signal);
  own.emit("SIGTERM");
  await tick();
  expect(exits).toEqual([]);
  finish();
  await tick();
  expect(exits).toEqual([0]);
});

test("a clean-up that hangs or fails does not keep the server", async () => {
  const hanging = create(() => new Promise(() => {}), { budgetMs: 20 });
  hanging.lifecycle.trigger("EOF");
  await tick(60);
  expect(hanging.exits).toEqual([0]);
  const failing = create(() => Promise.reject(new Error("x")));
  failing.lifecycle.trigger("EOF");
  await tick();
  expect(failing.exits).toEqual([0]);
});

test("an error that nobody caught ends it with 1", async () => {
  const { own, exits } = create(async () => {});
  own.emit("uncaughtException", new Error("x"));
  await tick();
  expect(exits).toEqual([1]);
});

test("a parent that died without closing stdin is noticed", async () => {
  const { own, exits } = create(async () => {}, { parentWatchMs: 5 });
  own.ppid = 1;
  await tick(40);
  expect(exits).toEqual([0]);
});
