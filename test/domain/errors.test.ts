import { expect, test } from "vitest";
import { ERROR_TRAITS } from "../../src/domain/error-codes.ts";
import { BridgeError, toBridgeError, toFailure } from "../../src/domain/errors.ts";

test("agent errors count toward the two failures, no others do", () => {
  for (const [code, traits] of Object.entries(ERROR_TRAITS)) {
    expect(traits.countsAsFailure, code).toBe(traits.fault === "agent");
    expect(traits.nextStep.endsWith("."), code).toBe(true);
  }
});

test("an unknown error becomes INTERNAL and keeps its cause out of the message", () => {
  const error = toBridgeError(new Error("/secret/path"));
  expect(error.code).toBe("INTERNAL");
  expect(error.message).not.toContain("/secret");
  expect(error.cause).toBeInstanceOf(Error);
});

test("an amended error keeps what it had, details included", () => {
  const error = new BridgeError("TURN_FAILED", "x", { agentText: "y", details: { a: 1 } });
  expect(error.with({ threadId: "t1", details: { b: 2 } }).report).toEqual({
    code: "TURN_FAILED",
    message: "x",
    nextStep: ERROR_TRAITS.TURN_FAILED.nextStep,
    threadId: "t1",
    agentText: "y",
    details: { a: 1, b: 2 },
    fields: {},
  });
});

test("a report is plain data that survives being stored", () => {
  const { error, cause } = toFailure(new BridgeError("NETWORK", "x", { cause: new Error("y") }));
  expect(JSON.parse(JSON.stringify(error))).toMatchObject({ code: "NETWORK", message: "x", details: {} });
  expect(cause).toBeInstanceOf(Error);
});
