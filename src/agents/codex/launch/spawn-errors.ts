// Explains why Codex could not be started. The system's error code is ambiguous (ENOENT may mean the program or the directory), so the files
// are inspected.
import { accessSync, constants, statSync } from "node:fs";
import type { ErrorCode } from "../../../domain/error-codes.ts";
import { BridgeError, toBridgeError } from "../../../domain/errors.ts";
import { CODEX_STEPS } from "../failures/codex-steps.ts";
import { REPAIR } from "../failures/failure-start.ts";

/**
 * Turns the error of a spawn into one of ours: MACHINE_LIMIT, INVALID_ARGUMENT if the directory or the arguments are the cause,
 * AGENT_BROKEN for a program that exists and does not run here, otherwise AGENT_NOT_FOUND.
 */
export function toSpawnError(error: Error, file: string, cwd: string): BridgeError {
  const known = toBridgeError(error);
  if (known.code === "MACHINE_LIMIT") return known;
  const extras = { agentText: error.message, cause: error };
  if ("code" in error && error.code === "E2BIG") {
    const message = "The arguments and the environment for the Codex CLI are longer than this system allows.";
    const nextStep =
      "Shorten config, developer-instructions and compact-prompt, or name fewer images. Put long text into the prompt.";
    return new BridgeError("INVALID_ARGUMENT", message, { ...extras, nextStep });
  }
  // In these cases the system blames the program too, although it exists.
  const problem = describeDirectory(cwd);
  if (problem !== undefined) {
    const nextStep = "Pass a `cwd` that exists and that the bridge may enter.";
    return new BridgeError("INVALID_ARGUMENT", `The directory ${cwd} ${problem}.`, { ...extras, nextStep });
  }
  const { code, what, nextStep } = readProgram(file);
  return new BridgeError(code, `The Codex CLI could not be started: ${what}.`, { ...extras, nextStep });
}

function describeDirectory(cwd: string): string | undefined {
  try {
    if (!statSync(cwd).isDirectory()) return "is a file now";
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
    const what = `${file} is not a program for this machine, or the interpreter that it names is missing`;
    return { code: "AGENT_BROKEN", what, nextStep: REPAIR };
  } catch (error) {
    const isForbidden = error instanceof Error && "code" in error && error.code === "EACCES";
    const what = isForbidden ? `${file} may not be run by this user` : `${file} does not exist any more`;
    return { code: "AGENT_NOT_FOUND", what, nextStep: CODEX_STEPS.AGENT_NOT_FOUND };
  }
}
