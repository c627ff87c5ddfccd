// A step of a session comes after a certain other one. Two machines may take one at the same time.
import { BridgeError } from "../domain/errors.ts";

/** Tag of what was to be a step and came second: it is kept as a note, which decides nothing. */
export const CAME_SECOND = "came-second";

/** Whether a store has refused a step because its session went on. */
export function isMovedOn(error: unknown): boolean {
  return error instanceof BridgeError && error.code === "STEP_OUT_OF_ORDER";
}

/** The error for it. */
export function toMovedOn(sessionId: string | undefined): BridgeError {
  return new BridgeError(
    "STEP_OUT_OF_ORDER",
    `${sessionId ?? "The session"} went on meanwhile: another one took a step.`,
    {
      nextStep: "Nothing was stored. Look where the session stands, and which steps are open.",
    },
  );
}
