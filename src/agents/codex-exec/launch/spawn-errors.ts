// A Codex that could not even be started: the system's error code says less than it seems, so what it may mean is looked at.
import { accessSync, constants, statSync } from "node:fs";
import type { ErrorCode } from "../../../domain/error-codes.ts";
import { BridgeError, toBridgeError } from "../../../domain/errors.ts";
import { CODEX_STEPS } from "../../codex/failures/codex-steps.ts";
import { REPAIR } from "../../codex/failures/failure-start.ts";

/**
 * What the error of a spawn means: MACHINE_LIMIT, INVALID_ARGUMENT where the directory or the arguments are to blame, AGENT_BROKEN
 * for a file that is there and does not run here, else AGENT_NOT_FOUND.
 */
export function toSpawnError(error: Error, file: string, cwd: string): BridgeError {
  const known = toBridgeError(error);
  if (known.code === "MACHINE_LIMIT") return known;
  const extras = { agentText: error.message, cause: error };
  if ("code" in error && error.code === "E2BIG") {
    const message = "The arguments and the environment for the Codex CLI are longer than this system allows.";
    const nextStep =
      "Shorten config, developer-instructions and compact-prompt, or name fewer images; put long text into the prompt.";
    return new BridgeError("INVALID_ARGUMENT", message, { ...extras, nextStep });
  }
  // The system names the program in these cases too, although it is there.
  const problem = describeDirectory(cwd);
  if (problem !== undefined) {
    const nextStep = "Pass a `cwd` that exists, and that the bridge may enter.";
    return new BridgeError("INVALID_ARGUMENT", `The directory ${cwd} ${problem}.`, { ...extras, nextStep });
  }
  const { code, what, nextStep } = readProgram(file);
  return new BridgeError(code, `The Codex CLI could not be started: ${what}.`, { ...extras, nextStep });
}

function describeDirectory(cwd: string): string | undefined {
  try {
    if (!statSync(cwd).isDirectory()) return "is a file by now";
    accessSync(cwd, constants.X_OK);
    return undefined;
  } catch (error) {
    const isForbidden = error instanceof Error && "code" in error && error.code === "EACCES";
    return isForbidden ? "may not be entered" : "is gone";
  }
}

function readProgram(file: string): { code: ErrorCode; what: string; nextStep: string | undefined } {
  try {
    accessSync(file, constants.X_OK);
    const what = `${file} is no program for this machine, or what it is run by is missing`;
    return { code: "AGENT_BROKEN", what, nextStep: REPAIR };
  } catch (error) {
    const isForbidden = error instanceof Error && "code" in error && error.code === "EACCES";
    const what = isForbidden ? `${file} may not be run by this user` : `${file} is not there any more`;
    return { code: "AGENT_NOT_FOUND", what, nextStep: CODEX_STEPS.AGENT_NOT_FOUND };
  }
}
