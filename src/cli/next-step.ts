// What to do after an error that a command ends with.
import { ERROR_TRAITS } from "../domain/error-codes.ts";
import { BridgeError } from "../domain/errors.ts";
import { addressUser } from "../setup/doctor/check.ts";

/** The error's own next step, in words for a user. Undefined where it has the table's, which is written for whoever calls a tool. */
export function findNextStep(error: unknown): string | undefined {
  if (!(error instanceof BridgeError)) return undefined;
  const { code, nextStep } = error.report;
  return nextStep === ERROR_TRAITS[code].nextStep ? undefined : addressUser(nextStep);
}
