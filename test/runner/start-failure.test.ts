// Why no runner could be started: in words of ours, not in those of the system.
import { expect, test } from "vitest";
import { BridgeError } from "../../src/domain/errors.ts";
import { describeStartFailure } from "../../src/runner/start-failure.ts";

const toSystemError = (code: string) => Object.assign(new Error(`${code}: odd, open '/x'`), { code });

test.each([
  [toSystemError("ENOSPC"), "a disk is full"],
  [toSystemError("ENOTDIR"), "a file or a program that it needs cannot be used (ENOTDIR)"],
  [new BridgeError("CONFIG_INVALID", "The state folder is open to others."), "The state folder is open to others."],
  [new Error("it was not ready within 5 ms"), "it was not ready within 5 ms"],
])("%s", (error, words) => {
  expect(describeStartFailure(error)).toBe(words);
});
