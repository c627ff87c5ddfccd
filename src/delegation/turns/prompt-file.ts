// Reads a prompt from a file that the caller names, so that a long one costs the caller no tokens.
import { isUtf8 } from "node:buffer";
import { isAbsolute, join } from "node:path";
import { BridgeError } from "../../domain/errors.ts";
import { readSmallFile, UnreadableFileError } from "../../files/small-file.ts";
import type { CallContext } from "../requests.ts";
import { findBaseDir } from "../threads/base-dir.ts";
import { checkRoots, type DirectoryScope, resolveDirectory, resolveFile } from "../threads/directories.ts";

/**
 * Reads the file at `path`, relative to `cwd`, which is the turn's directory. Gives its text as it is.
 * Throws INVALID_ARGUMENT for a file that is missing, too large or no UTF-8, and SANDBOX_DENIED outside BRIDGE_ROOTS.
 */
export type ReadPromptFile = (path: string, cwd: string | undefined, call: CallContext) => Promise<string>;

/** UTF-8 of the longest prompt. */
const MOST_BYTES = 4_194_304;

/** Makes the reader. `base` is the bridge's directory. */
export function createPromptFileReader({ base, home, roots }: DirectoryScope): ReadPromptFile {
  return async (path, cwd, call) => {
    const from = await findBaseDir(isAbsolute(path) ? path : cwd, call, base);
    const folder = resolveDirectory("cwd", cwd ?? ".", { base: from.path, home, roots });
    const file = resolveFile("promptFile", path.startsWith("~/") ? join(home, path.slice(2)) : path, folder);
    checkRoots("promptFile", file, roots);
    return toText(file);
  };
}

function toText(file: string): string {
  const bytes = read(file);
  // What is no UTF-8 would be replaced, and the agent would work on something else.
  if (!isUtf8(bytes) || bytes.includes(0)) throw refuse("is not a text in UTF-8", file);
  return bytes.toString("utf8");
}

function read(file: string): Buffer {
  try {
    return readSmallFile(file, MOST_BYTES);
  } catch (error) {
    const isLarge = error instanceof UnreadableFileError && error.code === "EFBIG";
    throw refuse(isLarge ? "is too large for a prompt" : "cannot be read", file, error);
  }
}

function refuse(what: string, file: string, cause?: unknown): BridgeError {
  return new BridgeError("INVALID_ARGUMENT", `promptFile ${JSON.stringify(file)} ${what}.`, {
    nextStep: "Name a readable text file, or pass the text as `prompt`. A prompt can name the paths of further files.",
    cause,
  });
}
