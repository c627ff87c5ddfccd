import { expect, test } from "vitest";
import { BridgeError, ERROR_TRAITS, toBridgeError } from "../../src/domain/errors.ts";

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

test("a thread is added once and never replaced", () => {
  const error = new BridgeError("TURN_FAILED", "x", { agentText: "y", details: { a: 1 } });
  expect(error.withThread("t1")).toMatchObject({ threadId: "t1", agentText: "y", details: { a: 1 } });
  expect(error.withThread("t1").withThread("t2").threadId).toBe("t1");
});
