// Checks and creates the folder of the bridge's own files before anything is kept in it. Only this user may have access to it.
import { chmodSync, type Stats, statSync } from "node:fs";
import { BridgeError } from "../domain/errors.ts";
import { isBlinding } from "../domain/machine-limits.ts";
import { makePrivateFolder, toFileErrorCode } from "./private-files.ts";

/** The disk or the user's quota is full. That may pass, and a turn can run without the folder. */
const FULL = new Set<unknown>(["ENOSPC", "EDQUOT"]);
/** Permissions of the group and of everybody else. */
const OTHERS = 0o077;
const OTHERS_WRITE = 0o022;

/**
 * Creates the state folder, or removes other users' access to it. Returns warnings for the user.
 * Throws CONFIG_INVALID where it cannot be created, where a file is in its place, or where it belongs to another user and others may write
 * into it. A folder that exists and cannot be written is no error here: the turn runs, with warnings about what could not be kept.
 */
export function prepareStateFolder(path: string, uid: number | undefined = process.getuid?.()): string[] {
  try {
    makePrivateFolder(path);
    return mendMode(path, statSync(path), uid);
  } catch (error) {
    if (error instanceof BridgeError || isBlinding(error)) throw error;
    const code = toFileErrorCode(error);
    if (FULL.has(code)) return [`The state folder ${path} could not be made: ${code}.`];
    throw toInvalid(`The state folder ${path} cannot be made (${String(code)})`, error);
  }
}

function mendMode(path: string, stat: Stats, uid: number | undefined): string[] {
  const mode = stat.mode & 0o777;
  if (uid === undefined || (mode & OTHERS) === 0) return [];
  if (stat.uid !== uid) {
    if ((mode & OTHERS_WRITE) === 0) return [`The state folder ${path} belongs to another user (uid ${stat.uid}).`];
    throw toInvalid(
      `The state folder ${path} belongs to another user (uid ${stat.uid}), and others may write into it (mode ${mode.toString(8)})`,
    );
  }
  chmodSync(path, 0o700);
  const isMended = (statSync(path).mode & OTHERS) === 0;
  return [
    `The state folder ${path} was open to other users (mode ${mode.toString(8)}); ${isMended ? "its mode is 700 now" : "this file system does not let that be changed"}.`,
  ];
}

function toInvalid(message: string, cause?: unknown): BridgeError {
  return new BridgeError("CONFIG_INVALID", `${message}.`, {
    nextStep:
      "Ask the user to set BRIDGE_STATE_DIR to a folder of their own that can be written, or to clear that path; `codex-bridge doctor` checks it.",
    cause,
  });
}
